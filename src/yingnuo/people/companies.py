"""How do customer companies come into the books and change there?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Company, Tier
from yingnuo.people.roles import Actor, require


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """A customer company; whoever writes from `domain` belongs to it."""

    name: str
    tier: str = Tier.STANDARD
    region_id: int | None = None
    domain: str = ""
    note: str = ""


def save(actor: Actor, *, pk: int | None, facts: CompanyFacts, now: datetime) -> Company:
    """A new or changed company; Conflict when another one has the name."""
    require(actor, "customer.edit")
    if facts.tier not in Tier.values:
        raise Invalid(_("There is no such tier."), fields={"tier": _("Choose from the list.")})
    try:
        with transaction.atomic():
            row = Company() if pk is None else _locked(pk)
            for name, value in asdict(facts).items():
                setattr(row, name, value.strip().lower() if name == "domain" else value)
            row.save()
            entry = Entry(Code.SETTING_CHANGED, 0, f"company:{row.pk}", {"what": "company"})
            ledger.record(actor, [entry], now=now)
    except IntegrityError as error:
        raise Conflict(_("Another company has this name."), code="name_taken") from error
    return row


def _locked(pk: int) -> Company:
    row = Company.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such company."), code="company_not_found")
    return row
