"""How is a macro applied to a ticket, and taken back?

Its actions are done in the name of whoever applies it, each by itself. Taken back is what has an opposite: facts, tags,
holder, status; what was written or told stays, and so does everything once the ticket was changed by somebody since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.automation import macros
from yingnuo.engine.automation import read_actions
from yingnuo.journey import acting, approving, automating, closing, dispatch, reactions, work
from yingnuo.journey.acting import Did, Doing
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises import services as promises
from yingnuo.tickets import queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Status, Ticket

UNDO_WITHIN = timedelta(minutes=30)
_FACTS = ("kind", "urgency", "product_line")


@dataclass(frozen=True, slots=True)
class Undoable:
    """The last macro that the actor applied to a ticket and may take back."""

    event: int
    name: str
    version: int
    before: Mapping[str, Any]


def apply(actor: Actor, *, macro: int, ticket_id: int, now: datetime) -> Did:
    """Does what the macro says; what was refused is told and does not stop the rest. Conflict when nothing was done."""
    row = macros.get_for(actor, macro)
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.note")
        before = _state(ticket)
        did = acting.perform(
            Doing(actor, ticket, f"macro-{row.pk}-{instants.seconds(now)}", now), read_actions(row.actions)
        )
        if not did.done:
            raise did.refused[0][1]
        entry = automating.trace(Code.MACRO_APPLIED, ticket.pk, {"macro": row.pk, "name": row.name}, did)
        kept = {**entry.params, "before": before, "version": ticket.version}
        ledger.record(actor, [entry._replace(params=kept)], now=now)
        macros.used(row)
    return did


def _state(t: Ticket) -> dict[str, str | int | None]:
    return {
        "kind": t.kind, "urgency": t.urgency, "product_line": t.product_line, "tags": "\n".join(t.tags),
        "team": t.team_id, "agent": t.agent_id, "status": t.status, "fields": json.dumps(t.fields),
    }  # fmt: skip


def undoable(actor: Actor, ticket: Ticket, *, now: datetime) -> Undoable | None:
    """What the actor may take back on this ticket as it is now."""
    rows = Event.objects.filter(ticket_id=ticket.pk, code__in=[Code.MACRO_APPLIED, Code.MACRO_UNDONE])
    last = rows.order_by("-pk").first()
    if last is None or last.code != Code.MACRO_APPLIED or (last.actor_kind, last.actor_id) != (actor.kind, actor.id):
        return None
    found = Undoable(last.pk, last.params["name"], last.params["version"], last.params["before"])
    return found if last.at >= now - UNDO_WITHIN and found.version == ticket.version else None


def undo(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """Takes the last macro back as far as that can be done; Conflict when somebody changed the ticket since."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit")
        found = undoable(actor, ticket, now=now)
        if found is None:
            raise Conflict(_("It cannot be taken back any more: the ticket was changed since."), code="changed_since")
        _restore_status(actor, ticket, found.before, now)
        _restore_facts(actor, ticket, found.before, now)
        _restore_fields(actor, ticket, found.before, now)
        _restore_holder(actor, ticket, found.before, now)
        ledger.record(actor, [Entry(Code.MACRO_UNDONE, ticket.pk, "", {"name": found.name})], now=now)
        reactions.changed([ticket.pk])
    return ticket


def _restore_status(actor: Actor, ticket: Ticket, before: Mapping[str, Any], now: datetime) -> None:
    was_open = before["status"] in (Status.NEW, Status.OPEN, Status.WAITING)
    if was_open and not ticket.is_open:
        closing.reopen_locked(actor, ticket=ticket, at=now, now=now)
    elif ticket.status == Status.WAITING and before["status"] != Status.WAITING:
        closing.resume_locked(actor, ticket=ticket, at=now, now=now)


def _restore_facts(actor: Actor, ticket: Ticket, before: Mapping[str, Any], now: datetime) -> None:
    facts = {name: before[name] for name in _FACTS}
    changed = tickets.change(actor, ticket=ticket, facts=facts, now=now)
    tags = before["tags"].split("\n") if before["tags"] else []
    if changed or sorted(tags) != sorted(ticket.tags):
        tickets.set_tags(actor, ticket=ticket, tags=tags, now=now)
        promises.rederived(actor, ticket=ticket, now=now)
        approving.facts_changed(actor, ticket=ticket, now=now)


def _restore_fields(actor: Actor, ticket: Ticket, before: Mapping[str, Any], now: datetime) -> None:
    if "fields" not in before:  # what older versions wrote down says nothing of them
        return
    kept = json.loads(before["fields"])
    changed = {code: kept.get(code) for code in (*kept, *ticket.fields) if kept.get(code) != ticket.fields.get(code)}
    tickets.set_fields(actor, ticket=ticket, changes=changed, now=now)


def _restore_holder(actor: Actor, ticket: Ticket, before: Mapping[str, Any], now: datetime) -> None:
    if (ticket.team_id, ticket.agent_id) != (before["team"], before["agent"]) and ticket.is_open:
        require(actor, "ticket.assign")
        dispatch.assign(actor, ticket=ticket, team=before["team"], agent=before["agent"], now=now)
