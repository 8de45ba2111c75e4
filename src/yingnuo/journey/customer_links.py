"""How are a customer's links withdrawn, and how does he get a new one? By mail to the address on file, nowhere else."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from yingnuo.brands import books as brands
from yingnuo.channels import mail_words, post
from yingnuo.journey import reactions, work
from yingnuo.kit.errors import Conflict
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.tickets import queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Ticket, Via
from yingnuo.tickets.services import NewMessage

_ASKED, _RENEWED = "link", "link_renewed"  # codes of automatic texts


def revoke(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """Every promise link given out so far stops working."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit")
        _revoke(actor, ticket, now)
    return ticket


def renew(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """Every link so far stops working and the customer is mailed a new one; Conflict where we know no mail address."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit")
        if not ticket.contact.email:
            raise Conflict(_("We know no mail address of this customer. Revoke the links and tell him the new one."),
                           code="no_mail_address")  # fmt: skip
        _revoke(actor, ticket, now)
        _mail(ticket, _RENEWED, now)
        reactions.changed([ticket.pk])
    return ticket


def _revoke(actor: Actor, ticket: Ticket, now: datetime) -> None:
    ticket.link_version += 1
    tickets.touch(ticket, ["link_version"], now=now)
    entry = Entry(Code.SETTING_CHANGED, ticket.pk, "", {"what": "link", "version": ticket.link_version})
    ledger.record(actor, [entry], now=now)


def mail_by_number(*, email: str, number: int, now: datetime) -> None:
    """Mails a ticket's link to its customer when address and number belong together; otherwise nothing happens.

    The caller answers the same in both cases, so that nobody learns who has asked us something.
    """
    with work.unit():
        found = Ticket.objects.select_related("contact").filter(pk=number, contact__email=email.strip().lower())
        if ticket := found.first():
            _mail(ticket, _ASKED, now)


def mail(ticket: Ticket, *, now: datetime) -> None:
    """Mails a ticket's link to the address on file; without one nothing happens, and the caller answers the same."""
    with work.unit():
        if ticket.contact.email:
            _mail(ticket, _ASKED, now)


def _mail(ticket: Ticket, code: str, now: datetime) -> None:
    brands.now()
    text = mail_words.automatic(code, ticket, {})
    said = NewMessage(ticket=ticket.pk, author=Author.SYSTEM, text=text, via=Via.MAIL, indexed=True, at=now)
    [message] = tickets.say_many(SYSTEM, said=[said], now=now)
    post.queue(ticket, message, automatic=True)
