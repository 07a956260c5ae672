"""Where files lie, and how they appear: only when they are complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PathLike = str | os.PathLike[str]
DATA_DIR = Path(__file__).parents[1] / 'data'  # what comes with the package
TINYWIKI_DIR = DATA_DIR / 'tinywiki'


def saved_run(name: str) -> Path:
    """Return the folder of saved results that come with the package.

    >>> sorted(path.name for path in saved_run('long-run').iterdir())
    ['README.md', 'log.csv', 'model.safetensors']

    Raises ValueError if there is no such run.
    """
    known = sorted(path.parent.name for path in DATA_DIR.glob('*/README.md')
                   if path.parent != TINYWIKI_DIR)
    if name not in known:
        raise ValueError(f'there is no saved run {name!r}; there are '
                         f'{", ".join(known)}')
    return DATA_DIR / name


def check_new(path: Path) -> None:
    """Raise FileExistsError if something is at a path.

    >>> check_new(TINYWIKI_DIR)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    FileExistsError: ...tinywiki is there already; choose another name, or \
remove it first
    """
    if os.path.lexists(path):
        raise FileExistsError(f'{path} is there already; choose another '
                              f'name, or remove it first')


@contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """Give a temporary path, whose file then takes the place of `path`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     with replacing(f'{home}/new/tides.txt') as partial:
    ...         _ = partial.write_text('high at six')
    ...     print(Path(home, 'new', 'tides.txt').read_text())
    high at six

    If the block raises, `path` stays as it was and the temporary file is
    removed. Folders that are missing are made.
    """
    path = Path(path).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'{path.name}.{os.getpid()}.part')
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
