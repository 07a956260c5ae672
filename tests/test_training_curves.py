"""Curves: what is in them, and when they are drawn."""

import sys

import pytest

from d2l_bert.core.training import curves
from d2l_bert.core.training.curves import (
    Animator, live_losses, plot_losses, save_plot)

ROWS = [{'step': 1, 'mlm_loss': 9.0, 'nsp_loss': 0.8},
        {'step': 2, 'mlm_loss': 8.0, 'nsp_loss': 0.7, 'valid_mlm_loss': 8.5,
         'valid_nsp_loss': 0.75}]


@pytest.fixture(autouse=True)
def plt():
    matplotlib = pytest.importorskip('matplotlib')
    matplotlib.use('agg')
    from matplotlib import pyplot
    yield pyplot
    pyplot.close('all')


def points(line):
    return list(line.get_xdata()), list(line.get_ydata())


def test_animator(plt):
    animator = Animator(xlabel='step', ylabel='loss', xlim=[1, 9],
                        legend=['mlm', 'nsp'])
    animator.add(1, (9.0, 0.8))
    animator.add(2, (8.0, None))
    axes = animator.fig.axes[0]
    assert [points(line) for line in axes.lines] == [
        ([1, 2], [9.0, 8.0]), ([1], [0.8])]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim()) == (
        'step', 'loss', (1, 9))
    assert [text.get_text() for text in axes.get_legend().texts] == [
        'mlm', 'nsp']
    animator.add(3, 7.0)  # one number goes to the first curve
    assert points(animator.fig.axes[0].lines[0])[1] == [9.0, 8.0, 7.0]
    assert len(plt.get_fignums()) == 1


def test_no_figure_outside_jupyter(plt):
    Animator().add(1, 2)
    assert not plt.get_fignums()


@pytest.mark.parametrize('quiet, drawings', [
    ('CI', 0), ('TQDM_DISABLE', 0), (None, 2)])
def test_drawn_from_time_to_time(plt, monkeypatch, quiet, drawings):
    display = pytest.importorskip('IPython.display')
    drawn, now = [], iter([1.0, 1.1, 1.2, 2.0])
    monkeypatch.setattr(curves, 'in_jupyter', lambda: True)
    monkeypatch.setattr(curves.time, 'monotonic', lambda: next(now))
    monkeypatch.setattr(display, 'display', drawn.append)
    monkeypatch.setattr(display, 'clear_output', lambda wait: None)
    for name in ('CI', 'TQDM_DISABLE'):
        monkeypatch.delenv(name, raising=False)
    if quiet:
        monkeypatch.setenv(quiet, '1')
    animator = Animator()
    for step in range(4):
        animator.add(step, step)
    assert len(drawn) == drawings
    assert len(plt.get_fignums()) == 1  # which the cell shows at its end


def test_figure_asked_for_before_there_is_a_point(plt):
    animator = Animator(legend=['mlm'])
    assert not animator.fig.axes[0].lines
    animator.add(1, 2.0)
    assert [points(line) for line in animator.fig.axes[0].lines] == [
        ([1], [2.0])]


def test_live_losses(plt, monkeypatch):
    monkeypatch.setattr(curves, 'in_jupyter', lambda: True)
    monkeypatch.setenv('CI', '1')  # drawn when the cell ends
    watch = live_losses()
    for row in ROWS:
        watch(row)
    axes = plt.gcf().axes[0]
    assert [points(line) for line in axes.lines] == [
        ([1, 2], [9.0, 8.0]), ([1, 2], [0.8, 0.7]), ([2], [8.5]),
        ([2], [0.75])]
    assert [text.get_text() for text in axes.get_legend().texts] == [
        'masked tokens', 'next sentence', 'masked tokens, validation',
        'next sentence, validation']
    assert axes.get_ylim()[1] > 9  # it grows with what it shows


def test_losses(plt):
    words, pairs = plot_losses(ROWS, baseline=6.5).axes
    assert [points(line) for line in words.lines[:2]] == [
        ([1, 2], [9.0, 8.0]), ([2], [8.5])]
    assert set(words.lines[2].get_ydata()) == {6.5}
    assert [points(line) for line in pairs.lines] == [
        ([1, 2], [0.8, 0.7]), ([2], [0.75])]
    assert words.get_title() == 'masked tokens' and words.get_legend()


def test_picture(tmp_path, plt):
    path = tmp_path / 'loss.png'
    assert save_plot(ROWS, path)
    assert path.read_bytes().startswith(b'\x89PNG')
    assert not plt.get_fignums()
    assert [file.name for file in tmp_path.glob('loss*')] == ['loss.png']


def test_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'matplotlib', None)
    monkeypatch.setattr(curves, 'find_spec', lambda name: None)
    assert not save_plot(ROWS, tmp_path / 'loss.png')
    assert not (tmp_path / 'loss.png').exists()
