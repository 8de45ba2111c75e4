"""How does a customer who lost his link get a new one? By mail to the address we know, and nowhere else."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.channels import post
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Ticket, Via
from yingnuo.tickets.services import NewMessage


def mail_link(*, email: str, number: int, now: datetime) -> None:
    """Mails a ticket's link to its customer when address and number belong together; otherwise nothing happens.

    The caller answers the same in both cases, so that nobody learns who has asked us something.
    """
    with transaction.atomic(durable=True):
        ticket = (
            Ticket.objects.select_related("contact").filter(pk=number, contact__email=email.strip().lower()).first()
        )
        if ticket is None:
            return
        said = NewMessage(
            ticket=ticket.pk, author=Author.SYSTEM, text=_text(ticket), via=Via.MAIL, indexed=True, at=now
        )
        [message] = tickets.say_many(SYSTEM, said=[said], now=now)
        post.queue(ticket, message, automatic=True)


def _text(ticket: Ticket) -> str:
    with override(ticket.language):
        return _(
            "Somebody, most likely you, has asked for a new link to your request “%(subject)s”. It stands "
            "below. If it was not you, nothing needs to be done."
        ) % {"subject": ticket.subject}
