"""Loss curves: drawn live in Jupyter, or saved as a picture."""

import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from ..files import PathLike, replacing
from ..progress import in_jupyter, is_quiet

SECONDS_BETWEEN_DRAWINGS = 0.5
# The titles of losses that have one; any other is called by its name.
TITLES = {'mlm': 'masked tokens', 'nsp': 'next sentence',
          'sbo': 'span boundary', 'start': 'start of answer',
          'end': 'end of answer', 'seq2seq': 'target tokens',
          'lm': 'next token'}


class Animator:
    """Draws curves that grow while a cell of a notebook runs.

    >>> animator = Animator(xlabel='step', legend=['mlm', 'nsp'])
    >>> animator.add(1, (9.5, 0.7))
    >>> animator.add(2, (8.5, 0.6))
    >>> animator.X, animator.Y
    ([[1, 2], [1, 2]], [[9.5, 8.5], [0.7, 0.6]])

    Outside Jupyter it only stores the points, and draws when `fig` is
    read. If CI or TQDM_DISABLE is set, it draws once, at the end of the
    cell. Needs matplotlib to draw.

    Source: d2l, appendix "Utility Functions and Classes".
    """

    def __init__(self, xlabel: str | None = None, ylabel: str | None = None,
                 legend: Sequence[str] | None = None,
                 xlim: Sequence[float] | None = None,
                 ylim: Sequence[float] | None = None,
                 xscale: str = 'linear', yscale: str = 'linear',
                 fmts: Sequence[str] = ('-', 'm--', 'g-.', 'r:'),
                 nrows: int = 1, ncols: int = 1,
                 figsize: tuple[float, float] = (3.5, 2.5)):
        self.legend, self.fmts = legend or [], fmts
        self.style = {'xlabel': xlabel, 'ylabel': ylabel, 'xlim': xlim,
                      'ylim': ylim, 'xscale': xscale, 'yscale': yscale}
        self.shape, self.figsize = (nrows, ncols), figsize
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        self._fig: Any = None
        self._drawn_at = 0.0

    def add(self, x: Any, y: Any) -> None:
        """Add a point to each curve; None leaves one out."""
        y = y if hasattr(y, '__len__') else [y]
        x = x if hasattr(x, '__len__') else [x] * len(y)
        if not self.X:
            self.X, self.Y = [[] for _ in y], [[] for _ in y]
        for xs, ys, a, b in zip(self.X, self.Y, x, y):
            if a is not None and b is not None:
                xs.append(a)
                ys.append(b)
        if in_jupyter() and find_spec('matplotlib'):
            self._animate()

    @property
    def fig(self) -> Any:
        """The figure with all points so far."""
        if self._fig is None:
            import matplotlib.pyplot as plt
            self._fig, _ = plt.subplots(*self.shape, figsize=self.figsize)
            self._fig.axes[0].set(**{
                name: value for name, value in self.style.items()
                if value is not None})
            self._fig.axes[0].grid(True)
        axes = self._fig.axes[0]
        missing = self.fmts[len(axes.lines):len(self.X)]
        for fmt in missing:
            axes.plot([], [], fmt)
        if missing and self.legend:
            axes.legend(self.legend)
        for line, xs, ys in zip(axes.lines, self.X, self.Y):
            line.set_data(xs, ys)
        axes.relim()
        axes.autoscale_view()
        return self._fig

    def _animate(self) -> None:
        # Jupyter shows the figure once more at the end of the cell.
        figure, now = self.fig, time.monotonic()
        if not is_quiet() and now - self._drawn_at > SECONDS_BETWEEN_DRAWINGS:
            from IPython import display
            self._drawn_at = now
            display.display(figure)
            display.clear_output(wait=True)


def loss_names(row: dict[str, Any]) -> list[str]:
    """Return the names of the losses in a row of a log.

    >>> loss_names({'step': 1, 'mlm_loss': 9., 'valid_mlm_loss': 9.})
    ['mlm']
    """
    return [name.removesuffix('_loss') for name in row
            if name.endswith('_loss') and not name.startswith('valid_')]


def live_losses() -> Callable[[dict[str, Any]], None]:
    """Return a `watch` for `pretrain` that draws the losses as they fall.

    >>> watch = live_losses()
    >>> watch({'step': 1, 'mlm_loss': 9.5, 'nsp_loss': 0.7})

    It is called with each row of the log. It draws with an `Animator`, so
    only in Jupyter, and validation losses where a row has them.
    """
    animators: list[Animator] = []

    def watch(row: dict[str, Any]) -> None:
        names = loss_names(row)
        if not animators:
            titles = [TITLES.get(name, name) for name in names]
            animators.append(Animator(
                xlabel='step', ylabel='loss in nats', figsize=(6, 4),
                legend=[*titles, *(f'{title}, validation'
                                   for title in titles)],
                fmts=[f'C{i}{line}' for line in ('-', 'o:')
                      for i in range(len(names))]))
        animators[0].add(row['step'], [
            row.get(f'{prefix}{name}_loss') for prefix in ('', 'valid_')
            for name in names])

    return watch


def plot_losses(rows: Sequence[dict[str, Any]],
                baseline: float | None = None) -> Any:
    """Return a figure of a log's losses, in training and validation.

    `rows` are those that `pretrain` returns or `read_log` reads. `baseline`
    is a value for the first loss to draw a line at, such as `unigram_loss`.
    """
    import matplotlib.pyplot as plt
    names = loss_names(rows[0])
    figure, axes = plt.subplots(1, len(names), figsize=(4 * len(names), 3.2),
                                squeeze=False)
    for ax, name in zip(axes[0], names):
        ax.plot([row['step'] for row in rows],
                [row[f'{name}_loss'] for row in rows], alpha=0.7,
                label='training')
        valid = [row for row in rows if f'valid_{name}_loss' in row]
        if valid:
            ax.plot([row['step'] for row in valid],
                    [row[f'valid_{name}_loss'] for row in valid], 'o-',
                    markersize=3, label='validation')
        ax.set(xlabel='step', ylabel='loss in nats',
               title=TITLES.get(name, name))
    if baseline is not None:
        axes[0][0].axhline(baseline, color='grey', linestyle=':',
                           label='unigram baseline')
    for ax in axes[0]:
        ax.legend()
    figure.tight_layout()
    return figure


def save_plot(rows: Sequence[dict[str, Any]], path: PathLike,
              baseline: float | None = None) -> bool:
    """Save `plot_losses` as a PNG; return whether matplotlib is installed."""
    if find_spec('matplotlib') is None:
        return False
    from matplotlib import rc_context
    from matplotlib.pyplot import close
    with rc_context({'backend': 'agg'}), replacing(path) as partial:
        figure = plot_losses(rows, baseline)
        figure.savefig(partial, dpi=120, format='png')
        close(figure)
    return True
