"""How is what we know of a customer changed and looked at, with a trace?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Company, Contact, Region, Tier
from yingnuo.people.roles import Actor, require
from yingnuo.people.services import normal_phone

FACTS = ("name", "email", "phone", "tier", "language", "note")


def edit(
    actor: Actor, *, contact: int, facts: Mapping[str, str], company: int | None, region: int | None, now: datetime
) -> Contact:
    """Sets what is known of a customer; Conflict when another one has the mail address."""
    require(actor, "customer.edit")
    wanted = _checked(facts)
    if company is not None and not Company.objects.filter(pk=company).exists():
        raise Invalid(_("There is no such company."), fields={"company": _("Choose from the list.")})
    if region is not None and not Region.objects.filter(pk=region).exists():
        raise Invalid(_("There is no such region."), fields={"region": _("Choose from the list.")})
    try:
        with transaction.atomic():
            return _edit(actor, contact, {**wanted, "company_id": company, "region_id": region}, now)
    except IntegrityError as error:
        raise Conflict(_("Another customer has this mail address."), code="email_taken") from error


def _edit(actor: Actor, pk: int, wanted: Mapping[str, str | int | None], now: datetime) -> Contact:
    row = Contact.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.save(update_fields=[name.removesuffix("_id") for name in changed])
        ledger.record(actor, [Entry(Code.CONTACT_CHANGED, 0, f"contact:{pk}", {"fields": changed})], now=now)
    return row


def _checked(facts: Mapping[str, str]) -> dict[str, str]:
    wanted = {name: facts[name].strip() for name in FACTS if name in facts}
    if wanted.get("email"):
        wanted["email"] = _address(wanted["email"].lower())
    if wanted.get("phone"):
        wanted["phone"] = normal_phone(wanted["phone"])
        if not wanted["phone"]:
            raise Invalid(_("This is no phone number."), fields={"phone": _("Write it with its area code.")})
    if wanted.get("tier", Tier.STANDARD) not in Tier.values:
        raise Invalid(_("There is no such tier."), fields={"tier": _("Choose from the list.")})
    for name, most in (("name", 120), ("language", 10), ("note", 4000)):
        if len(wanted.get(name, "")) > most:
            raise Invalid(_("This is too long."), fields={name: _("This is too long.")})
    return wanted


def _address(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(_("This is no mail address."), fields={"email": _("Write it as name@example.com.")}) from error
    return email


def reveal_phone(actor: Actor, *, contact: Contact, ticket: int = 0, now: datetime) -> str:
    """The whole phone number, and a trace of who looked at it.

    `ticket`: one of this customer in the actor's sight, which the door has checked; who works on it may call him.
    """
    require(actor, "ticket.view" if ticket else "customer.view")
    entry = Entry(Code.CONTACT_REVEALED, ticket, f"contact:{contact.pk}", {"field": "phone"})
    ledger.record(actor, [entry], now=now)
    return contact.phone
