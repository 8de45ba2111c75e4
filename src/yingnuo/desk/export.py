"""How do lists leave the desk as tables, in their reader's words?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.desk import faces
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.desk.customers import found
from yingnuo.desk.filters import read
from yingnuo.exchange import exporting, sheets
from yingnuo.exchange.sheets import Answer, Cell
from yingnuo.kit import looks
from yingnuo.tickets import queries
from yingnuo.tickets.fields import PREFIX, Fieldbook
from yingnuo.tickets.models import Status


@require_safe
@signed_in
def export(request: DeskRequest) -> Answer:
    """The tickets of the current filter as CSV or XLSX (`form`), streamed."""
    view = read(request.GET, request.actor)
    form = allowed(request, "tickets")
    known = request.names.book
    own = [f.code for f in known.fields.values() if not f.retired_at]
    rows = exporting.tickets(queries.queue(request.actor, view.filter, now=request.now), own)
    head = [*_ticket_head(), *(known.name(code) for code in own)]
    columns = [*exporting.TICKETS, *(f"{PREFIX}{code}" for code in own)]
    return sheets.answer(form, named(request, "tickets"), head, _told(columns, rows, known))


@require_safe
@signed_in_who_may("customer.export")
def customers(request: DeskRequest) -> Answer:
    """The customers that the words of the page find, with their whole phone numbers."""
    form = allowed(request, "customers")
    rows = exporting.customers(found(request.GET.get("q", "")))
    return sheets.answer(form, named(request, "customers"), _customer_head(), _told(exporting.CUSTOMERS, rows))


def allowed(request: DeskRequest, what: str) -> str:
    """The form that is asked for, after the right was asked for and a trace was left."""
    form = request.GET.get("form", "csv")
    return exporting.noted(request.actor, what=what, form=form, asked=request.GET.urlencode(), now=request.now)


def named(request: DeskRequest, what: str) -> str:
    """The name of a table's file, without its ending."""
    return f"{what}-{request.now:%Y%m%d-%H%M}"


class _Words:
    """Words for codes, made while the reader's language is still active."""

    def __init__(self, known: Fieldbook | None) -> None:
        self.language, self.known = get_language(), known
        self.by_column: dict[str, dict[str, str]] = {
            "urgency": {code: str(look.word) for code, look in looks.URGENCY.items()},
            "via": {code: str(look.word) for code, look in faces.CHANNEL.items()},
            "tier": {code: str(look.word) for code, look in faces.TIER.items()},
            "status": {code: str(label) for code, label in Status.choices},
            "kind": {code: faces.kind(code) for code in faces.KINDS},
        }


def _ticket_head() -> list[str]:
    return [
        _("Number"), _("Subject"), _("Kind"), _("Urgency"), _("Status"), _("Channel"), _("Customer tier"),
        _("Customer"), _("Mail"), _("Company"), _("Team"), _("Agent"), _("Product line"), _("Region"), _("Tags"),
        _("Opened"), _("Due"), _("Resolved"),
    ]  # fmt: skip


def _customer_head() -> list[str]:
    return [
        _("Number"), _("Name"), _("Mail"), _("Phone"), _("Name in a channel"), _("Company"), _("Customer tier"),
        _("Region"), _("Language"), _("Note"), _("Since"),
    ]  # fmt: skip


def _told(
    columns: Sequence[str], rows: Iterator[tuple[Any, ...]], known: Fieldbook | None = None
) -> Iterator[list[Cell]]:
    # words and zone are taken here: the stream runs after the middleware has put the reader's own away
    said, zone = _Words(known), timezone.get_current_timezone()
    number = "YN-%s" if known is not None else "%s"
    return ([_cell(n, v, said, zone, number) for n, v in zip(columns, row, strict=True)] for row in rows)


def _cell(name: str, value: Any, said: _Words, zone: Any, number: str) -> Cell:
    if value is None:
        return ""
    if name == "id":
        return str(number % value)
    if name.startswith(PREFIX) and said.known is not None:
        with translation.override(said.language), timezone.override(zone):
            return said.known.said(name.removeprefix(PREFIX), value)
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return ", ".join(value)
    text = str(value)
    return said.by_column.get(name, {}).get(text, text)
