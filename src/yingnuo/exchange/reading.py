"""How does a table that somebody uploads become rows of text, whatever wrote it and however large it pretends to be?

CSV in UTF-8, GB18030, Big5 or UTF-16, with commas, semicolons, tabs or bars; XLSX, of which the first sheet is read.
Everything is bounded: bytes, rows, columns, characters in a cell, and what a workbook unpacks to.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from yingnuo.channels.adapters.mail import charsets
from yingnuo.kit import texts
from yingnuo.kit.errors import Invalid

LARGEST = 20 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 100
MOST_CELL = 32_767
_MOST_UNPACKED = 200 * 1024 * 1024
_MOST_RATIO = 200
_MOST_MEMBERS = 2_000
_DELIMITERS = (",", "\t", ";", "|")
_NAMES = {"utf-8-sig": "utf-8", "big5hkscs": "big5"}
_GUARDED = ("'=", "'+", "'-", "'@", "'\t", "'\r", "'\n")


@dataclass(frozen=True, slots=True)
class Table:
    """What was read: the names of the columns and the rows below them, each with its line in the file."""

    form: str
    encoding: str
    delimiter: str
    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read(content: bytes, *, encoding: str = "", delimiter: str = "") -> Table:
    """The table in a file; Invalid says what is wrong with it. Without `encoding` and `delimiter` both are guessed."""
    if not content:
        raise _wrong("empty", _("The file is empty."))
    if len(content) > LARGEST:
        raise _wrong("too_large", _("The file is larger than %(most)s MB."), most=LARGEST // 1024 // 1024)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _wrong("old_excel", _("This is a file of an old Excel (.xls). Save it as .xlsx or CSV."))
    if content.startswith(b"PK\x03\x04"):
        return _table("xlsx", "", "", _workbook(content))
    text, used = _text(content, encoding)
    mark = delimiter if delimiter in _DELIMITERS else _delimiter(text)
    return _table("csv", used, mark, _lines(text, mark))


def _wrong(code: str, text: Any, **params: str | int) -> Invalid:
    return Invalid(text, fields={"file": text % params if params else text}, code=code, **params)


def _text(content: bytes, encoding: str) -> tuple[str, str]:
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if content.startswith(mark):
            return content.decode("utf-16", "replace"), "utf-16"
    codec = charsets.codec_of(encoding) if encoding else charsets.guess(content)
    if not codec:
        raise _wrong("unknown_encoding", _("This encoding is not known."))
    try:
        text = content.decode("utf-8-sig" if codec.replace("-", "").startswith("utf8") else codec)
    except (UnicodeDecodeError, LookupError) as error:
        said = _("The file is not in the encoding %(encoding)s. Choose another.")
        raise _wrong("wrong_encoding", said, encoding=_NAMES.get(codec, codec)) from error
    return text, _NAMES.get(codec, codec)


def _delimiter(text: str) -> str:
    """Which sign cuts the first lines into the most columns, the same number in each."""
    lines = text.splitlines()[:20]

    def fits(mark: str) -> tuple[int, int]:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if row)
        columns, times = counts.most_common(1)[0] if counts else (0, 0)
        return (times if columns > 1 else 0, columns)

    return max(_DELIMITERS, key=fits)


def _lines(text: str, mark: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    began = 1
    try:
        for row in reader:
            yield began, row
            began = reader.line_num + 1
    except csv.Error as error:
        raise _wrong(
            "bad_csv", _("Line %(line)s cannot be read: %(problem)s"), line=began, problem=str(error)
        ) from error


def _workbook(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    _refuse_bomb(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not believed
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_cell(value) for value in row[: MOST_COLUMNS + 1]]
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        SyntaxError,
    ) as error:
        raise _wrong("bad_xlsx", _("This is no Excel file, or it is damaged.")) from error


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            size = sum(member.file_size for member in members)
            bomb = len(members) > _MOST_MEMBERS or size > _MOST_UNPACKED or size > _MOST_RATIO * max(len(content), 1)
            declares = not bomb and any(b"<!DOCTYPE" in _beginning(packed, m) for m in members)
    except (zipfile.BadZipFile, RuntimeError, OSError) as error:
        raise _wrong("bad_xlsx", _("This is no Excel file, or it is damaged.")) from error
    if bomb or declares:
        raise _wrong("unpacks_too_large", _("This Excel file unpacks to more than it may. Save it as CSV."))


def _beginning(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if not member.filename.endswith((".xml", ".rels")):
        return b""
    with packed.open(member) as file:
        return file.read(4_096)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _table(form: str, encoding: str, mark: str, lines: Iterable[tuple[int, Sequence[str]]]) -> Table:
    head: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    for number, cells in lines:
        tidy = tuple(_tidy(cell, number) for cell in cells)
        if not any(tidy):
            continue
        if not head:
            head = _head(tidy)
            continue
        if len(rows) >= MOST_ROWS:
            raise _wrong(
                "too_many_rows", _("At most %(most)s rows at a time. Cut the file into parts."), most=MOST_ROWS
            )
        rows.append((number, (tidy + ("",) * len(head))[: len(head)]))
    if not rows:
        raise _wrong("no_rows", _("There is no row below the names of the columns."))
    return Table(form, encoding, mark, head, tuple(rows))


def _head(cells: tuple[str, ...]) -> tuple[str, ...]:
    names = list(cells)
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise _wrong("too_many_columns", _("At most %(most)s columns."), most=MOST_COLUMNS)
    return tuple(name[:100] for name in names)


def _tidy(cell: str, line: int) -> str:
    text = texts.keepable(cell).strip()
    if len(text) > MOST_CELL:
        raise _wrong("cell_too_long", _("Line %(line)s has a cell that is too long."), line=line)
    return text[1:] if text.startswith(_GUARDED) else text  # our own exports guard what begins like a formula
