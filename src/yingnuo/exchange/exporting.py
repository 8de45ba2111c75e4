"""Who may take which list out of the house, and what trace does that leave?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.exchange.sheets import FORMS, Cell
from yingnuo.kit.errors import Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import Ticket

MOST = 50_000  # rows of one table
VERBS: Mapping[str, str] = {
    "tickets": "ticket.export",
    "customers": "customer.export",
    "breaches": "breach.list",
    "organisation": "people.view",
}
TICKETS = (
    "id", "subject", "kind", "urgency", "status", "via", "tier", "contact__name", "contact__email", "company__name",
    "team__name", "agent__name", "product_line", "region", "tags", "created_at", "due_at", "resolved_at",
)  # fmt: skip
CUSTOMERS = (
    "id", "name", "email", "phone", "handle", "company__name", "tier", "region__code", "language", "note", "created_at",
)  # fmt: skip


def noted(actor: Actor, *, what: str, form: str, asked: str, now: datetime) -> str:
    """The form, after the right was asked for and a trace was left; Invalid for a form there is not."""
    require(actor, VERBS[what])
    if form not in FORMS:
        raise Invalid(_("There is no such form of a table."), fields={"form": _("Choose csv or xlsx.")})
    params = {"what": what, "form": form, "filter": asked[:500]}
    with transaction.atomic():
        ledger.record(actor, [Entry(Code.EXPORT_TAKEN, 0, f"export:{what}", params)], now=now)
    return form


def tickets(rows: QuerySet[Ticket], own: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
    """The columns of TICKETS of at most MOST of these, as they stand in the database, some at a time.

    Behind them the custom fields with the codes `own`.
    """
    for row in rows.values_list(*TICKETS, "fields")[:MOST].iterator(chunk_size=1_000):
        yield (*row[:-1], *(row[-1].get(code) for code in own))


def customers(rows: QuerySet[Contact]) -> Iterator[tuple[Any, ...]]:
    """The columns of CUSTOMERS of at most MOST of these, as they stand in the database, some at a time."""
    return rows.values_list(*CUSTOMERS)[:MOST].iterator(chunk_size=1_000)


def bare(row: tuple[Any, ...]) -> list[Cell]:
    """One row for programs: codes as they are, moments in UTC, lists with commas."""
    return [_bare(value) for value in row]


def _bare(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else value
