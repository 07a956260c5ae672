"""Film reviews from a CSV file, and their sentences.

Source: Ivan Verkalets, "Building BERT with PyTorch from scratch" (2022),
coaxsoft.com. Facts and figures are that article's, the code is not.
"""

from collections.abc import Sequence
from numbers import Integral
from pathlib import Path

from ..checks import as_list
from ..files import PathLike
from .catalog import ENVIRONMENT, environment_folder
from .sources import given_path
from .tables import read_table

COLUMN = 'review'
FILE = 'imdb-1000.csv'
FOLDER = 'imdb'
ORIGIN = (f'. Reviews are not downloaded: any CSV with a column {COLUMN!r} '
          f'will do, such as the "IMDB Dataset of 50K Movie Reviews" on '
          f'kaggle.com')


def full_stop(text: str) -> list[str]:
    """Cut a text at each full stop that is followed by a space.

    >>> full_stop('It rose. It fell at 3.15 p.m. The end.')
    ['It rose', 'It fell at 3.15 p.m', 'The end.']

    Only the last sentence keeps its full stop.
    """
    return text.split('. ')


def find_reviews(data_dir: PathLike | None = None) -> Path:
    """Find the reviews: a CSV file, or a folder that holds imdb-1000.csv.

    >>> find_reviews('no/such')
    Traceback (most recent call last):
    ...
    FileNotFoundError: no reviews at no/such; give a CSV file, or a folder \
that holds imdb-1000.csv or imdb/imdb-1000.csv. Reviews are not downloaded: \
any CSV with a column 'review' will do, such as the "IMDB Dataset of 50K \
Movie Reviews" on kaggle.com

    Without `data_dir` it is the folder that D2L_BERT_DATA names.

    Raises FileNotFoundError if there is no such file.
    """
    folder = (environment_folder() if data_dir is None
              else given_path('data_dir', data_dir))
    if folder is None:
        raise FileNotFoundError(
            f'no reviews are given; set {ENVIRONMENT} to a folder that holds '
            f'{FOLDER}/{FILE}, pass data_dir, or give texts as reviews=[...]'
            f'{ORIGIN}')
    for path in (folder, folder / FILE, folder / FOLDER / FILE):
        if path.is_file():
            return path
    raise FileNotFoundError(f'no reviews at {folder}; give a CSV file, or a '
                            f'folder that holds {FILE} or {FOLDER}/{FILE}'
                            f'{ORIGIN}')


def read_reviews(data_dir: PathLike | None = None, ds_from: int = 0,
                 ds_to: int | None = 1000) -> list[str]:
    """Read the reviews of rows `ds_from` to `ds_to`, the last left out.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     _ = Path(home, 'my.csv').write_text('review\\nGood.\\nBad.')
    ...     read_reviews(Path(home, 'my.csv'), ds_from=1)
    ['Bad.']

    The file is found by `find_reviews`: a CSV with a line of names, one
    of which is 'review'. It may be compressed by gzip. With `ds_to` None,
    or more than there are, it reads to the end.

    Raises ValueError for an impossible range, before it looks for a file,
    and for a file that is not such a CSV or has no row there.
    """
    check_range(ds_from, ds_to)
    path = find_reviews(data_dir)
    rows = read_table(path, COLUMN, ds_from, ds_to)
    for row in rows:
        if COLUMN not in row.cells:
            raise ValueError(f'row {row.number} of {path}, in line '
                             f'{row.line}, has no {COLUMN}')
    if not rows:
        raise ValueError(_no_row(path, ds_from))
    return [row.cells[COLUMN] for row in rows]


def _no_row(path: Path, ds_from: int) -> str:
    there = len(read_table(path, COLUMN))
    if not there:
        return (f'{path} has the names of its columns, but no row; put a '
                f'{COLUMN} on each line below them')
    return (f'{path} has no row {ds_from} or later, as it has {there}, '
            f'counted from 0; choose a smaller ds_from')


def check_range(ds_from: int, ds_to: int | None) -> None:
    """Raise ValueError unless the range holds a row.

    >>> check_range(5, 5)
    Traceback (most recent call last):
    ...
    ValueError: ds_from and ds_to must be whole numbers with 0 <= ds_from \
< ds_to, not 5 and 5
    """
    last = ds_from + 1 if ds_to is None and isinstance(
        ds_from, Integral) else ds_to
    if not (isinstance(ds_from, Integral) and isinstance(last, Integral)
            and 0 <= ds_from < last):
        raise ValueError(f'ds_from and ds_to must be whole numbers with 0 <= '
                         f'ds_from < ds_to, not {ds_from!r} and {ds_to!r}')


def load_reviews(reviews: Sequence[str] | None = None,
                 data_dir: PathLike | None = None, ds_from: int = 0,
                 ds_to: int | None = 1000) -> list[str]:
    """Return the texts that are given, or read them from a file.

    >>> load_reviews(['It rose. It fell.'])
    ['It rose. It fell.']

    Raises ValueError if both are given, and the errors of `read_reviews`.
    """
    if reviews is None:
        return read_reviews(data_dir, ds_from, ds_to)
    if data_dir is not None:
        raise ValueError('reviews are texts, and data_dir is where to read '
                         'some; leave one of them out')
    reviews = as_list('reviews', reviews, "['It rose. It fell.']")
    check_reviews(reviews)
    return reviews


def check_reviews(reviews: Sequence[str]) -> None:
    """Raise unless these are texts, one with two sentences at least.

    >>> check_reviews(['It rose. It fell.', None])
    Traceback (most recent call last):
    ...
    TypeError: review 1 is a NoneType, not a text
    """
    for i, review in enumerate(reviews):
        if not isinstance(review, str):
            raise TypeError(f'review {i} is a {type(review).__name__}, not a '
                            f'text')
    if not any('. ' in review for review in reviews):
        raise ValueError("no review has two sentences, with '. ' between "
                         "them, so there is no pair to learn from")
    if not any(len(sentence.split()) > 1 for review in reviews
               for sentence in full_stop(review)):
        raise ValueError('no sentence of the reviews has two words, so none '
                         'is left to learn from when one is hidden')
