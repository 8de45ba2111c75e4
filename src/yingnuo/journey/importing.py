"""How do tickets of a table come in, and how does a work process do what tables ask for?

An open ticket goes the way of any other: recognised, dispatched, promised; it is only never acknowledged, for its
customer wrote long ago. What it is promised begins with the import, or is not owed at all. A finished one is kept as it
was. Neither is ever changed by a table again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival
from yingnuo.channels.models import ChannelKind
from yingnuo.exchange import batches, takers, values
from yingnuo.exchange.models import Import, Outcome, Row
from yingnuo.exchange.takers import Plan, Taker
from yingnuo.exchange.values import Values
from yingnuo.journey import closing, dispatch, intake, reactions
from yingnuo.journey.importing_units import Units
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people import services as people
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor
from yingnuo.people.services import Caller
from yingnuo.promises import services as promises
from yingnuo.tickets import history, queries
from yingnuo.tickets.history import Past
from yingnuo.tickets.models import Kind, ProductLine, Status, Ticket, Urgency, Via

AT_ONCE = 3  # pieces that nobody need wait for a worker to do
LONGEST_SLEEP_S = 1.0
_PURGE_EVERY = timedelta(hours=1)
UNDONE = "import_undone"


class Tickets:
    """Tickets: by their key in the other system."""

    def plan(self, found: Values, table: Import) -> Plan:
        """What a row says, understood; moments as ISO texts."""
        key, zone = found.get("key", most=200), settings.TIME_ZONE
        after: dict[str, Any] = {
            "subject": found.get("subject", most=200), "text": found.get("text"), "name": found.get("name", most=120),
            "email": found.read("email", values.email, "no_mail"),
            "phone": found.read("phone", values.phone, "no_phone"),
            "status": found.read("status", values.choice("status"), "unknown_value", "open"),
            "kind": found.read("kind", values.choice("kind"), "unknown_value"),
            "urgency": found.read("urgency", values.choice("urgency"), "unknown_value"),
            "region": _code(found.read("region", values.region, "unknown_region", None)),
            "product_line": _code(found.read("product_line", _line, "unknown_line", None)),
            "team": takers.pk_of(found.read("team", values.team, "unknown_team", None)),
            "agent": takers.pk_of(found.read("agent", values.person, "unknown_person", None)),
            "tags": found.read("tags", values.words, "unknown_value", []),
        }  # fmt: skip
        for name in ("created_at", "resolved_at", "closed_at"):
            at = found.read(name, lambda text: values.moment(text, zone), "no_moment", None)
            after[name] = at.isoformat() if at else None
        _judge(found, key, after)
        found.settle()
        known = takers.by_key("tickets", key)
        return Plan(Outcome.SAME if known else Outcome.NEW, key, known, None, after)

    def write(self, actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
        """An open ticket by the journey, a finished one into the books."""
        if plan.after["status"] == "open":
            return _open(actor, plan, table, now)
        return history.keep(actor, _past(plan, now), now=now).pk

    def undo(self, actor: Actor, row: Row, now: datetime) -> bool:
        """A finished one goes out of the books; an open one is closed, for what was promised cannot be unsaid."""
        there = Ticket.objects.select_for_update().filter(pk=row.object_id or 0).first()
        if there is None:
            return False
        if (row.after or {}).get("status") != "open":
            return history.forget(there)
        if not there.is_open or _touched(there):
            return False
        closing.close_locked(actor, ticket=there, reason=UNDONE, at=now, now=now)
        reactions.changed([there.pk])
        return True


def _judge(found: Values, key: str, after: Mapping[str, Any]) -> None:
    """What makes no sense together."""
    if not key:
        found.wrong("key", "missing")
    if not after["subject"] and not after["text"]:
        found.wrong("", "needs_words")
    if not (after["email"] or after["phone"] or after["name"]):
        found.wrong("name", "missing")
    began, ended = after["created_at"], after["closed_at"] or after["resolved_at"]
    if after["status"] != "open" and not began:
        found.wrong("created_at", "needs_moment")
    if began and ended and ended < began:
        found.wrong("closed_at" if after["closed_at"] else "resolved_at", "backwards")


def _line(text: str) -> ProductLine | None:
    return ProductLine.objects.filter(code=text).first() or ProductLine.objects.filter(name__iexact=text).first()


def _code(row: Any) -> str:
    return row.code if row else ""


def _open(actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
    after = plan.after
    raw = accept.draft(
        accept.built_in(ChannelKind.FILES), content=json.dumps(dict(after), ensure_ascii=False).encode(),
        key=f"import:{plan.key}:{table.pk}", received_at=now,
    )  # fmt: skip
    arrival = Arrival(
        external_id=raw.key, received_at=now, subject=after["subject"], text=after["text"] or after["subject"],
        sender_name=after["name"], sender_address=after["email"], sender_phone=after["phone"],
        ticket_kind=after["kind"], urgency=after["urgency"], region=after["region"],
        product_line=after["product_line"], tags=tuple(after["tags"]), notes=("imported",),
    )  # fmt: skip
    contact = _contact(after, now)
    [taken] = intake.take_locked(actor, via=Via.IMPORT, incoming=[Incoming(raw, arrival, contact)], now=now)
    ticket = queries.lock_for(actor, taken.ticket or 0, may="ticket.create")
    if after["team"] or after["agent"]:
        dispatch.assign(actor, ticket=ticket, team=after["team"] or ticket.team_id, agent=after["agent"], now=now)
    if table.options.get("promises") == "none":
        promises.cancelled(actor, ticket=ticket, reason="imported", at=now, now=now)
    reactions.changed([ticket.pk])
    return ticket.pk


def _contact(after: Mapping[str, Any], now: datetime) -> Contact:
    """The customer; without an address he is found by his name among those who came in by tables."""
    caller = Caller(name=after["name"], email=after["email"], phone=after["phone"])
    if not (caller.email or caller.phone):
        caller = Caller(name=after["name"], handle=f"import:{after['name']}"[:120])
    [contact] = people.recognise([caller], now=now)
    return contact


def _past(plan: Plan, now: datetime) -> Past:
    after = plan.after
    began = datetime.fromisoformat(after["created_at"])
    closed = datetime.fromisoformat(after["closed_at"]) if after["closed_at"] else None
    resolved = datetime.fromisoformat(after["resolved_at"]) if after["resolved_at"] else closed or began
    is_closed = after["status"] == "closed"
    subject = after["subject"] or " ".join(after["text"].split())[:80]
    facts = {
        "kind": after["kind"] or Kind.ENQUIRY, "urgency": after["urgency"] or Urgency.GENERAL,
        "product_line": after["product_line"], "region": after["region"],
    }  # fmt: skip
    return Past(
        plan.key, _contact(after, now), subject, after["text"], facts, tuple(after["tags"]), after["team"],
        after["agent"], Status.CLOSED if is_closed else Status.RESOLVED, began, resolved,
        (closed or resolved) if is_closed else None,
    )  # fmt: skip


_OWN = ("ticket.opened", "ticket.routed", "ticket.assigned", "message.received", "ticket.imported")


def _touched(ticket: Ticket) -> bool:
    """Whether anybody or anything but the import did something with it."""
    done = Event.objects.filter(ticket_id=ticket.pk).exclude(code__in=_OWN)
    return done.exclude(code__startswith="promise.").exclude(code__startswith="notice.").exists()


TAKERS: Mapping[str, Taker] = {**takers.TAKERS, "tickets": Tickets(), "units": Units()}


def advance(*, only: int | None = None, now: datetime) -> bool:
    """One piece of the oldest table under way (or of this one); False when there is nothing to do."""
    return batches.advance(TAKERS, only=only, now=now)


def at_once(table: Import, *, now: datetime) -> None:
    """The first pieces of a table, for who waits before the page; workers do the rest."""
    for _piece in range(AT_ONCE):
        if not advance(only=table.pk, now=now):
            break
    table.refresh_from_db()


class Round:
    """The work process's loop over tables."""

    def __init__(self) -> None:
        self._purged: datetime | None = None

    def step(self) -> float:
        """One piece; seconds to sleep: none while there is more."""
        now = instants.now()
        if self._purged is None or now - self._purged >= _PURGE_EVERY:
            batches.purge(now=now)
            self._purged = now
        return 0.0 if advance(now=now) else LONGEST_SLEEP_S
