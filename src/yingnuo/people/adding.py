"""How do customers and companies come into the books other than by writing to us, and how do they leave again?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import wording
from yingnuo.people.models import Company, Contact, Staff, Tier
from yingnuo.people.roles import Actor, require


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """A customer company; `domain` is that of its people's mail addresses, "" for none."""

    name: str
    tier: str = Tier.STANDARD
    region_id: int | None = None
    domain: str = ""
    note: str = ""


def add_contact(
    actor: Actor, *, facts: Mapping[str, str], handle: str = "", company: int | None = None, region: int | None = None,
    now: datetime,
) -> Contact:  # fmt: skip
    """A new customer, his facts already judged; Conflict when another one has the mail address or the handle."""
    require(actor, "customer.edit")
    try:
        with transaction.atomic():
            row = Contact.objects.create(**facts, handle=handle, company_id=company, region_id=region, created_at=now)
            wording.keep([row])
            _note(actor, row, sorted(facts), now)
    except IntegrityError as error:
        raise Conflict(_("Another customer has this mail address."), code="email_taken") from error
    return row


def save_company(actor: Actor, *, pk: int | None, facts: CompanyFacts, now: datetime) -> Company:
    """A new or changed company; Conflict when another one has the name."""
    require(actor, "customer.edit")
    try:
        with transaction.atomic():
            row = Company() if pk is None else Company.objects.select_for_update().get(pk=pk)
            for name, value in asdict(facts).items():
                setattr(row, name, value)
            row.save()
            _set(actor, row, now)
    except IntegrityError as error:
        raise Conflict(_("Another company has this name."), code="name_taken") from error
    return row


def remove(actor: Actor, *, row: Contact | Company | Staff, now: datetime) -> None:
    """Takes somebody away who left no trace; Conflict when something belongs to him."""
    require(actor, "people.edit" if isinstance(row, Staff) else "customer.edit")
    try:
        with transaction.atomic():
            if isinstance(row, Contact):
                _note(actor, row, ["removed"], now)
            else:
                _set(actor, row, now)
            row.delete()
    except ProtectedError as error:
        raise Conflict(_("Something still belongs to it. Move that first."), code="in_use") from error


def _note(actor: Actor, row: Contact, fields: list[str], now: datetime) -> None:
    ledger.record(actor, [Entry(Code.CONTACT_CHANGED, 0, f"contact:{row.pk}", {"fields": fields})], now=now)


def _set(actor: Actor, row: Company | Staff, now: datetime) -> None:
    what = str(row._meta.model_name)
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"{what}:{row.pk}", {"what": what})], now=now)
