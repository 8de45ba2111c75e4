"""How does one promise leave the house as a proof that others can check?

The file carries the sealed rows themselves, each with its way to its seal, and everything by which the promise can be
judged again (`engine.proof` says what of it holds without us). Of the customer it says what a ticket's head says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from yingnuo.engine import proof as engine_proof
from yingnuo.engine.clock import State
from yingnuo.engine.proof import Problem
from yingnuo.journey import timeline, work
from yingnuo.journey.sealing import TABLES
from yingnuo.journey.timeline import Happening
from yingnuo.kit import instants, reading
from yingnuo.kit.errors import NotFound
from yingnuo.ledger import seals
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Seal
from yingnuo.ledger.seals import EVENTS, Sealed, Table
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor
from yingnuo.promises import marking, public_holidays, standards
from yingnuo.promises.models import Mark, Promise
from yingnuo.promises.sealed import MARKS, TERMS
from yingnuo.promises.standards import terms_of
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket

_SALT = "yingnuo.proof"
_CODES = (Code.TICKET_WAITING.value, Code.TICKET_RESUMED.value, *timeline.CODES)


@dataclass(frozen=True, slots=True)
class Proof:
    """A promise with what proves it: its state at `at`, what happened, its rows as they are sealed, the head."""

    ticket: Ticket
    promise: Promise
    state: State
    at: datetime
    by: Actor
    happenings: tuple[Happening, ...]
    rows: tuple[Sealed, ...]
    head: Seal | None

    @property
    def seals(self) -> list[Seal]:
        """The seals over the rows, each once, in order."""
        return [s for _number, s in sorted({r.seal.number: r.seal for r in self.rows if r.seal}.items())]

    @property
    def unsealed(self) -> int:
        """How many of the rows are too fresh to be sealed."""
        return sum(row.seal is None for row in self.rows)


def export(actor: Actor, *, ticket_id: int, promise_id: int, form: str, now: datetime) -> Proof:
    """The proof of one promise, for who may see its ticket; that it left, in which `form`, is recorded."""
    ticket = queries.get_for(actor, ticket_id)
    with work.unit():
        found = _collect(actor, ticket, _promise(ticket, promise_id), now)
        head = found.head.digest[:16] if found.head else ""
        params = {"milestone": found.promise.milestone, "form": form, "head": head}
        ledger.record(actor, [Entry(Code.PROOF_EXPORTED, ticket.pk, f"promise:{promise_id}", params)], now=now)
    return found


def _promise(ticket: Ticket, pk: int) -> Promise:
    found = Promise.objects.filter(pk=pk, ticket=ticket).first()
    if found is None:
        raise NotFound(_("There is no such promise."), code="promise_not_found")
    return found


def _collect(actor: Actor, ticket: Ticket, p: Promise, now: datetime) -> Proof:
    state = marking.state_of(p, now=now)
    broken_at = instants.instant_or_none(state.breached_at)
    marks = list(Mark.objects.filter(promise=p).order_by("id"))
    copies = {p.first_terms_id, p.terms_id, *(m.terms_id for m in marks if m.terms_id)}
    rows = [
        *seals.sealed_rows(EVENTS, _events(p)), *seals.sealed_rows(MARKS, [m.pk for m in marks]),
        *seals.sealed_rows(TERMS, sorted(copies)),
    ]  # fmt: skip
    happened = tuple(timeline.of_promise(p, broken_at=broken_at, now=now))
    return Proof(ticket, p, state, now, actor, happened, tuple(rows), seals.head())


_ROWS = """
SELECT id FROM ledger_event WHERE ticket_id = %s AND (subject = %s OR (code = ANY(%s::varchar[]) AND subject = ''))
ORDER BY id
"""


def _events(p: Promise) -> list[int]:
    """The promise's own ledger rows, and those about its ticket that its story tells."""
    values = [p.ticket_id, f"promise:{p.pk}", list(_CODES)]
    return [pk for (pk,) in reading.tuples(_ROWS, values)]


def as_json(proof: Proof, *, words: Mapping[str, object]) -> str:
    """The file. `words` are the door's sentences in its reader's language; they prove nothing by themselves."""
    body: dict[str, Any] = {
        "proof": engine_proof.KIND, "format": engine_proof.FORMAT, "made_at": proof.at.isoformat(),
        "made_by": {"kind": proof.by.kind, "id": proof.by.id, "name": proof.by.name},
        "ticket": _ticket(proof.ticket), "promise": _facts(proof), "words": dict(words),
        "calendars": {key: _calendar(key) for key in _calendars(proof)},
        "timeline": [_plain(asdict(h)) for h in proof.happenings],
        "rows": [_row(row) for row in proof.rows], "seals": [_seal(s) for s in proof.seals],
        "head": {"number": proof.head.number, "digest": proof.head.digest} if proof.head else None,
        "verify": "yingnuo verify FILE; with --offline where there is no installation",
    }  # fmt: skip
    body["digest"] = engine_proof.digest_of(body)
    body["signature"] = _signature(body["digest"])
    return json.dumps(body, ensure_ascii=False, indent=1)


def _signature(digest: str) -> str:
    return signing.Signer(salt=_SALT).signature(digest)


def _ticket(t: Ticket) -> dict[str, object]:
    return {
        "id": t.pk, "number": t.number, "subject": t.subject, "customer": str(t.contact), "kind": t.kind,
        "urgency": t.urgency, "via": t.via, "created_at": t.created_at.isoformat(),
    }  # fmt: skip


def _facts(proof: Proof) -> dict[str, object]:
    """The promise as it stood when the proof was made, folded at that moment."""
    p, state = proof.promise, proof.state
    standing = "broken" if state.broken else state.standing.value
    told = {
        "due_at": state.due, "met_at": state.met, "ended_at": state.ended_at, "broken_at": state.breached_at,
    }  # fmt: skip
    return {
        "id": p.pk, "milestone": p.milestone, "standing": standing, "started_at": p.started_at.isoformat(),
        **{name: _iso(at) for name, at in told.items()},
        "worked_seconds": state.worked, "overrun_seconds": state.overrun, "remaining_seconds": state.remaining,
        "first_terms": p.first_terms_id, "terms": p.terms_id,
    }  # fmt: skip


def _iso(at: int | None) -> str | None:
    return None if at is None else instants.instant(at).isoformat()


def _calendars(proof: Proof) -> list[str]:
    copies = {row.id for row in proof.rows if row.table == TERMS.name}
    return sorted({terms_of(copy).calendar for copy in copies})


def _calendar(key: str) -> dict[str, object]:
    """The service time with its public holidays as dates: whoever checks need not know them."""
    return public_holidays.expand(standards.spec_of(key))


def _plain(value: Any) -> Any:
    """As JSON takes it; what says nothing is left out."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items() if v not in ("", None, 0, ())}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _row(row: Sealed) -> dict[str, object]:
    return {
        "table": row.table, "id": row.id, "text": row.text, "seal": row.seal.number if row.seal else None,
        "place": row.place, "path": list(row.path),
    }  # fmt: skip


def _seal(seal: Seal) -> dict[str, object]:
    return {**seals.link_of(seal)._asdict(), "digest": seal.digest}


def against_ledger(proof: Mapping[str, Any]) -> list[Problem]:
    """What of a proof that holds in itself this installation does not bear out."""
    found = []
    if not constant_time_compare(str(proof["signature"]), _signature(str(proof["digest"]))):
        found.append(Problem("it was not signed by this installation, or by an earlier secret key of it"))
    wanted = engine_proof.seals_of(proof)
    kept = dict(Seal.objects.filter(number__in={n for n, _digest in wanted}).values_list("number", "digest"))
    found += [Problem("the chain has no such seal", f"seal {n}") for n, digest in wanted if kept.get(n) != digest]
    return found + [problem for table in TABLES for problem in _changed(table, proof["rows"])]


def _changed(table: Table, rows: Iterable[Mapping[str, Any]]) -> Sequence[Problem]:
    told = {row["id"]: row["text"] for row in rows if row["table"] == table.name}
    kept = {row.id: row.text for row in seals.sealed_rows(table, list(told))}
    return [
        Problem("the row is another one here", f"{table.name} {pk}")
        for pk, text in told.items()
        if kept.get(pk) != text
    ]
