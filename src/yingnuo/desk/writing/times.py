"""At which moments can a reply leave later, as the composer offers them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.choices import Names
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Invalid
from yingnuo.promises.standards import standards
from yingnuo.tickets.models import Ticket

MORNING = time(9)
TOMORROW, OPENING, OWN = "tomorrow", "opening", "at"


@dataclass(frozen=True, slots=True)
class Moment:
    """One that is offered: its code in the form, its name, when it is."""

    code: str
    name: str
    at: datetime


def offered(ticket: Ticket, names: Names, *, now: datetime) -> list[Moment]:
    """Tomorrow morning on the reader's clock, and the next opening of the ticket's team where it is closed."""
    found = [Moment(TOMORROW, _("Tomorrow 9:00"), _tomorrow(now))]
    opening = _opening(ticket, names, now)
    if opening is not None:
        found.append(Moment(OPENING, _("At the opening of the service time"), opening))
    return found


def _tomorrow(now: datetime) -> datetime:
    here = timezone.localtime(now)
    return datetime.combine(here.date() + timedelta(days=1), MORNING, here.tzinfo).astimezone(now.tzinfo)


def _opening(ticket: Ticket, names: Names, now: datetime) -> datetime | None:
    """When the service time of the ticket's team opens next; None without a team, or where it never closes."""
    card, book = names.organisation.teams.get(ticket.team_id or 0), standards.at(revisions.current())
    if card is None or card.calendar not in book.calendars:
        return None
    calendar, at = book.calendar(card.calendar), instants.seconds(now)
    start = next((begin for begin, _end in calendar.open_spans(at) if begin > at), None)
    return instants.instant_or_none(start)


def chosen(code: str, own: str, ticket: Ticket, names: Names, *, now: datetime) -> datetime | None:
    """The moment of a form: None for now; Invalid for one that is not offered or is no moment."""
    if not code:
        return None
    if code == OWN:
        return of_field(own)
    at = next((moment.at for moment in offered(ticket, names, now=now) if moment.code == code), None)
    if at is None:
        raise Invalid(_("Choose from the list."), fields={"leave": _("Unknown choice.")})
    return at


def of_field(text: str) -> datetime:
    """A moment as a form's field writes it, in the reader's zone; Invalid for none."""
    try:
        parsed = parse_datetime(text.strip())
    except ValueError:
        parsed = None
    if parsed is None:
        said = gettext_lazy("Choose day and time.")
        raise Invalid(said, fields={"leave_at": said})
    return parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed)
