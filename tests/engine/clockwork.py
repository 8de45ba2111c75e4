"""How do the tests of promises write an instant, a mark, terms and a calendar in few words?

The week is that of Monday 2025-06-09 in Shanghai: `on("mon 17:50")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.engine.calendars import ALWAYS, DAYS, OFFICE, SPLIT
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Mark, MarkKind, State, fold
from yingnuo.engine.terms import Step, Terms, When

MIN, HOUR, DAY = 60, 3600, 86_400
MONDAY = 1_749_398_400  # 2025-06-09 00:00 in Shanghai
CALENDARS = {
    "office@1": Calendar.from_spec(OFFICE),
    "split@1": Calendar.from_spec(SPLIT),
    "always@1": Calendar.from_spec(ALWAYS),
}
WARN = Step("warn", When.BEFORE, 30 * MIN, audience=("holder",), ways=("mail",), ack_seconds=10 * MIN)
WARN_UP = Step("warn-up", When.UNACKNOWLEDGED, of="warn", audience=("up_the_line",), ways=("mail",))
BROKEN = Step("broken", When.AFTER, 0, audience=("lead",), ways=("mail",))
STILL = Step("still", When.AFTER, 15 * MIN, audience=("department_head",), ways=("mail",))
TERMS = Terms("resolution", "sla", 4 * HOUR, "office@1", pauses=("waiting_customer", "appointment"))


def calendars(key: str) -> Calendar:
    return CALENDARS[key]


def on(text: str) -> int:
    """Epoch seconds of "tue 10:30" or "tue 10:30:05"; "mon+1" is the Monday after."""
    day, _, time = text.partition(" ")
    name, _, weeks = day.partition("+")
    hours, minutes, *seconds = (int(part) for part in time.split(":"))
    days = DAYS.index(name) + 7 * int(weeks or 0)
    return MONDAY + days * DAY + hours * HOUR + minutes * MIN + sum(seconds)


def terms(**changes: Any) -> Terms:
    return replace(TERMS, **changes)


def marks(*said: tuple[str, str] | tuple[str, str, str] | tuple[str, str, Terms]) -> list[Mark]:
    """Marks from ("started", "mon 09:00"), ("paused", "mon 10:00", "appointment"), ("retargeted", "mon 11:00", t)."""
    return [_mark(seq, *one) for seq, one in enumerate(said)]


def _mark(seq: int, kind: str, at: str, more: str | Terms = "") -> Mark:
    if isinstance(more, Terms):
        return Mark(MarkKind(kind), on(at), seq, terms=more)
    return Mark(MarkKind(kind), on(at), seq, reason=more)


def folded(said: Sequence[Mark], now: str, given: Terms = TERMS) -> State:
    return fold(given, said, on(now), calendars)
