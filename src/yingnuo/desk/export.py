"""How does a list leave the desk as a table?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.desk import faces
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import read
from yingnuo.kit import looks
from yingnuo.tickets import queries
from yingnuo.tickets.models import Status

MOST = 10_000
_COLUMNS = (
    "id", "subject", "kind", "urgency", "status", "via", "tier", "contact__name", "contact__email", "company__name",
    "team__name", "agent__name", "product_line", "region", "tags", "created_at", "due_at", "resolved_at",
)  # fmt: skip


@require_safe
@signed_in
def export(request: DeskRequest) -> StreamingHttpResponse:
    """The tickets of the current filter as CSV for spreadsheets, at most MOST, streamed."""
    view = read(request.GET, request.actor)
    rows = queries.queue(request.actor, view.filter, now=request.now).values_list(*_COLUMNS)[:MOST]
    said = _Words()
    # the zone is taken here: the stream runs after the middleware has put the reader's zone away
    lines = _lines(_head(), rows.iterator(chunk_size=1000), said, timezone.get_current_timezone())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="tickets-{request.now:%Y%m%d-%H%M}.csv"'
    return response


class _Words:
    """Words for codes, made while the reader's language is still active."""

    def __init__(self) -> None:
        self.by_column: dict[str, dict[str, str]] = {
            "urgency": {code: str(look.word) for code, look in looks.URGENCY.items()},
            "via": {code: str(look.word) for code, look in faces.CHANNEL.items()},
            "tier": {code: str(look.word) for code, look in faces.TIER.items()},
            "status": {code: str(label) for code, label in Status.choices},
            "kind": {code: faces.kind(code) for code in faces.KINDS},
        }


def _head() -> list[str]:
    return [
        _("Number"), _("Subject"), _("Kind"), _("Urgency"), _("Status"), _("Channel"), _("Customer tier"),
        _("Customer"), _("Mail"), _("Company"), _("Team"), _("Agent"), _("Product line"), _("Region"), _("Tags"),
        _("Opened"), _("Due"), _("Resolved"),
    ]  # fmt: skip


def _lines(head: Sequence[str], rows: Iterator[tuple[Any, ...]], said: _Words, zone: Any) -> Iterator[str]:
    yield "\ufeff" + line(head)  # spreadsheets take it for Latin without the mark
    for row in rows:
        yield line([_cell(name, value, said, zone) for name, value in zip(_COLUMNS, row, strict=True)])


def _cell(name: str, value: Any, said: _Words, zone: Any) -> str:
    if value is None:
        return ""
    if name == "id":
        return f"YN-{value}"
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return plain(", ".join(value))
    return plain(said.by_column.get(name, {}).get(value, str(value)))


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula: what could begin one gets an apostrophe before it."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def line(cells: Sequence[str]) -> str:
    """One row of a table, as CSV."""
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
