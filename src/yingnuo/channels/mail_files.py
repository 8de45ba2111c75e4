"""Which mails lie in this file, folder or archive?

One at a time, so that memory holds one mail whatever the archive: .eml and any other single mail, folders, tar (also
gz, bz2, xz), zip, mbox, and bare winmail.dat files. Everything met is given out, what cannot be read too, with a code
that says why; so a caller can account for every file.
"""

from __future__ import annotations

import lzma
import mailbox
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LARGEST = 150 * 1024 * 1024
_NO_MAIL = frozenset((
    ".md", ".csv", ".json", ".jsonl", ".py", ".yaml", ".yml", ".toml", ".xlsx", ".docx", ".pdf", ".png", ".jpg",
    ".jpeg", ".gif", ".log", ".sqlite3",
))  # fmt: skip
_DAMAGE = (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Found:
    """One file met. `content` is None when it was not read; `problem` then says why, as a code.

    not_mail: by its name no mail, left alone on purpose; own_data: our own data, likewise.
    unreadable, too_large, damaged_archive, nested_archive: lost
    for this run.
    """

    name: str
    content: bytes | None
    problem: str = ""
    detail: str = ""

    @property
    def lost(self) -> bool:
        """Whether a mail may be in it that was not read."""
        return self.content is None and self.problem not in ("not_mail", "own_data")


def walk(path: Path, name: str = "", *, without: Path | None = None) -> Iterator[Found]:
    """Everything in `path`, folders sorted by name; FileNotFoundError when there is nothing of that name.

    `without` is a folder that is left alone wherever it lies: our own data are nobody's mail.
    """
    if not path.exists() and not path.is_symlink():
        raise FileNotFoundError(path)
    if path.is_dir():
        for child in sorted(path.iterdir(), key=lambda p: p.name):
            below = f"{name}/{child.name}" if name else child.name
            if child.is_file() and (child.suffix.lower() in _NO_MAIL or child.name.startswith(".")):
                yield Found(below, None, "not_mail")
            elif without is not None and child.resolve() == without.resolve():
                yield Found(below, None, "own_data")
            else:
                yield from walk(child, below, without=without)
    else:
        yield from _file(path, name or path.name)


def _file(path: Path, name: str) -> Iterator[Found]:
    read = next((reader for ending, reader in _READERS.items() if path.name.lower().endswith(ending)), None)
    try:
        if read is not None:
            yield from read(path, name)
        elif path.stat().st_size > LARGEST:
            yield Found(name, None, "too_large")
        else:
            yield Found(name, path.read_bytes())
    except _DAMAGE as error:
        yield Found(name, None, "damaged_archive" if read else "unreadable", f"{type(error).__name__}: {error}")


def _tar(path: Path, name: str) -> Iterator[Found]:
    with tarfile.open(path, "r|*") as archive:  # a stream: one member at a time, never back
        for member in archive:
            if member.isfile():
                yield _member(f"{name}/{member.name}", member.size, archive.extractfile(member))


def _zip(path: Path, name: str) -> Iterator[Found]:
    with zipfile.ZipFile(path) as archive:
        for member in sorted(archive.infolist(), key=lambda m: m.filename):
            if not member.is_dir():
                with archive.open(member) as opened:
                    yield _member(f"{name}/{member.filename}", member.file_size, opened)


def _member(name: str, size: int, opened: IO[bytes] | None) -> Found:
    if name.lower().endswith(tuple(_READERS)):
        return Found(name, None, "nested_archive")
    if size > LARGEST or opened is None:
        return Found(name, None, "too_large")
    content = opened.read(LARGEST + 1)  # the size told in an archive may be a lie
    return Found(name, content) if len(content) <= LARGEST else Found(name, None, "too_large")


def _mbox(path: Path, name: str) -> Iterator[Found]:
    with closing(mailbox.mbox(path, create=False)) as box:
        for number, key in enumerate(box.iterkeys(), start=1):
            yield Found(f"{name}/{number}", box.get_bytes(key))


_READERS: dict[str, Callable[[Path, str], Iterator[Found]]] = {
    ".tar": _tar, ".tar.gz": _tar, ".tgz": _tar, ".tar.bz2": _tar, ".tar.xz": _tar, ".zip": _zip, ".mbox": _mbox,
}  # fmt: skip
