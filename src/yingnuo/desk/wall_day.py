"""What does the wall say of today beside yesterday up to the same time?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yingnuo.desk.dashboard import words
from yingnuo.engine import hotline as engine
from yingnuo.engine.hotline import Counts
from yingnuo.kit import revisions
from yingnuo.people.roles import Actor
from yingnuo.scorecards import day
from yingnuo.scorecards.day import Day, Span
from yingnuo.telephony import book, queries


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of today, that of yesterday, and the list or page behind it."""

    label: str
    value: str
    before: str
    href: str


def figures(actor: Actor, *, now: datetime) -> list[Tile]:
    """The figures of a day; the hotline's only where it was called."""
    span = day.span(timezone.get_current_timezone(), now=now)
    today, before = day.beside(actor, span)
    return [*_tickets(today, before), *(_calls(actor, span) if actor.may("hotline.view") else [])]


def _tickets(today: Day, before: Day) -> Sequence[Tile]:
    behind = reverse("desk:figures") + "?period=today"
    response = (words.span(today.response_s), words.span(before.response_s))
    return [
        Tile(_("Came today"), words.number(today.received), words.number(before.received), behind),
        Tile(_("Resolved today"), words.number(today.resolved), words.number(before.resolved), behind),
        Tile(_("Promises kept"), words.percent(today.share), words.percent(before.share), behind),
        Tile(_("Broken today"), words.number(today.broken), words.number(before.broken), behind),
        Tile(_("First response, median"), *response, behind),
    ]


def _calls(actor: Actor, of: Span) -> Sequence[Tile]:
    measure = book.lines.at(revisions.current()).measure
    edges = (of.start_before, of.end_before, of.start)  # yesterday until now, the rest of it, today
    found = queries.counts(actor, measure, start=of.start_before, end=of.end, by="part", edges=edges)
    before, today = found.get("1", Counts()), found.get("3", Counts())
    if not today.attempts and not before.attempts:
        return []
    named = _("Service level %(goal)s/%(seconds)s") % {"goal": measure.goal, "seconds": measure.answer_within}
    level, level_before = (words.percent(engine.service_level(c, measure.formula).value) for c in (today, before))
    behind = reverse("desk:hotline")
    return [
        Tile(_("Calls today"), words.number(today.attempts), words.number(before.attempts), behind),
        Tile(named, level, level_before, behind),
        Tile(_("Calls lost today"), words.number(today.lost), words.number(before.lost), behind),
    ]
