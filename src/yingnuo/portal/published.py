"""What do we promise to everybody, in figures that come from the standard in force and from nowhere else?

The public table asks the standard about a customer of no special tier, no region and no product, for each urgency and
each way in; kinds that get another first answer than a plain question have lines of their own.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.calendar_spec import WEEKDAYS
from yingnuo.engine.policy import Facts
from yingnuo.engine.terms import Terms
from yingnuo.kit import formats, instants
from yingnuo.people.models import Tier
from yingnuo.portal.forms import KIND_WORDS, KINDS
from yingnuo.promises.models import MilestoneCode as M
from yingnuo.promises.standards import Standards, calendar, standards
from yingnuo.tickets.models import Kind, Urgency, Via

CHANNELS = (Via.PORTAL, Via.MAIL, Via.PHONE)
_CHANNEL_WORDS = {
    Via.PORTAL: gettext_lazy("here"),
    Via.MAIL: gettext_lazy("by mail"),
    Via.PHONE: gettext_lazy("by phone"),
}
_URGENCY_WORDS = {
    Urgency.URGENT: gettext_lazy("Danger, or it does not work at all"),
    Urgency.IMPORTANT: gettext_lazy("An important function does not work"),
    Urgency.GENERAL: gettext_lazy("Questions and small faults"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A time within which something is promised. `hours` is "" where it counts round the clock.

    `away`: the hours are those of a zone whose clocks show another time than the reader's; it is named in `hours`.
    """

    seconds: int
    hours: str
    away: bool = False

    def __str__(self) -> str:
        if not self.hours:
            return formats.duration(self.seconds)
        return _("%(span)s in service hours") % {"span": _hours_and_minutes(self.seconds)}


def _hours_and_minutes(seconds: int) -> str:
    """A span of working time never speaks of days: 24 hours of service are three working days to most."""
    whole, rest = divmod(seconds, formats.HOUR)
    words = [formats.duration(rest)] if rest or not whole else []
    return " ".join([_("%(n)s h") % {"n": whole}] * bool(whole) + words)


@dataclass(frozen=True, slots=True)
class Answer:
    """A first answer, for the ways in that share it; None where nothing is promised."""

    ways: str
    offer: Offer | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the public table."""

    word: str | Lazy
    urgency: str
    answers: tuple[Answer, ...]
    solution: Offer | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be promised to a request sent now; None where nothing is."""

    urgency: str
    answer_by: datetime | None
    solution_by: datetime | None
    offer: Offer | None


def table(revision: int, *, now: datetime) -> tuple[Line, ...]:
    """The public promise table of the standard in force; empty where there is none. `now` tells how zones differ."""
    book = standards.at(revision)
    lines = [
        _line(book, _URGENCY_WORDS[u], Kind.ENQUIRY, u, now)
        for u in (Urgency.URGENT, Urgency.IMPORTANT, Urgency.GENERAL)
    ]
    usual = _usual(book, Kind.ENQUIRY)
    lines += [
        _line(book, KIND_WORDS[k], k, Urgency.GENERAL, now) for k in KINDS if _target(_usual(book, k)) != _target(usual)
    ]
    return tuple(line for line in lines if any(answer.offer for answer in line.answers))


def hours(lines: tuple[Line, ...]) -> tuple[str, ...]:
    """The service hours that a table speaks of, each once."""
    offers = [offer for line in lines for offer in (*(a.offer for a in line.answers), line.solution)]
    return tuple(dict.fromkeys(offer.hours for offer in offers if offer and offer.hours))


def preview(
    revision: int, *, kind: str, urgency: str, region: str = "", product_line: str = "", now: datetime
) -> Preview:
    """By when we would answer a request of this sort, sent at `now`."""
    book = standards.at(revision)
    facts = Facts(
        kind=kind, urgency=urgency, channel=Via.PORTAL, tier=Tier.STANDARD, region=region, product_line=product_line
    )
    answer, solution = _terms(book, facts, M.FIRST_RESPONSE), _terms(book, facts, M.RESOLUTION)
    return Preview(urgency, _due(answer, now), _due(solution, now), offer_of(answer, now))


def _usual(book: Standards, kind: str) -> Terms | None:
    return _terms(book, _facts(kind, Urgency.GENERAL), M.FIRST_RESPONSE)


def _line(book: Standards, word: str | Lazy, kind: str, urgency: str, now: datetime) -> Line:
    offers = {via: offer_of(_terms(book, _facts(kind, urgency, via), M.FIRST_RESPONSE), now) for via in CHANNELS}
    grouped: dict[Offer | None, list[str]] = {}
    for via, offer in offers.items():
        grouped.setdefault(offer, []).append(str(_CHANNEL_WORDS[via]))
    answers = tuple(Answer(_either(ways), offer) for offer, ways in grouped.items() if offer)
    return Line(word, urgency, answers, offer_of(_terms(book, _facts(kind, urgency), M.RESOLUTION), now))


def _either(ways: list[str]) -> str:
    if len(ways) == 1:
        return ways[0]
    return _("%(some)s or %(last)s") % {"some": ", ".join(ways[:-1]), "last": ways[-1]}


def _facts(kind: str, urgency: str, via: str = Via.PORTAL) -> Facts:
    return Facts(kind=kind, urgency=urgency, channel=via, tier=Tier.STANDARD)


def _terms(book: Standards, facts: Facts, milestone: str) -> Terms | None:
    match = book.match_all(facts).get(milestone)
    return match.terms if match else None


def _target(terms: Terms | None) -> tuple[int, str]:
    return (terms.target_seconds, terms.calendar) if terms else (0, "")


def _due(terms: Terms | None, now: datetime) -> datetime | None:
    if terms is None:
        return None
    start, working = instants.seconds(now), calendar(terms.calendar)
    return instants.instant(working.due(start, terms.target_from(start, working)))


def offer_of(terms: Terms | None, now: datetime) -> Offer | None:
    """Terms in plain words: how long, and in which hours; their zone is named where the reader's has another time."""
    if terms is None:
        return None
    working = calendar(terms.calendar)
    hours, zone = hours_of(working), away(working, now)
    if not hours or not zone:
        return Offer(terms.target_seconds, hours)
    return Offer(terms.target_seconds, _("%(hours)s, %(zone)s") % {"hours": hours, "zone": zone}, away=True)


def away(working: Calendar, now: datetime) -> str:
    """The zone of a calendar in words where its clocks show another time than the reader's at `now`, else ""."""
    theirs = now.astimezone(zoneinfo.ZoneInfo(working.timezone)).utcoffset()
    return "" if theirs == timezone.localtime(now).utcoffset() else formats.zone(working.timezone, now)


def hours_of(working: Calendar) -> str:
    """A calendar's week in words, such as "Mon–Fri 09:00–12:00, 13:30–18:00"; "" when it never closes."""
    week = working.summary()
    if [line.windows for line in week] == [(("00:00", "24:00"),)] and len(week[0].days) == len(WEEKDAYS):
        return ""
    return "; ".join(f"{_days(line.days)} {_windows(line.windows)}" for line in week)


def _days(days: tuple[str, ...]) -> str:
    numbers = [WEEKDAYS.index(day) for day in days]
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{WEEKDAYS_ABBR[numbers[0]]}–{WEEKDAYS_ABBR[numbers[-1]]}"
    return ", ".join(str(WEEKDAYS_ABBR[number]) for number in numbers)


def _windows(windows: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{opens}–{closes}" for opens, closes in windows)
