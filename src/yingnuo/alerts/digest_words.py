"""What stands in somebody's mail of the morning: what is due, what broke, what waits for him, what his teams risk?

With the sight that the person has himself, in his language and on his clock. Each list is short and says how much more
there is; where nothing is to be said there is no mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.alerts import wording
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, actor_for_staff
from yingnuo.promises import naming
from yingnuo.promises.models import Promise
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES, Status, Ticket

MOST = 10  # lines of one list


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket: its number and subject, and what is the matter with it."""

    ticket: int
    title: str
    facts: str


@dataclass(frozen=True, slots=True)
class Section:
    """One list; `more` is how many further ones there are."""

    title: str
    lines: tuple[Line, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail: text and simple HTML of the same."""

    subject: str
    sections: tuple[Section, ...]
    text: str
    html: str


def of(person: Staff, *, since: datetime, now: datetime, site: str, language: str = "") -> Digest | None:
    """His digest at `now`, of what broke from `since` on; None where there is nothing to say."""
    with override(language or person.language):
        sections = tuple(section for section in _sections(person, since, now) if section.lines)
        if not sections:
            return None
        day = date_format(now.astimezone(ZoneInfo(person.time_zone)).date(), "MONTH_DAY_FORMAT")
        subject = _("%(day)s: %(titles)s") % {"day": day, "titles": _titles(sections)}
        end = _("You get this because you chose so. Another hour, or none at all: %(url)s") % {
            "url": site + reverse("desk:me")
        }
        return Digest(subject[:200], sections, _text(sections, site, end), _html(sections, site, end))


def _titles(sections: Sequence[Section]) -> str:
    return ", ".join(f"{section.title} ({len(section.lines) + section.more})" for section in sections)


def _sections(person: Staff, since: datetime, now: datetime) -> list[Section]:
    actor = actor_for_staff(person)
    mine = queries.visible_to(actor).filter(agent=person)
    midnight = datetime.combine(now.astimezone(ZoneInfo(person.time_zone)).date(), time(), ZoneInfo(person.time_zone))
    tonight = midnight + timedelta(days=1)
    late = Q(ended_at=None, due_at__lte=now) | Q(broken_at__gte=since, broken_at__lte=now)
    found = [
        _promised(_("Due today"), _owed(mine).filter(due_at__gt=now, due_at__lt=tonight), person),
        _promised(_("Broken"), Promise.objects.filter(late, ticket__in=mine), person),
        _waiting(mine),
    ]
    return [*found, *_teams(actor, person, now, tonight)]


def _owed(tickets: QuerySet[Ticket]) -> QuerySet[Promise]:
    return Promise.objects.filter(ticket__in=tickets, ended_at=None, due_at__isnull=False)


def _waiting(mine: QuerySet[Ticket]) -> Section:
    rows = mine.filter(status__in=[Status.NEW, Status.OPEN]).order_by("updated_at")
    lines = tuple(
        Line(t.pk, f"{t.number} {t.subject}", f"{t.get_urgency_display()} · {t.get_status_display()}")
        for t in rows.defer("search")[:MOST]
    )
    return Section(_("Waits for me"), lines, max(0, rows.count() - len(lines)))


def _teams(actor: Actor, person: Staff, now: datetime, tonight: datetime) -> list[Section]:
    """For who leads: what others in his sight have promised by tonight, and what is late with them."""
    if not actor.may("dashboard.view"):
        return []
    others = queries.visible_to(actor).filter(status__in=OPEN_STATUSES).exclude(agent=person)
    owed = _owed(others)
    return [
        _promised(_("My teams: overdue"), owed.filter(due_at__lte=now), person),
        _promised(_("My teams: due today"), owed.filter(due_at__gt=now, due_at__lt=tonight), person),
    ]


def _promised(title: str, rows: QuerySet[Promise], person: Staff) -> Section:
    shown = rows.select_related("ticket__agent").defer("ticket__search").order_by("due_at", "pk")[:MOST]
    lines = tuple(_line(promise, person) for promise in shown)
    return Section(title, lines, max(0, rows.count() - len(lines)))


def _line(promise: Promise, person: Staff) -> Line:
    ticket, due = promise.ticket, wording.local(promise.due_at, person.time_zone)
    words = {"milestone": naming.milestone(promise.milestone), "due": due}
    facts = [str(ticket.get_urgency_display()), _("%(milestone)s, due %(due)s") % words]
    if ticket.agent_id != person.pk:
        facts.append(ticket.agent.name if ticket.agent else _("nobody yet"))
    return Line(ticket.pk, f"{ticket.number} {ticket.subject}", " · ".join(facts))


def _text(sections: Sequence[Section], site: str, end: str) -> str:
    blocks = []
    for section in sections:
        lines = [f"{section.title}:"]
        for line in section.lines:
            lines += [f"- {line.title}", f"  {line.facts}", f"  {site}{reverse('desk:ticket', args=[line.ticket])}"]
        blocks.append("\n".join(lines + _more(section)))
    return "\n\n".join([*blocks, end])


def _more(section: Section) -> list[str]:
    return [_("… and %(count)s more") % {"count": section.more}] if section.more else []


def _html(sections: Sequence[Section], site: str, end: str) -> str:
    parts: list[SafeString] = []
    for section in sections:
        items = format_html_join(
            "", '<li><a href="{}">{}</a><br><small>{}</small></li>',
            ((site + reverse("desk:ticket", args=[one.ticket]), one.title, one.facts) for one in section.lines),
        )  # fmt: skip
        more = format_html_join("", "<p>{}</p>", ((word,) for word in _more(section)))
        parts.append(format_html("<h3>{}</h3><ul>{}</ul>{}", section.title, items, more))
    return format_html("{}<p><small>{}</small></p>", format_html_join("", "{}", ((part,) for part in parts)), end)
