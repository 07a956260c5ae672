"""Files that appear under their name only when they are complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PathLike = str | os.PathLike[str]


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
