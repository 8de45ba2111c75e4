"""How does a ticket leave the house as one ZIP file, however large its files are?

Written piece by piece: no more than one piece of a file is in memory. Names of files inside come from customers: what a
file system could take for something else is taken out of them, and each begins with its number.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.core.files.storage import default_storage
from django.utils import timezone

from yingnuo.journey import dossier
from yingnuo.journey.dossier import Dossier
from yingnuo.people.queries import Organisation
from yingnuo.people.roles import Actor, require

PIECE = 64 * 1024
LONGEST_NAME = 100
_UNSAFE = re.compile(r'[/\\:*?"<>|]')


def export(
    actor: Actor, *, ticket_id: int, notes: bool, org: Organisation, now: datetime
) -> tuple[str, Iterator[bytes]]:
    """The name of the ZIP and its bytes, after the right was asked for and a trace was left."""
    require(actor, "ticket.export")
    found = dossier.of(actor, ticket_id=ticket_id, notes=notes, org=org, now=now)
    dossier.noted(found, form="zip")
    names = names_of(found)
    # texts are made now: the stream runs after the reader's language and zone have been put away
    texts = {"conversation.html": dossier.page_of(found, names), "ticket.json": dossier.json_of(found, names)}
    return f"{found.ticket.number}-{found.at:%Y%m%d-%H%M%S}.zip", _zipped(found, texts, names)


def names_of(d: Dossier) -> dict[int, str]:
    """What each file is called in the ZIP, by its id; numbers keep them apart and in order."""
    return {f.pk: f"{place:03}-{safe_name(f.name)}" for place, f in enumerate(d.files, 1)}


def safe_name(name: str) -> str:
    """A name that is one on every file system and leads nowhere: no separators, no controls, not too long."""
    tidy = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    tidy = _UNSAFE.sub("_", tidy).strip(". ")
    stem, dot, ending = tidy.rpartition(".")
    if not dot or len(ending) > 16:
        return tidy[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if stem else ending


class _Sink(io.RawIOBase):
    """Takes what the ZIP writes, to be handed on at once."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(cast("bytes", data))
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Everything since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _zipped(d: Dossier, texts: Mapping[str, str], names: Mapping[int, str]) -> Iterator[bytes]:
    sink = _Sink()
    with ZipFile(cast("IO[bytes]", sink), "w", ZIP_DEFLATED) as book:
        for name, text in texts.items():
            book.writestr(_entry(name, d), text)
            yield sink.taken()
        for f in d.files:
            if not default_storage.exists(f.path):
                continue  # ticket.json still names it, with its digest
            with default_storage.open(f.path) as source, book.open(_entry(f"files/{names[f.pk]}", d), "w") as target:
                while piece := source.read(PIECE):
                    target.write(piece)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()


def _entry(name: str, d: Dossier) -> ZipInfo:
    local = timezone.localtime(d.at)
    entry = ZipInfo(name, (local.year, local.month, local.day, local.hour, local.minute, local.second))
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o600 << 16
    return entry
