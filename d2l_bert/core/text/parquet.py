"""A Parquet file -> lines: the column 'text', as Hugging Face has it."""

from collections.abc import Iterator
from typing import Any

from ..files import PathLike
from .libraries import library

COLUMN = 'text'
MAGIC = b'PAR1'


def parquet_lines(path: PathLike) -> Iterator[str]:
    """Yield the lines of the column 'text', row by row.

    In most data sets a row is a line. A row of several lines is a document,
    and a blank line follows it.

    Raises ValueError for a file that is damaged or has no such column, and
    ModuleNotFoundError if pyarrow is not installed, or does not work.
    """
    for text in _column(path):
        lines = (text or '').removesuffix('\n').split('\n')
        yield from lines
        if len(lines) > 1:
            yield ''


def _column(path: PathLike) -> Iterator[str | None]:
    pyarrow = _pyarrow()
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _check_column(path, file.schema_arrow, pyarrow)
            for batch in file.iter_batches(columns=[COLUMN]):
                yield from batch.column(0).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f'{path} is a damaged Parquet file ({error}); copy '
                         f'or download it again') from error


def _check_column(path: PathLike, schema: Any, pyarrow: Any) -> None:
    if COLUMN not in schema.names:
        raise ValueError(f'{path} has no column {COLUMN!r}; its columns are '
                         f'{", ".join(schema.names)}')
    kind = schema.field(COLUMN).type
    if not (pyarrow.types.is_string(kind) or
            pyarrow.types.is_large_string(kind)):
        raise ValueError(f'the column {COLUMN!r} of {path} has {kind}, not '
                         f'texts')


def _pyarrow() -> Any:
    try:
        library('pyarrow.parquet', 'a Parquet file', 'parquet')
    except ModuleNotFoundError:
        raise
    except ImportError as error:  # of a pyarrow for another NumPy
        raise ModuleNotFoundError(
            f'pyarrow does not work here ({error}); NumPy 1, which MXNet '
            'needs, goes with pip install "pyarrow<26"', name='pyarrow'
            ) from error
    return library('pyarrow', 'a Parquet file', 'parquet')
