"""A corpus -> its files: a file, a folder, a pattern, or several of them."""

import os
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path

from ..files import PathLike

# A path, a pattern such as 'books/*.txt', or a list of these.
Corpus = PathLike | Sequence[PathLike]

TRAIN_FILE = 'wiki.train.tokens'
VALID_FILE = 'wiki.valid.tokens'
ENDINGS = ('.txt', '.txt.gz')  # of the files of a folder


def text_files(corpus: Corpus, name: str = 'corpus') -> tuple[Path, ...]:
    """Return the files of a text, each once.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     for name in ('b.txt', 'a.txt', 'notes.md'):
    ...         _ = Path(home, name).write_text('It rose . It fell .')
    ...     [path.name for path in text_files(home)]
    ['a.txt', 'b.txt']

    A folder stands for its wiki.train.tokens, or else for its .txt and
    .txt.gz files by name, without those of folders inside. In a pattern `*`
    stands for any letters and `**` for any folders. `name` is what errors
    call it.

    Raises FileNotFoundError if there is no such file, ValueError for an
    empty name and for a pipe or device, and TypeError for what is no path.
    """
    if isinstance(corpus, str | os.PathLike):
        return tuple(_files(corpus, name))
    if not isinstance(corpus, list | tuple):
        raise TypeError(f"{name} must be {_known(name)}a path or a list of "
                        f'paths, not {corpus!r}')
    if not corpus:
        raise ValueError(f'{name} is an empty list; name a file at least')
    for path in corpus:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f'{name} must be a list of paths, but holds '
                            f'{path!r}')
    return tuple(dict.fromkeys(file for path in corpus
                               for file in _files(path, name)))


def given_path(name: str, path: PathLike) -> Path:
    """Return the path that an argument names, or raise ValueError.

    >>> given_path('data_dir', '')
    Traceback (most recent call last):
    ...
    ValueError: data_dir is an empty path, ''; name a file or a folder

    A pipe or a device is refused, too. There may be nothing at the path.
    """
    if not os.fspath(path):
        raise ValueError(f"{name} is an empty path, ''; name a file or a "
                         f"folder")
    there = Path(path).expanduser()
    if there.exists() and not (there.is_dir() or there.is_file()):
        raise ValueError(f'{name} {str(path)!r} is a pipe or a device, which '
                         f'can be read only once; write the text to a file '
                         f'and name that')
    return there


def named(files: Sequence[PathLike]) -> str:
    """Name some files in a sentence.

    >>> named([Path('a.txt'), Path('b.txt'), Path('c.txt')])
    'a.txt and 2 more'
    """
    return f'{files[0]} and {len(files) - 1} more' if files[1:] else str(
        files[0])


def _known(name: str) -> str:
    return "'wikitext-2', 'tiny', " if name == 'corpus' else ''


def _files(path: PathLike, name: str) -> list[Path]:
    """Return the files that one path or pattern stands for."""
    there = given_path(name, path)
    if there.is_dir():
        return _of_folder(there)
    if there.is_file():
        return [there]
    if not has_magic(str(there)):
        raise FileNotFoundError(f'{name} {str(path)!r} is not there; give '
                                f'{_known(name)}a file, a folder or a '
                                f'pattern')
    found = sorted(file for match in glob(str(there), recursive=True)
                   if (file := Path(match)).is_file())
    if not found:
        raise FileNotFoundError(f'no file matches {name} {str(path)!r}')
    return found


def _of_folder(folder: Path) -> list[Path]:
    if (folder / TRAIN_FILE).is_file():
        return [folder / TRAIN_FILE]
    found = sorted(file for file in folder.iterdir()
                   if file.is_file() and file.name.endswith(ENDINGS)
                   and not file.name.startswith('.'))
    if not found:
        raise FileNotFoundError(
            f'no text in {folder}: it has neither {TRAIN_FILE} nor a file '
            f'that ends in .txt; for other files give a pattern, such as '
            f'{str(folder / _pattern_for(folder))!r}')
    return found


def _pattern_for(folder: Path) -> str:
    """Return a pattern for what is there, or may be in folders inside."""
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.suffix:
            return f'*{file.suffix}'
    return '**/*.txt'
