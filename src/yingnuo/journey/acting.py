"""How are the actions of a rule or a macro done to a ticket, each by itself: what one refuses does not stop the others?

In the caller's transaction, on a locked ticket. A rule acts as the system and a macro as whoever applies it, with his
verbs. What a rule sends is an automatic message: no clock is met by it, and a customer gets few of them in an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.alerts import services as alerts
from yingnuo.alerts.rules import IN_APP
from yingnuo.alerts.services import NewNotice
from yingnuo.approvals import guards
from yingnuo.approvals.services import Wish
from yingnuo.channels import post, ways
from yingnuo.checklists import services as checklists
from yingnuo.engine.automation import OWN, Actions, fill
from yingnuo.journey import approving, closing, dispatch, reactions, receipts, reply, summons, upkeep
from yingnuo.journey.summons import Summons
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Refused, TooMany
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff, Team
from yingnuo.people.roles import Actor, require
from yingnuo.promises import services as promises
from yingnuo.tickets import fields
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Status, Ticket
from yingnuo.tickets.services import NewMessage

WITHOUT_ANSWER = "no_answer"  # why a rule closes what is not solved: the customer has gone silent


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does it to which (locked) ticket; `step` names the notices that come of it, once each."""

    actor: Actor
    ticket: Ticket
    step: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Did:
    """Kinds of actions that were done, and those that were refused with why."""

    done: tuple[str, ...]
    refused: tuple[tuple[str, Refused], ...]


def perform(doing: Doing, actions: Actions) -> Did:
    """Does them in their order and tells open pages; `engine.automation.ORDER` says why that one."""
    done: list[str] = []
    refused: list[tuple[str, Refused]] = []
    was_open = doing.ticket.is_open
    for name, value in actions.chosen():
        if name not in _DEEDS:  # the agent is given it with his team
            continue
        try:
            with ledger.attempt():
                _DEEDS[name](doing, value, actions)
            done.append(name)
        except Refused as error:
            refused.append((name, error))
            doing.ticket.refresh_from_db()
    if was_open and not doing.ticket.is_open:
        reactions.freed(doing.ticket)
    else:
        reactions.changed([doing.ticket.pk])
    return Did(tuple(done), tuple(refused))


def words_for(ticket: Ticket, words: str) -> str:
    """A text with what it names of the ticket."""
    known = fields.kept()
    own = {f"{OWN}{code}": known.said(code, value) for code, value in ticket.fields.items()}
    values = own | {
        "customer": str(ticket.contact), "number": ticket.number, "subject": ticket.subject,
        "agent": ticket.agent.name if ticket.agent else "", "team": ticket.team.name if ticket.team else "",
    }  # fmt: skip
    return fill(words, values)


def _fact(name: str) -> Callable[[Doing, Any, Actions], None]:
    def set_it(d: Doing, value: str, actions: Actions) -> None:
        require(d.actor, "ticket.edit")
        guards.refuse_values(d.ticket, {name: value})
        if tickets.change(d.actor, ticket=d.ticket, facts={name: value}, now=d.now):
            promises.rederived(d.actor, ticket=d.ticket, now=d.now)
            approving.facts_changed(d.actor, ticket=d.ticket, now=d.now)

    return set_it


def _fields(d: Doing, value: tuple[tuple[str, object], ...], actions: Actions) -> None:
    require(d.actor, "ticket.fill")
    upkeep.fill_locked(d.actor, ticket=d.ticket, said=dict(value), now=d.now)


def _add_tags(d: Doing, value: tuple[str, ...], actions: Actions) -> None:
    _set_tags(d, {*d.ticket.tags, *value})


def _remove_tags(d: Doing, value: tuple[str, ...], actions: Actions) -> None:
    _set_tags(d, {*d.ticket.tags} - {*value})


def _set_tags(d: Doing, tags: set[str]) -> None:
    require(d.actor, "ticket.edit")
    tickets.set_tags(d.actor, ticket=d.ticket, tags=sorted(tags), now=d.now)
    promises.rederived(d.actor, ticket=d.ticket, now=d.now)
    approving.facts_changed(d.actor, ticket=d.ticket, now=d.now)


def _team(d: Doing, value: str, actions: Actions) -> None:
    """The team, and the agent named beside it."""
    require(d.actor, "ticket.assign")
    if not d.ticket.is_open:
        raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
    team = Team.objects.filter(code=value, active=True).first()
    agent = Staff.objects.filter(username=actions.agent, active=True).first() if actions.agent else None
    if team is None or (actions.agent and agent is None):
        raise Conflict(_("The team or the person is not there any more."), code="holder_gone")
    stays = d.ticket.team_id == team.pk and agent is None  # who holds it already keeps it
    if not stays:
        dispatch.assign(d.actor, ticket=d.ticket, team=team.pk, agent=agent.pk if agent else None, now=d.now)


def _note(d: Doing, value: str, actions: Actions) -> None:
    require(d.actor, "ticket.note")
    words = words_for(d.ticket, value)
    if d.actor.kind == "staff":
        reply.note_locked(d.actor, ticket=d.ticket, text=words, now=d.now)
    else:
        said = NewMessage(ticket=d.ticket.pk, author=Author.SYSTEM, text=words, via=d.ticket.via, public=False)
        tickets.say_many(d.actor, said=[said], now=d.now)


def _send(d: Doing, value: str, actions: Actions) -> None:
    require(d.actor, "ticket.reply")
    if d.ticket.merged_into_id:
        raise Conflict(_("The ticket was merged; answer in the other one."), code="ticket_merged")
    words = words_for(d.ticket, value)
    if d.actor.kind == "staff":
        then = "resolve" if actions.status == "resolve" else ""
        reply.answer_locked(d.actor, ticket=d.ticket, said=reply.Said(words, then=then), now=d.now)
    else:
        _send_by_itself(d, words)


def _approval(d: Doing, value: str, actions: Actions) -> None:
    """Asks for the approval whose template has this code."""
    require(d.actor, "ticket.edit")
    approving.ask_locked(d.actor, ticket=d.ticket, wish=Wish(value), now=d.now)


def _send_by_itself(d: Doing, words: str) -> None:
    guards.refuse_words(d.ticket, words)
    if receipts.often(d.ticket, d.now):
        raise TooMany(_("The customer has had enough automatic messages for this hour."), code="too_often")
    way = ways.chosen(d.ticket, "")
    if way is not None and (shut := way.shut(d.now)):
        raise Conflict(_("This channel lets nobody write to the customer now. Choose another way."), code=shut)
    via = way.via if way else d.ticket.via
    said = NewMessage(ticket=d.ticket.pk, author=Author.SYSTEM, text=words, via=via, at=d.now)
    [message] = tickets.say_many(d.actor, said=[said], now=d.now)
    post.queue(d.ticket, message, automatic=True, way=way)


def _status(d: Doing, value: str, actions: Actions) -> None:
    verbs = {"resolve": "ticket.resolve", "close": "ticket.close", "reopen": "ticket.reopen", "wait": "ticket.pause"}
    require(d.actor, verbs[value])
    at = {"at": d.now, "now": d.now}
    if value == "resolve" and d.ticket.is_open:
        checklists.refuse_open(d.actor, ticket=d.ticket)  # a rule can be told why not, as a person can
        closing.resolve_locked(d.actor, ticket=d.ticket, **at)
    elif value == "close" and d.ticket.status != Status.CLOSED:
        reason = WITHOUT_ANSWER if d.ticket.is_open else ""
        closing.close_locked(d.actor, ticket=d.ticket, reason=reason, **at)
    elif value == "reopen" and not d.ticket.is_open and not d.ticket.merged_into_id:
        closing.reopen_locked(d.actor, ticket=d.ticket, **at)
    elif value == "wait" and d.ticket.is_open:
        closing.pause_locked(d.actor, ticket=d.ticket, reason="waiting_customer", **at)
    elif not (value == "resolve" and actions.send and d.ticket.status == Status.RESOLVED):  # by the answer already
        raise Conflict(_("The ticket is not in a state for that."), code="other_state")


def _snooze(d: Doing, value: int, actions: Actions) -> None:
    require(d.actor, "ticket.edit")
    until = d.now + timedelta(seconds=value)
    d.ticket.wake_at = until
    tickets.touch(d.ticket, ["wake_at"], now=d.now)
    ledger.record(d.actor, [Entry(Code.TICKET_SNOOZED, d.ticket.pk, "", {"until": until.isoformat()})], now=d.now)


def _notify(d: Doing, value: tuple[str, ...], actions: Actions) -> None:
    require(d.actor, "ticket.note")
    what = Summons("automation", d.step, value, (IN_APP, "mail"))
    summons.send(d.ticket, reactions.most_pressing(d.ticket), what, now=d.now)


def _people(d: Doing, value: tuple[str, ...], actions: Actions) -> None:
    require(d.actor, "ticket.note")
    promise, at = reactions.most_pressing(d.ticket), instants.seconds(d.now)
    staff = list(Staff.objects.filter(username__in=value, active=True).values_list("pk", flat=True))
    due = instants.seconds(promise.due_at) if promise.due_at else None
    alerts.write(
        [
            NewNotice(
                promise.pk, promise.generation, d.step, pk, way, "named", "automation", d.ticket.pk,
                promise.milestone, due, at, None,
            )
            for pk in staff
            for way in (IN_APP, "mail")
        ],
        now=d.now,
    )  # fmt: skip
    reactions.noticed(staff)


_DEEDS: dict[str, Callable[[Doing, Any, Actions], None]] = {
    "kind": _fact("kind"), "urgency": _fact("urgency"), "product_line": _fact("product_line"), "fields": _fields,
    "add_tags": _add_tags, "remove_tags": _remove_tags, "team": _team, "note": _note, "send": _send,
    "status": _status, "snooze": _snooze, "notify": _notify, "people": _people,
    "approval": _approval,
}  # fmt: skip
