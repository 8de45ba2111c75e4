"""How do two entries of one customer become one?

Tickets, words and talks go over to him who stays; what he lacks (mail address, number, company) is read at the other's
entry, which stays as a signpost: whoever comes by its address or number is known as him from now on.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Conversation
from yingnuo.journey import reactions, work
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import Message, Ticket

_FILLED = ("name", "phone", "company_id", "region_id", "note")


def join(actor: Actor, *, contact_id: int, absorb_id: int, now: datetime) -> Contact:
    """The customer `absorb_id` goes into `contact_id`; Conflict when either has gone into another one already."""
    require(actor, "customer.merge")
    if contact_id == absorb_id:
        raise Invalid(_("Choose another customer."), fields={"absorb": _("Choose another customer.")})
    try:
        with work.unit():
            stays, goes = _both(contact_id, absorb_id)
            moved = sorted(Ticket.objects.filter(contact=goes).values_list("pk", flat=True))
            _move(stays, goes)
            params = {"into": stays.pk, "tickets": len(moved)}
            ledger.record(actor, [Entry(Code.CONTACT_MERGED, 0, f"contact:{goes.pk}", params)], now=now)
            reactions.changed(moved)
    except IntegrityError as error:
        raise Conflict(_("Somebody was quicker. Look again."), code="conflict") from error
    return stays


def _both(contact_id: int, absorb_id: int) -> tuple[Contact, Contact]:
    ids = sorted((contact_id, absorb_id))  # one order for all, so that two joins never wait on each other
    found = {c.pk: c for c in Contact.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    if len(found) < len(ids):
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    if any(c.merged_into_id for c in found.values()):
        raise Conflict(_("One of them has gone into another customer already."), code="contact_merged")
    return found[contact_id], found[absorb_id]


def _move(stays: Contact, goes: Contact) -> None:
    Ticket.objects.filter(contact=goes).update(contact=stays)
    Message.objects.filter(contact=goes).update(contact=stays)
    Conversation.objects.filter(contact=goes).update(contact=stays)
    Contact.objects.filter(merged_into=goes).update(merged_into=stays)
    filled = [name for name in _FILLED if not getattr(stays, name) and getattr(goes, name)]
    for name in filled:
        setattr(stays, name, getattr(goes, name))
    if goes.email and not stays.email:  # an address is of one row only: it moves
        stays.email, goes.email = goes.email, ""
        filled.append("email")
    goes.merged_into = stays
    goes.save(update_fields=["merged_into", "email"])
    stays.save(update_fields=[name.removesuffix("_id") for name in filled])
