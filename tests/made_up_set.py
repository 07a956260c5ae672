"""A small data set of two texts, its archive, and what is left of it."""

import hashlib
import io
import random
import tarfile
import zipfile

NAME = 'made-up'
TEXTS = {'one.txt': random.Random(1).randbytes(100_000).hex().encode(),
         'two.txt': b'= Tides =\n\nThe sea rose . It fell .\n'}
FORBIDDEN = (b'<?xml version="1.0" encoding="UTF-8"?>\n'
             b'<Error><Code>AccessDenied</Code></Error>')
HTML = b'\n<!DOCTYPE html>\n<html><body>Please log in.</body></html>'


def sha1(data):
    return hashlib.sha1(data).hexdigest()


def zipped(texts, folder='made-up/'):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, data in texts.items():
            archive.writestr(folder + name, data)
    return file.getvalue()


FACTS = {name: (sha1(b'blob %d\x00' % len(data) + data), len(data))
         for name, data in TEXTS.items()}
ZIP = zipped(TEXTS)


def files_below(folder):
    """The files that a failure or a success has left, less the locks."""
    return sorted(path.relative_to(folder).as_posix()
                  for path in folder.rglob('*')
                  if path.is_file() and path.suffix != '.lock')


def tar_gz(texts):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w:gz') as archive:
        for name, data in texts.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def copy(folder, texts=TEXTS):
    folder.mkdir(parents=True)
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    return folder
