"""How does a promise leave the desk as a proof: on paper, and as a file that `yingnuo verify` checks?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yingnuo.brands import books as brands
from yingnuo.desk import explain, faces, strip
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.choices import Names
from yingnuo.engine import merkle
from yingnuo.engine.terms import Terms
from yingnuo.journey import proof
from yingnuo.journey.proof import Proof
from yingnuo.kit import formats
from yingnuo.ledger.seals import EVENTS, Sealed
from yingnuo.promises.sealed import MARKS


@dataclass(frozen=True, slots=True)
class Row:
    """One sealed row on paper; `seal` 0: not sealed yet."""

    kind: str
    id: int
    seal: int
    digest: str


@require_GET
@signed_in
def page(request: DeskRequest, pk: int, promise_id: int) -> HttpResponse:
    """The proof on paper: A4, light. That it was taken out stands in the ledger."""
    found = proof.export(request.actor, ticket_id=pk, promise_id=promise_id, form="page", now=request.now)
    return render(request, "desk/proof.html", _context(found, request.names))


@require_GET
@signed_in
def file(request: DeskRequest, pk: int, promise_id: int) -> HttpResponse:
    """The proof as a JSON file, with its sentences in the reader's language."""
    found = proof.export(request.actor, ticket_id=pk, promise_id=promise_id, form="file", now=request.now)
    name = f"proof-{found.ticket.number}-{found.promise.milestone}-{request.now:%Y%m%d-%H%M%S}.json"
    response = HttpResponse(proof.as_json(found, words=_words(found, request.names)), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _context(p: Proof, names: Names) -> dict[str, Any]:
    told = strip.told_of(p.state, p.happenings, names)
    return {
        "proof": p, "ticket": p.ticket, "told": told, "label": faces.milestone(p.promise.milestone), "now": p.at,
        "house": brands.house(get_language() or ""), "legend": explain.legend(told.days), "zone": told.zone,
        "reader_zone": str(timezone.get_current_timezone()), "terms": _terms(told.terms, told.hours),
        "standing": "broken" if p.state.broken else p.state.standing.value, "rows": [_row(r) for r in p.rows],
        "urgency": p.ticket.urgency, "kind": faces.kind(p.ticket.kind),
    }  # fmt: skip


def _terms(terms: Terms, hours: str) -> list[tuple[str, str]]:
    """The terms in force, in words."""
    said = [
        (_("Promised within"), formats.duration(terms.target_seconds)),
        (_("Service time"), f"{hours} ({terms.calendar})"),
        (_("Agreement"), terms.agreement.upper()),
        (_("Standard and rule"), f"{terms.policy} · {terms.rule}"),
        (_("May stand still for"), _reasons(terms.pauses)),
        (_("Kept by an answer of"), _answerer(terms.answered_by)),
        (_("Operating rule shown to the agent"), terms.guide),
        (_("Digest of the terms"), terms.digest()),
    ]
    return [(name, text) for name, text in said if text]


def _reasons(pauses: Sequence[str]) -> str:
    if "*" in pauses:
        return _("any listed reason")
    return ", ".join(faces.reason(code) for code in pauses) or _("no reason")


def _answerer(code: str) -> str:
    return {"person": _("a person"), "bot": _("the bot"), "any": _("a person or the bot")}.get(code, code)


def _row(row: Sealed) -> Row:
    kinds = {EVENTS.name: _("ledger"), MARKS.name: _("mark")}
    digest = merkle.leaf(row.text).hex()
    return Row(kinds.get(row.table, _("terms")), row.id, row.seal.number if row.seal else 0, digest)


def _words(p: Proof, names: Names) -> dict[str, object]:
    """The page's sentences, for whoever reads the file."""
    told = strip.told_of(p.state, p.happenings, names)
    return {
        "zone": str(timezone.get_current_timezone()), "milestone": faces.milestone(p.promise.milestone),
        "sentence": told.sentence, "terms": [f"{name}: {text}" for name, text in _terms(told.terms, told.hours)],
        "happened": [_said(line.at, line.what, line.who, line.more) for line in told.happened],
        "days": [f"{day.label} {day.name} {formats.duration(day.seconds)}".replace("  ", " ") for day in told.days],
    }  # fmt: skip


def _said(at: datetime, what: str, who: str, more: Sequence[str]) -> str:
    by = _("by %(who)s") % {"who": who} if who else ""
    return " · ".join(part for part in (formats.stamp(at), what, by, *more) if part)
