"""How does the first ticket come in, and what was promised with it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival
from yingnuo.channels.models import ChannelKind
from yingnuo.desk import faces
from yingnuo.desk.access import DeskRequest
from yingnuo.founding import services
from yingnuo.founding.models import Founding
from yingnuo.journey import intake
from yingnuo.journey.incoming import Incoming
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Promise
from yingnuo.tickets import links
from yingnuo.tickets.models import Ticket, Via


class Owed(NamedTuple):
    """One promise: what, from when, by when."""

    word: str
    started_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """The try-out ticket, what is promised in it, and the customer's own page of it."""

    ticket: Ticket
    promises: tuple[Owed, ...]
    page: str


def open_ticket(request: DeskRequest) -> None:
    """A customer's question comes in by the portal's door, as any other would: the administrator plays the customer.

    Where he has a mail address he is sent the receipt that a customer gets.
    """
    staff, now = request.staff, request.now
    text = _("My machine stops in the middle of its work and shows E3. What can I do?")
    raw = accept.draft(accept.built_in(ChannelKind.PORTAL), content=text.encode(), received_at=now)
    arrival = Arrival(
        external_id=raw.key, received_at=now, subject=_("Try-out: the machine shows E3"), text=text,
        sender_name=_("%(name)s (trying it out)") % {"name": staff.name}, sender_address=staff.email,
        language=staff.language,
    )  # fmt: skip
    intake.take(
        SYSTEM, via=Via.PORTAL, incoming=[Incoming(raw, arrival)], now=now,
        within=lambda taken: services.note_ticket(request.actor, ticket=taken[0].ticket or 0, now=now),
    )  # fmt: skip


def told(row: Founding) -> Tried | None:
    """What the page shows of it; None before it is there."""
    ticket = Ticket.objects.select_related("contact").filter(pk=row.ticket).first() if row.ticket else None
    if ticket is None:
        return None
    promises = Promise.objects.filter(ticket=ticket, due_at__isnull=False).order_by("due_at")
    owed = tuple(Owed(faces.milestone(p.milestone), p.started_at, p.due_at) for p in promises if p.due_at)
    return Tried(ticket, owed, links.promise_url(ticket))
