"""Makes both backends' notebooks from one source: python notebooks/build.py

A source is a Python file in jupytext's percent format. A cell tagged
`torch` or `mxnet` goes to that notebook only, all others go to both. Each
lesson gets two more cells: badges to open it on Colab or Binder, and code
that installs the package on Colab. The notebooks are executed, so they need
WikiText-2 (`d2l-bert data wikitext-2` or D2L_BERT_DATA). Do not edit an
.ipynb by hand: edit its source.
"""

import argparse
import configparser
import os
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
ROOT = HERE.parent
BACKENDS = ('torch', 'mxnet')
# What a notebook's kernel gets when it is built and when it is tested. The
# number of threads is fixed, because the last digits of sums depend on it.
KERNEL_ENVIRONMENT = {'OMP_NUM_THREADS': '1', 'MKL_NUM_THREADS': '1',
                      'OPENBLAS_NUM_THREADS': '1', 'TQDM_DISABLE': '1'}


def no_metadata(written: dict) -> dict:
    """Return no metadata, whatever the source says about its cell."""
    return {}


def cells_for(source: Path, backend: str, metadata=no_metadata
              ) -> nbformat.NotebookNode:
    """Return the notebook of a source for one backend, not yet executed.

    `metadata` turns what the source says about a cell into its metadata.
    """
    others = set(BACKENDS) - {backend}
    notebook = jupytext.read(source)
    notebook.cells = [cell for cell in notebook.cells
                      if not others & set(cell.metadata.get('tags', ()))]
    for number, cell in enumerate(notebook.cells):
        cell.id = f'cell-{number:02}'  # the same in every build
        cell.metadata = nbformat.from_dict(metadata(cell.metadata))
    notebook.metadata = nbformat.from_dict({'kernelspec': {
        'name': 'python3', 'display_name': 'Python 3',
        'language': 'python'}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def address() -> str:
    """Return the repository's address on GitHub: `url` of setup.cfg."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / 'setup.cfg', 'utf-8')
    return settings['metadata']['url']


BADGES = """\
[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]\
(https://colab.research.google.com/github/{repository}/blob/HEAD/{path})
[![Open in Binder](https://mybinder.org/badge_logo.svg)]\
(https://mybinder.org/v2/gh/{repository}/HEAD?labpath={path})"""

INSTALL = """\
# Installs the package on Colab. Where it is installed, this does nothing.
import importlib.util

if importlib.util.find_spec('d2l_bert') is None:
    import subprocess
    import sys

    subprocess.run(['git', 'clone', '--depth', '1',
                    '{address}',
                    'd2l-bert-clone'], check=True)
    subprocess.run([sys.executable, '-m', 'pip', 'install', '-q',
                    './d2l-bert-clone[{backend},sentences]'], check=True)
    importlib.invalidate_caches()"""


def lesson_for(source: Path, backend: str) -> nbformat.NotebookNode:
    """Return a lesson for one backend, with the cells for Colab and Binder."""
    notebook, url = cells_for(source, backend), address()
    badges = nbformat.v4.new_markdown_cell(BADGES.format(
        repository=url.removeprefix('https://github.com/'),
        path=target(source, backend).relative_to(ROOT).as_posix()),
        id='badges')
    install = nbformat.v4.new_code_cell(
        INSTALL.format(address=url, backend=backend), id='install')
    first = next(number for number, cell in enumerate(notebook.cells)
                 if cell.cell_type == 'code')
    notebook.cells[first:first] = [install]
    notebook.cells[0:0] = [badges]
    return notebook


def target(source: Path, backend: str) -> Path:
    """Return the path of the notebook of a source for one backend."""
    return HERE / backend / f'{source.stem}.ipynb'


def build(source: Path, backend: str) -> None:
    """Execute the notebook of a source, then write its file at once."""
    notebook = lesson_for(source, backend)
    os.environ.update(KERNEL_ENVIRONMENT)  # the kernel inherits it
    NotebookClient(notebook, timeout=1800, record_timing=False,
                   coalesce_streams=True).execute()
    notebook.metadata.pop('language_info', None)  # it names the Python
    path = target(source, backend)
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix('.unfinished')
    nbformat.write(notebook, unfinished)
    unfinished.replace(path)
    print(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('lessons', nargs='*', help='for example bert-dataset')
    parser.add_argument('--backend', choices=BACKENDS)
    args = parser.parse_args()
    sources = {source.stem: source
               for source in sorted((HERE / 'source').glob('*.py'))}
    unknown = set(args.lessons) - set(sources)
    if unknown:
        parser.error(f'unknown lesson {", ".join(sorted(unknown))}; the '
                     f'lessons are {", ".join(sources)}')
    for lesson in args.lessons or sources:
        for backend in [args.backend] if args.backend else BACKENDS:
            build(sources[lesson], backend)


if __name__ == '__main__':
    main()
