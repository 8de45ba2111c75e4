"""What is written down about a replay: one JSON file with every ticket, and the same as data for the page?

Tickets are written as they come, so that a log of millions needs no memory for them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from yingnuo.replay.errors import ReplayError
from yingnuo.replay.results import DIMENSIONS, Result, Totals, as_line
from yingnuo.replay.rows import Tally, told


@dataclass(frozen=True, slots=True)
class Head:
    """What was replayed, under what, which way."""

    log: str
    mapping: str
    title: str
    policy: str
    milestones: Sequence[str]
    way: str  # engine | journey
    check: str  # "" where only one way was gone


class Json:
    """The JSON report being written. Without a path it writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._first = True

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._file = self._path.open("w", encoding="utf-8")
            except OSError as error:
                raise ReplayError(f"--json {self._path}: cannot be written: {error.strerror}") from error
            self._file.write('{"tickets": [')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None:
            self._file.close()

    def ticket(self, result: Result) -> None:
        """One ticket, one line."""
        if self._path is not None:
            self._file.write(("\n" if self._first else ",\n") + json.dumps(as_line(result), ensure_ascii=False))
            self._first = False

    def end(self, head: Head, totals: Totals, tally: Tally) -> None:
        """All that is known only at the end."""
        if self._path is not None:
            rest = json.dumps(summary(head, totals, tally), ensure_ascii=False, indent=1)
            self._file.write("\n], " + rest.lstrip("{"))


def summary(head: Head, totals: Totals, tally: Tally) -> dict[str, object]:
    """Everything but the single tickets, as plain data; docs/howto/replay.md explains the keys."""
    return {
        "replay": {
            "log": head.log, "mapping": head.mapping, "policy": head.policy, "way": head.way, "check": head.check,
            "milestones": list(head.milestones), "tickets": totals.tickets, "events": totals.events,
            "from": totals.first_at, "until": totals.last_at, "opened_after_first_row": totals.unsure,
            "bad_rows": tally.bad, "bad_row_examples": [told(bad) for bad in tally.examples],
        },
        "totals": {m: f.as_mapping() for m, f in totals.milestones().items()},
        "by": {
            d: {m: {value: f.as_mapping() for value, f in by.items()} for m, by in totals.by(d).items()}
            for d in DIMENSIONS
        },
        "flag": [
            {"priority": priority, "flag": flag, "resolution": ours, "tickets": n}
            for (priority, flag, ours), n in sorted(totals.flags.items())
        ],
    }  # fmt: skip
