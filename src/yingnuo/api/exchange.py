"""How does a program hand in a table and take lists out? (import.run, ticket.export, customer.export)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponse
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import Cursor, FileIn, PathId
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.exchange import batches, exporting, sheets
from yingnuo.exchange.fields import KINDS
from yingnuo.exchange.models import UNDER_WAY, Import, Outcome
from yingnuo.journey import importing
from yingnuo.kit import instants, pages
from yingnuo.people.models import Contact
from yingnuo.tickets import fields, queries
from yingnuo.tickets.queries import Filter

router = Router(tags=["exchange"])
_TABLE = {
    "responses": {
        200: {
            "description": "The table.",
            "content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", sheets.XLSX)},
        }
    }
}
Column = Annotated[str, StringConstraints(max_length=100)]


class ImportIn(Schema):
    """A table. `columns` names the field of each column by its name in the head; without it they are told by name."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["customers", "companies", "staff", "lines", "tickets"]
    file: FileIn
    encoding: Literal["", "utf-8", "gb18030", "big5"] = ""
    columns: dict[Column, str] = Field(default_factory=dict)
    promises: Literal["now", "none"] = "now"


class ImportOut(Schema):
    """A table and how far it is. `counts`: rows by outcome; `columns`: the field of each column."""

    id: int
    kind: str
    file: str
    state: str
    total: int
    counts: dict[str, int]
    columns: dict[str, str]
    percent: int
    problem: str
    created_at: datetime
    ended_at: datetime | None


class ProblemOut(Schema):
    """What is wrong with one field of a row; `field` is "" for the whole row."""

    field: str
    code: str
    params: dict[str, str | int]


class RowOut(Schema):
    """One row; `id` is that of what was made or changed."""

    line: int
    outcome: str
    problems: list[ProblemOut]
    id: int | None


class RowPage(Schema):
    """Rows in the order of the file."""

    items: list[RowOut]
    next: str


class RowQuery(Schema):
    """Which rows."""

    outcome: Literal["", "new", "changed", "same", "refused", "undone", "kept"] = ""
    after: Cursor = ""
    limit: int = Field(100, ge=1, le=500)


class ExportQuery(Schema):
    """Which tickets, as `csv` or `xlsx`."""

    form: Literal["csv", "xlsx"] = "csv"
    state: Literal["open", "at_risk", "overdue", "waiting", "resolved", "closed", "any"] = "any"


class CustomerExportQuery(Schema):
    """As `csv` or `xlsx`."""

    form: Literal["csv", "xlsx"] = "csv"


@router.post("/imports", response={201: ImportOut, **ALL}, summary="Hand in a table (import.run)")
def create_import(request: Asked, body: ImportIn) -> HttpResponse:
    """Reads the table and has every row checked; nothing is written. Ask again until `state` is `checked`."""
    now = instants.now()
    row = batches.upload(
        request.auth, kind=body.kind, file=body.file.name, content=body.file.data, encoding=body.encoding, now=now
    )
    mapping = _by_name(row, body.columns) if body.columns else row.mapping
    row = batches.check(request.auth, pk=row.pk, mapping=mapping, options={"promises": body.promises}, now=now)
    importing.at_once(row, now=now)
    return render.answer(_told(row), status=201)


def _by_name(row: Import, columns: Mapping[str, str]) -> dict[str, str]:
    places = {name: str(place) for place, name in reversed(list(enumerate(row.head)))}
    return {places.get(name, f"?{name}"): code for name, code in columns.items()}


@router.get("/imports/{import_id}", response={200: ImportOut, **READING}, summary="How far is a table? (import.run)")
def read_import(request: Asked, import_id: PathId) -> HttpResponse:
    """Its state and what its rows came to."""
    return render.answer(_told(batches.get(request.auth, import_id)))


@router.get("/imports/{import_id}/rows", response={200: RowPage, **READING}, summary="Rows of a table (import.run)")
def list_rows(request: Asked, import_id: PathId, asked: Query[RowQuery]) -> HttpResponse:
    """What each row came to, with the reasons of refused ones."""
    found = batches.get(request.auth, import_id).rows.all()
    if asked.outcome:
        found = found.filter(outcome=asked.outcome)
    page = pages.keyset(found, by=["number"], after=asked.after, size=asked.limit)
    items = [
        RowOut(
            line=r.number, outcome=r.outcome, id=r.object_id,
            problems=[ProblemOut(field=f, code=c, params=p) for f, c, p in r.problems],
        )
        for r in page.rows
    ]  # fmt: skip
    return render.answer(RowPage(items=items, next=page.next))


@router.post("/imports/{import_id}/begin", response={200: ImportOut, **ALL}, summary="Take a table in (import.run)")
def begin_import(request: Asked, import_id: PathId) -> HttpResponse:
    """Writes the rows that were not refused."""
    return _act(request, import_id, batches.begin)


@router.post("/imports/{import_id}/stop", response={200: ImportOut, **ALL}, summary="Stop (import.run)")
def stop_import(request: Asked, import_id: PathId) -> HttpResponse:
    """What is taken in stays; `begin` goes on."""
    return _act(request, import_id, batches.stop)


@router.post("/imports/{import_id}/undo", response={200: ImportOut, **ALL}, summary="Undo (import.run)")
def undo_import(request: Asked, import_id: PathId) -> HttpResponse:
    """Takes every row back that nothing else has touched since."""
    return _act(request, import_id, batches.undo)


def _act(request: Asked, pk: int, act: Any) -> HttpResponse:
    now = instants.now()
    row = act(request.auth, pk=pk, now=now)
    if row.state in UNDER_WAY:
        importing.at_once(row, now=now)
    return render.answer(_told(row))


def _told(row: Import) -> ImportOut:
    found = batches.counts(row)
    return ImportOut(
        id=row.pk, kind=KINDS[row.kind].code, file=row.file, state=row.state, total=row.total,
        counts={outcome.value: found[outcome] for outcome in Outcome}, percent=batches.progress(row),
        columns={row.head[int(place)]: code for place, code in row.mapping.items()}, problem=row.problem,
        created_at=row.created_at, ended_at=row.ended_at,
    )  # fmt: skip


@router.get("/exports/tickets", response=READING, openapi_extra=_TABLE, summary="Tickets as a table (ticket.export)")
def export_tickets(request: Asked, asked: Query[ExportQuery]) -> StreamingHttpResponse | FileResponse:
    """Codes as they are, moments in UTC; the newest first."""
    now = instants.now()
    form = _noted(request, "tickets", asked.form, f"state={asked.state}", now)
    found = queries.queue(request.auth, Filter(scope="all", state=asked.state), now=now).order_by("-id")
    own = [f.code for f in fields.book().fields.values() if not f.retired_at]
    head = [*exporting.TICKETS, *(f"fields.{code}" for code in own)]
    rows = (exporting.bare(row) for row in exporting.tickets(found, own))
    return sheets.answer(form, f"tickets-{now:%Y%m%d-%H%M}", head, rows)


@router.get("/exports/customers", response=READING, openapi_extra=_TABLE,
            summary="Customers as a table (customer.export)")  # fmt: skip
def export_customers(request: Asked, asked: Query[CustomerExportQuery]) -> StreamingHttpResponse | FileResponse:
    """Codes as they are, moments in UTC; the newest first."""
    now = instants.now()
    form = _noted(request, "customers", asked.form, "", now)
    rows = (exporting.bare(row) for row in exporting.customers(Contact.objects.order_by("-id")))
    return sheets.answer(form, f"customers-{now:%Y%m%d-%H%M}", exporting.CUSTOMERS, rows)


def _noted(request: Asked, what: str, form: str, asked: str, now: datetime) -> str:
    return exporting.noted(request.auth, what=what, form=form, asked=asked, now=now)
