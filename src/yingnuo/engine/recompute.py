"""How do thousands of promises stand to which the same things happened, at instants of their own?

`fold_alike` counts them as arrays, by the rules of `clock.fold` and with its results. It knows starts, pauses, ends of
pauses and other terms, which is all that happens to nearly every open promise. Whoever was reopened or reset, or whose
due moment passed on the way, is told apart (`Alike.single`) and belongs to `clock.fold`.

The logic of a promise (which reasons stand it still, which terms are in force) depends on what happened and in which
order, not on when: it is walked once for all. Only sums of working time are arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Calendars, Mark, MarkKind
from yingnuo.engine.span_arrays import Seconds
from yingnuo.engine.terms import Terms, When

Flags = npt.NDArray[np.bool_]
#: What can be counted as arrays. A second start (a merged ticket was older) is among what cannot.
COUNTABLE = frozenset({MarkKind.PAUSED, MarkKind.RESUMED, MarkKind.RETARGETED})


class Fact(NamedTuple):
    """What a mark says, without its instant; `terms` with RETARGETED."""

    kind: MarkKind
    reason: str = ""
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """How promises stand; arrays of one length, instants epoch seconds, amounts working seconds.

    `due` means nothing where `paused`, and nothing at all means anything where `single`.
    """

    terms: Terms
    paused: bool
    reason: str
    due: Seconds
    armed_at: Seconds
    worked: Seconds
    remaining: Seconds
    single: Flags


def countable(terms: Terms) -> bool:
    """Whether promises of these terms can be counted as arrays: working days are not sums of seconds."""
    return not getattr(terms, "target_days", 0)


def fact(mark: Mark) -> Fact:
    """What a mark says."""
    return Fact(mark.kind, mark.reason, mark.terms)


def fold_alike(
    terms: Terms, facts: Sequence[Fact], starts: Seconds, ats: Sequence[Seconds], now: int, calendars: Calendars
) -> Alike:
    """The states at `now` of promises given under `terms` at `starts`, to which `facts` happened at `ats`.

    One array of `ats` for each fact, in the order in which the engine takes marks (`clock.order`). Every fact must be
    COUNTABLE and every terms `countable`; a start or a fact later than `now` makes its promise `single`.
    """
    many = _Many(terms, starts, calendars)
    for one, at in zip(facts, ats, strict=True):
        many.single |= at > now
        many.take(one, np.maximum(at, starts))  # what came before the start holds from the start on
    many.advance(np.full_like(starts, now))
    return Alike(
        many.terms, bool(many.held), next(iter(many.held), ""), many.due, many.armed_at,
        many.worked, many.remaining(), many.single | (starts > now),
    )  # fmt: skip


class _Many:
    """The running sums of one walk; beside `clock._Clock`, whose every step it takes for all at once."""

    def __init__(self, terms: Terms, starts: Seconds, calendars: Calendars) -> None:
        self.calendars = calendars
        self.asked: list[str] = []
        self.held: list[str] = []
        self.since = starts
        self.worked = np.zeros_like(starts)
        self.single: Flags = np.zeros(starts.shape, dtype=np.bool_)
        self.adopt(terms)
        self.arm(starts)

    def adopt(self, terms: Terms) -> None:
        self.terms = terms
        self.calendar: Calendar = self.calendars(terms.calendar)

    def remaining(self) -> Seconds:
        return np.maximum(0, self.terms.target_seconds - self.worked)

    def arm(self, at: Seconds) -> None:
        if not self.held:
            self.due = self.calendar.due_many(at, self.remaining())
        self.armed_at = at

    def advance(self, to: Seconds) -> None:
        if not self.held:
            self.worked = self.worked + self.calendar.elapsed_many(self.since, to)
            self.single |= to > self.due
        self.since = to

    def take(self, one: Fact, at: Seconds) -> None:
        self.advance(at)
        if one.kind is MarkKind.PAUSED:
            self.asked += [one.reason] if one.reason not in self.asked else []
        elif one.kind is MarkKind.RESUMED:
            self.asked = [reason for reason in self.asked if one.reason and reason != one.reason]
        elif one.terms is not None:
            self.adopt(one.terms)
        was = bool(self.held)
        allowed = [reason for reason in self.asked if self.terms.may_pause(reason)]
        longer = [reason for reason in self.held if reason in allowed]
        self.held = longer + [reason for reason in allowed if reason not in longer]
        if was != bool(self.held) or one.kind is MarkKind.RETARGETED:
            self.arm(at)


def risks(terms: Terms, dues: Seconds, calendar: Calendar) -> Seconds:
    """When the first warning before each due moment is due; the due moment itself where the ladder warns of nothing."""
    leads = [step.lead(terms.target_seconds) for step in terms.ladder if step.when is When.BEFORE]
    return back_many(calendar, dues, max(leads)) if leads else dues


def first_moments(alike: Alike, calendar: Calendar) -> Seconds:
    """When somebody must look at running promises of which nothing has fired and no acknowledgement is awaited.

    As `promise.next_moment(...).wake_at`: the earliest warning, one that is already past when the due moment came to
    hold at that instant, none where nothing is left; else the second after the due one, for a step after it is never
    earlier.
    """
    found = alike.due + 1
    left = calendar.elapsed_many(alike.armed_at, alike.due) > 0
    for step in alike.terms.ladder:
        if step.when is When.BEFORE:
            at = back_many(calendar, alike.due, step.lead(alike.terms.target_seconds))
            wake = np.where(at > alike.armed_at, at, alike.armed_at)
            found = np.where(left | (at > alike.armed_at), np.minimum(found, wake), found)
    return found


def back_many(calendar: Calendar, ends: Seconds, seconds: int) -> Seconds:
    """`Calendar.back` for many: the last instants from which `seconds` of open time pass until `ends`."""
    if not ends.size or not seconds:
        return np.array([calendar.back(int(end), seconds) for end in ends], dtype=np.int64)
    base = calendar.back(int(ends.min()), seconds + 1)
    # the first instant with so much work behind it, and where that is a closing, the opening after it
    return calendar.due_many(calendar.due_many(base, calendar.elapsed_many(base, ends) - seconds), 0)
