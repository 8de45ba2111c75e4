"""What does `yingnuo lab --days` try on this installation: files in the place of standards and service times?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import EngineError
from yingnuo.engine.policy import Policy
from yingnuo.engine.specs import refusal
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.roles import SYSTEM
from yingnuo.planning import laying, past, running
from yingnuo.planning.laying import Book
from yingnuo.planning.past import Days
from yingnuo.planning.running import Laid, Staffing
from yingnuo.planning.sheet import Sheet

_ZONE = "UTC"


def run(
    days: int, policies: Mapping[str, Mapping[str, Any]], calendars: Mapping[str, Mapping[str, Any]], asked: Staffing,
    *, now: datetime,
) -> Sheet:  # fmt: skip
    """The last days under each policy spec (by the name it is shown under), all with these calendars (specs by code).

    A policy takes the place of the one of its code, a new one is asked first; without one the standards in force are
    laid. Raises Refused with a sentence that names file, place and remedy.
    """
    book = laying.with_calendars(laying.in_force(), {c: _calendar(c, spec) for c, spec in calendars.items()})
    laid = [_laid(book, name, spec) for name, spec in policies.items()] or [laying.laid(book, "the same standard")]
    shift = laying.known_shifts(book)
    for code in [*asked.shifts.values(), *(code for extra in asked.extra.values() for code, _n in extra)]:
        shift(code)
    stretch = Days(now - timedelta(days=days), now)
    source = past.source(SYSTEM, days=stretch, title=f"{days} days", zone=_ZONE, now=now)
    if not len(source.history):
        raise Invalid("No promises began in these days.", code="nothing")
    return running.run(source, laid, asked, shift)


def _calendar(code: str, spec: Mapping[str, Any]) -> Calendar:
    try:
        return Calendar.from_spec(spec)
    except EngineError as error:
        raise _told(f"calendar {code}", error) from error


def _laid(book: Book, name: str, spec: Mapping[str, Any]) -> Laid:
    try:
        policy = Policy.from_spec(spec.get("policy", spec))
        _check_calendars(policy, book)
    except EngineError as error:
        raise _told(f"policy {name}", error) from error
    return laying.laid(laying.with_policies(book, [policy]), name)


def _check_calendars(policy: Policy, book: Book) -> None:
    for rule in policy.rules:
        for milestone, terms in rule.promises.items():
            if terms is not None and terms.calendar not in book.keys:
                place = f"rules.{rule.code}.promises.{milestone}.calendar"
                raise refusal(place, "unknown_calendar", given=terms.calendar, expected=sorted(book.keys))


def _told(what: str, error: EngineError) -> Refused:
    return Invalid("%(what)s: %(complaint)s", what=what, complaint=str(error), code=error.code)
