"""How is what we know of a customer changed and looked at, with a trace?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict, Invalid, NotFound, Outdated
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import wording
from yingnuo.people.models import Company, Contact, Region, Tier
from yingnuo.people.roles import Actor, require
from yingnuo.people.services import normal_phone

FACTS = ("name", "email", "phone", "tier", "language", "zone", "note")


def stamp(contact: Contact) -> str:
    """What stands for everything known of a customer: another one as soon as anything of it changed."""
    known = [getattr(contact, name) for name in (*FACTS, "company_id", "region_id")]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


def create(
    actor: Actor, *, facts: Mapping[str, str], company: int | None = None, region: int | None = None, now: datetime
) -> Contact:
    """A new customer; Invalid without anything to reach him by, Conflict when another one has the mail address."""
    require(actor, "customer.edit")
    wanted = _checked(facts)
    if not (wanted.get("email") or wanted.get("phone")):
        text = _("Say who asks: an e-mail address, a phone number or a handle.")
        raise Invalid(text, fields={"email": text})
    _refuse_unknown(company, region)
    try:
        with transaction.atomic():
            row = Contact.objects.create(**wanted, company_id=company, region_id=region, created_at=now)
            wording.keep([row])
            entry = Entry(Code.CONTACT_CHANGED, 0, f"contact:{row.pk}", {"fields": sorted(wanted)})
            ledger.record(actor, [entry], now=now)
    except IntegrityError as error:
        raise Conflict(_("Another customer has this mail address."), code="email_taken") from error
    return row


def edit(
    actor: Actor, *, contact: int, facts: Mapping[str, str], company: int | None, region: int | None,
    seen: Collection[str] | None = None, now: datetime,
) -> Contact:  # fmt: skip
    """Sets what is known of a customer; Conflict when another one has the mail address.

    Outdated when what is known has none of the stamps `seen` (None: whichever).
    """
    require(actor, "customer.edit")
    wanted = _checked(facts)
    _refuse_unknown(company, region)
    try:
        with transaction.atomic():
            return _edit(actor, contact, {**wanted, "company_id": company, "region_id": region}, seen, now)
    except IntegrityError as error:
        raise Conflict(_("Another customer has this mail address."), code="email_taken") from error


def _refuse_unknown(company: int | None, region: int | None) -> None:
    if company is not None and not Company.objects.filter(pk=company).exists():
        raise Invalid(_("There is no such company."), fields={"company": _("Choose from the list.")})
    if region is not None and not Region.objects.filter(pk=region).exists():
        raise Invalid(_("There is no such region."), fields={"region": _("Choose from the list.")})


def _edit(
    actor: Actor, pk: int, wanted: Mapping[str, str | int | None], seen: Collection[str] | None, now: datetime
) -> Contact:
    row = Contact.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    if seen is not None and stamp(row) not in seen:
        raise Outdated(_("Somebody changed it since you read it. Read it again."))
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        row.save(update_fields=[name.removesuffix("_id") for name in changed])
        wording.keep([row])
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
    if "zone" in wanted and wanted["zone"] not in available_timezones():
        raise Invalid(_("There is no such time zone."), fields={"zone": _("Write it as Asia/Shanghai.")})
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
