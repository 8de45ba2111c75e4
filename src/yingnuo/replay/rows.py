"""What does each row of the log say, in our words, and which rows say nothing that can be used?

The header is checked before anything starts. Rows are numbered as a spreadsheet numbers them: the header is row 1.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from yingnuo.replay.errors import ReplayError
from yingnuo.replay.mapping import Mapping, Words

_FIRST_YEAR, _LAST_YEAR = 1970, 2150
_TIMES_KEPT = 200_000
_EXAMPLES = 20
_FRACTIONLESS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Instants are epoch seconds UTC; `state` is the log's word, the other words are ours where we have one.

    `channel` and `priority` keep the log's words beside `via` and `urgency`.
    """

    number: int
    id: str
    at: int
    state: str
    priority: str
    urgency: str
    group: str
    assignee: str
    channel: str
    via: str
    kind: str
    caller: str
    opened: int | None
    resolved: int | None
    flag: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used: where, what stands there, what to do."""

    number: int
    column: str
    problem: str


class _Bad(Exception):
    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column, self.problem = column, problem


@dataclass(slots=True)
class Tally:
    """What was met while reading: good and bad rows, and the first few bad ones."""

    rows: int = 0
    bad: int = 0
    examples: list[BadRow] = field(default_factory=list)

    def note(self, bad: BadRow) -> None:
        """Counts a bad row and keeps it where it is one of the first."""
        self.bad += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(bad)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A log file and how to read it. `bad_rows`: "skip" leaves them out and counts them, "stop" stops at the first."""

    path: Path
    mapping: Mapping
    bad_rows: str = "stop"

    def check(self) -> None:
        """ReplayError when the file cannot be read or lacks a column; reads the header only."""
        with _opened(self.path, self.mapping) as file:
            self._places(_header(file, self))

    def rows(self, tally: Tally) -> Iterator[Row]:
        """The good rows in the file's order; `tally` is filled on the way."""
        with _opened(self.path, self.mapping) as file:
            reader = csv.reader(file, delimiter=self.mapping.log.delimiter)
            width, reading = self._begin(reader)
            number = 1
            try:
                for number, cells in enumerate(reader, start=2):
                    row = self._row(reading, number, cells, width, tally)
                    if row is not None:
                        tally.rows += 1
                        yield row
            except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
                raise ReplayError(f"{self.path}: after row {number}: cannot be read further ({error})") from error

    def _begin(self, reader: Iterator[list[str]]) -> tuple[int, _Reading]:
        header = next(reader, [])
        return len(header), _Reading(self.mapping, self._places(header))

    def _row(self, reading: _Reading, number: int, cells: list[str], width: int, tally: Tally) -> Row | None:
        if not cells:
            return None
        try:
            if len(cells) != width:
                problem = f"has {len(cells)} cells where the header has {width}; put quotes around a cell with commas"
                raise _Bad("", problem)
            return reading.row(number, cells)
        except _Bad as bad:
            found = BadRow(number, bad.column, bad.problem)
        if self.bad_rows != "skip":
            raise ReplayError(f"{self.path}: {told(found)}. To leave such rows out and count them: --bad-rows skip")
        tally.note(found)
        return None

    def _places(self, header: list[str]) -> dict[str, int]:
        wanted = self.mapping.columns.named()
        missing = [f"{column} ({ours})" for ours, column in wanted.items() if column not in header]
        if missing:
            raise ReplayError(
                f"{self.path}: the header lacks what mapping {self.mapping.name} expects: {', '.join(missing)}. "
                f"There is: {', '.join(header) or 'nothing'}. Change `columns` in the mapping, or its `log.delimiter`."
            )
        return {ours: header.index(column) for ours, column in wanted.items()}


def told(bad: BadRow) -> str:
    """The sentence about a bad row."""
    return f"row {bad.number}{f', column {bad.column}' if bad.column else ''}: {bad.problem}"


@contextmanager
def _opened(path: Path, mapping: Mapping) -> Iterator[TextIO]:
    try:
        file = _open(path, mapping.log.encoding)
    except (OSError, LookupError) as error:
        raise ReplayError(f"{path}: cannot be opened: {getattr(error, 'strerror', None) or error}") from error
    with file:
        yield file


def _open(path: Path, encoding: str) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.GzipFile(path), encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _header(file: TextIO, sheet: Sheet) -> list[str]:
    try:
        return next(csv.reader(file, delimiter=sheet.mapping.log.delimiter), [])
    except (csv.Error, UnicodeDecodeError, EOFError, OSError) as error:
        raise ReplayError(
            f"{sheet.path}: no text of the encoding {sheet.mapping.log.encoding} ({error}); set `log.encoding`"
        ) from error


class _Reading:
    """Reads cells by the mapping. Times and words repeat endlessly in a log, so each is worked out once."""

    def __init__(self, mapping: Mapping, places: dict[str, int]) -> None:
        self.mapping = mapping
        self.names = mapping.columns.named()
        self.places = places
        self.empty = mapping.log.empty
        self.zone = UTC if mapping.log.zone == "UTC" else ZoneInfo(mapping.log.zone)
        self.iso = mapping.log.format in _FRACTIONLESS
        self.times: dict[str, int] = {}

    def row(self, number: int, cells: list[str]) -> Row:
        """The row; _Bad when a cell that is needed cannot be understood."""
        at = self.time("at", cells)
        if at is None:
            raise _Bad(self.names["at"], "is empty; a row without a time says nothing")
        return Row(
            number, self.needed("id", cells), at, self.state(cells), self.text("priority", cells),
            self.word("priority", self.mapping.priority, cells), self.text("group", cells),
            self.text("assignee", cells), self.text("channel", cells),
            self.word("channel", self.mapping.channel, cells), self.word("category", self.mapping.category, cells),
            self.text("caller", cells), self.time("opened", cells), self.time("resolved", cells),
            self.text("flag", cells),
        )  # fmt: skip

    def text(self, ours: str, cells: list[str]) -> str:
        place = self.places.get(ours)
        if place is None:
            return ""
        value = cells[place].strip()
        return "" if value in self.empty else value

    def needed(self, ours: str, cells: list[str]) -> str:
        value = self.text(ours, cells)
        if not value:
            raise _Bad(self.names[ours], "is empty")
        return value

    def state(self, cells: list[str]) -> str:
        value = self.needed("state", cells)
        if value not in self.mapping.states:
            known = ", ".join(self.mapping.states)
            raise _Bad(self.names["state"], f"the state {value!r} is not in `states` of the mapping, which has {known}")
        return value

    def word(self, ours: str, words: Words, cells: list[str]) -> str:
        value = self.text(ours, cells)
        found = words.values.get(value, words.otherwise)
        if found is None:
            listed = f"{value!r} is not in `{ours}.values` of the mapping ({', '.join(words.values)})"
            raise _Bad(self.names[ours], f"{listed}; add it, or give `{ours}.otherwise`")
        return found

    def time(self, ours: str, cells: list[str]) -> int | None:
        value = self.text(ours, cells)
        if not value:
            return None
        found = self.times.get(value)
        if found is None:
            if len(self.times) >= _TIMES_KEPT:
                self.times.clear()
            found = self.times[value] = self._parsed(ours, value)
        return found

    def _parsed(self, ours: str, value: str) -> int:
        written = self.mapping.log.format
        try:
            at = datetime.fromisoformat(value) if self.iso else datetime.strptime(value, written)  # noqa: DTZ007
        except ValueError:
            raise _Bad(self.names[ours], f"{value!r} is no time of the form {written} (`log.time_format`)") from None
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise _Bad(self.names[ours], f"{value!r} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
        return int((at if at.tzinfo else at.replace(tzinfo=self.zone)).timestamp())
