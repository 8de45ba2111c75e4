"""What does a customer own of us, is it under warranty, and how is that written down? The only writer of units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yingnuo.devices.models import Device, Standing, Unit
from yingnuo.kit import texts
from yingnuo.kit.errors import Conflict, Invalid, NotFound, Outdated
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import ProductLine

MOST_SHOWN = 50
_LONGEST = {"product_line": 40, "model": 80, "serial": 80, "contract": 80, "note": 400}


@dataclass(frozen=True, slots=True)
class Facts:
    """A unit as a form or a table writes it."""

    product_line: str = ""
    model: str = ""
    serial: str = ""
    bought_on: date | None = None
    warranty_until: date | None = None
    contract: str = ""
    note: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Warranty:
    """Whether a unit is under warranty on a day: `in`, `out`, or `unknown`. `days` are those until its last one."""

    standing: str
    until: date | None
    days: int = 0


def warranty(unit: Unit, *, today: date) -> Warranty:
    """The last day of a warranty still counts."""
    until = unit.warranty_until
    if until is None:
        return Warranty("unknown", None)
    days = (until - today).days
    return Warranty("in" if days >= 0 else "out", until, days)


def of_customer(contact: Contact) -> QuerySet[Unit]:
    """What a customer owns, and his company; what he has still first, then by its warranty's end, the latest first."""
    own = Q(contact=contact)
    if contact.company_id:
        own |= Q(company=contact.company_id)
    return Unit.objects.filter(own).order_by("gone", "-warranty_until", "id")


def save(
    actor: Actor, *, pk: int | None, facts: Facts, contact: int | None = None, company: int | None = None,
    version: int | None = None, now: datetime,
) -> Unit:  # fmt: skip
    """A new unit of a customer or a company, or a changed one; Outdated when it is not at `version` any more."""
    require(actor, "customer.edit")
    wanted = _checked(facts)
    if pk is None and contact is None and company is None:
        raise Invalid(_("Say whose it is."), fields={"contact": _("Choose a customer or a company.")})
    try:
        with transaction.atomic():
            return _saved(actor, pk, wanted, {"contact_id": contact, "company_id": company}, version, now)
    except IntegrityError as error:
        if "unit_serial_once" not in str(error):
            raise
        raise Conflict(_("Another unit has this serial number."), code="serial_taken") from error


def _saved(
    actor: Actor, pk: int | None, wanted: Mapping[str, Any], owner: Mapping[str, int | None], version: int | None,
    now: datetime,
) -> Unit:  # fmt: skip
    row = Unit(**owner) if pk is None else Unit.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("Somebody has deleted it."))
    if version is not None and row.version != version:
        raise Outdated(_("Somebody changed it since you read it. Read it again."))
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    if pk is not None and any(owner.values()):
        changed += [name for name, value in owner.items() if getattr(row, name) != value]
        row.contact_id, row.company_id = owner["contact_id"], owner["company_id"]
    for name, value in wanted.items():
        setattr(row, name, value)
    if pk is None or changed:
        row.version += 1 if pk else 0
        row.device = _device(row.serial)
        row.save()
        params = {"contact": row.contact_id, "company": row.company_id, "serial": row.serial, "fields": sorted(changed)}
        code = Code.UNIT_CHANGED if pk else Code.UNIT_ADDED
        ledger.record(actor, [Entry(code, 0, f"unit:{row.pk}", params)], now=now)
    return row


def delete(actor: Actor, *, row: Unit, now: datetime) -> None:
    """Takes a unit away that was written down by mistake; one that was given away is `gone` instead."""
    require(actor, "customer.edit")
    with transaction.atomic():
        params: dict[str, Any] = {"contact": row.contact_id, "company": row.company_id, "serial": row.serial}
        ledger.record(actor, [Entry(Code.UNIT_REMOVED, 0, f"unit:{row.pk}", params)], now=now)
        row.delete()


def _device(serial: str) -> Device | None:
    """The registered machine that bears the number."""
    if not serial:
        return None
    return Device.objects.filter(serial__iexact=serial).exclude(standing=Standing.BLOCKED).order_by("pk").first()


def _checked(facts: Facts) -> dict[str, Any]:
    wanted = {name: _tidy(value) for name, value in asdict(facts).items()}
    wanted["serial"] = wanted["serial"].upper()
    wrong: dict[str, Any] = {n: _("This is too long.") for n, most in _LONGEST.items() if len(wanted[n]) > most}
    line = wanted["product_line"]
    if line and not ProductLine.objects.filter(code=line).exists():
        wrong["product_line"] = _("Choose from the list.")
    if not (line or wanted["model"] or wanted["serial"]):
        wrong["model"] = _("Say what it is: a product line, a model or a serial number.")
    bought, until = wanted["bought_on"], wanted["warranty_until"]
    if bought and until and until < bought:
        wrong["warranty_until"] = _("The warranty ends before it was bought.")
    if wrong:
        raise Invalid(_("This cannot be written down as it is."), fields=wrong)
    return wanted


def _tidy(value: Any) -> Any:
    return " ".join(texts.keepable(value).split()) if isinstance(value, str) else value


def today(now: datetime) -> date:
    """The day by which a warranty is judged: the reader's."""
    return timezone.localdate(now)
