"""What is done to many tickets at once, and how is it undone within a minute?

Each ticket by itself and by the command that one ticket would get: what one refuses does not stop the others. Undoing
is the opposite command, never an earlier row: a ticket that somebody changed meanwhile is left as it is, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.journey import closing, linking, reply, upkeep
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.linking import CHILD
from yingnuo.tickets.models import Status, Ticket
from yingnuo.worklists import services as worklists

MOST = 200
Before = dict[str, object]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done to each: the deed's name and what it needs; what it does not need stays empty."""

    deed: str
    team: int | None = None
    agent: int | None = None
    word: str = ""  # a tag, an urgency, a product line, the number of a parent
    reason: str = ""
    until: datetime | None = None
    free: bool = False  # only what is still nobody's


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many it was done to, who refused (ticket and why), and the batch that can be undone (None: nothing can)."""

    done: int
    refused: tuple[tuple[int, str], ...]
    batch: int | None = None


def _take(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> Ticket:
    return upkeep.take(actor, ticket_id=t.pk, seen=None if wish.free else t.agent_id, now=now)


def _assign(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> Ticket:
    return upkeep.assign(actor, ticket_id=t.pk, team=wish.team, agent=wish.agent, now=now)


def _resolve(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> Ticket:
    return closing.resolve(actor, ticket_id=t.pk, now=now)


def _tag(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> Ticket:
    return upkeep.tag(actor, ticket_id=t.pk, tags=sorted({*t.tags, wish.word}), now=now)


def _snooze(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> Ticket:
    return upkeep.snooze(actor, ticket_id=t.pk, until=wish.until, now=now)


def _urgency(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> Ticket:
    return upkeep.change(actor, ticket_id=t.pk, facts={"urgency": wish.word}, reason=wish.reason, now=now)


def _line(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> Ticket:
    return upkeep.change(actor, ticket_id=t.pk, facts={"product_line": wish.word}, now=now)


def _note(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> object:
    return reply.note(actor, ticket_id=t.pk, text=wish.reason, now=now)


def _child(actor: Actor, t: Ticket, wish: Wish, now: datetime) -> object:
    return linking.link(actor, ticket_id=t.pk, other_id=int(wish.word), relation=CHILD, now=now)


DEEDS: Mapping[str, Callable[[Actor, Ticket, Wish, datetime], object]] = {
    "take": _take, "assign": _assign, "resolve": _resolve, "tag": _tag, "snooze": _snooze, "urgency": _urgency,
    "line": _line, "note": _note, "child": _child,
}  # fmt: skip


def do(actor: Actor, *, wish: Wish, tickets: Sequence[int], now: datetime) -> Outcome:
    """The deed to each of the tickets, 200 at most. Invalid for a deed that is not known."""
    if wish.deed not in DEEDS:
        raise Invalid(_("Choose what to do."), fields={"do": _("Unknown choice.")})
    done: list[dict[str, object]] = []
    refused = []
    for pk in tickets[:MOST]:
        try:
            before = queries.get_for(actor, pk)
            DEEDS[wish.deed](actor, before, wish, now)
        except Refused as error:
            refused.append((pk, str(error)))
        else:
            done.append({"ticket": pk, "word": wish.word, **_remembered(before)})
    undoable = (done if wish.deed == "child" else _changed(done)) if wish.deed in _BACK else []
    batch = worklists.keep_batch(actor, deed=wish.deed, done=undoable, now=now).pk if undoable else None
    return Outcome(len(done), tuple(refused), batch)


def _remembered(t: Ticket) -> Before:
    return {
        "version": t.version, "team": t.team_id, "agent": t.agent_id, "tags": list(t.tags), "urgency": t.urgency,
        "line": t.product_line, "waiting_for": t.waiting_for, "wake_at": t.wake_at.isoformat() if t.wake_at else "",
    }  # fmt: skip


def _changed(done: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Those that the deed changed indeed, with the version they are at now."""
    wanted = [int(str(each["ticket"])) for each in done]
    versions = dict(Ticket.objects.filter(pk__in=wanted).values_list("pk", "version"))
    now_at = [(each, versions.get(int(str(each["ticket"])))) for each in done]
    return [each | {"version": version} for each, version in now_at if version and version != each["version"]]


def undo(actor: Actor, *, batch: int, now: datetime) -> Outcome:
    """Takes a batch back, once, within a minute; those that were changed since are refused, each by itself.

    Whoever did it may undo it also where the deed itself took the ticket out of his sight.
    """
    row = worklists.take_back(actor, batch=batch, now=now)
    back, sight = _BACK[row.deed], replace(actor, teams=None)
    done, refused = 0, []
    for each in row.done:
        try:
            back(sight, each, now)
        except Refused as error:
            refused.append((each["ticket"], str(error)))
        else:
            done += 1
    return Outcome(done, tuple(refused))


def _back_holder(actor: Actor, was: Before, now: datetime) -> None:
    pk, version = _which(was)
    upkeep.assign(actor, ticket_id=pk, team=_key(was["team"]), agent=_key(was["agent"]), version=version, now=now)


def _back_resolved(actor: Actor, was: Before, now: datetime) -> None:
    pk, version = _which(was)
    ticket = closing.reopen(actor, ticket_id=pk, version=version, now=now)
    if was["waiting_for"] and ticket.status == Status.OPEN:
        closing.pause(actor, ticket_id=pk, reason=str(was["waiting_for"]), now=now)


def _back_tags(actor: Actor, was: Before, now: datetime) -> None:
    pk, version = _which(was)
    tags = was["tags"]
    upkeep.tag(actor, ticket_id=pk, tags=tags if isinstance(tags, list) else [], version=version, now=now)


def _back_snoozed(actor: Actor, was: Before, now: datetime) -> None:
    pk, version = _which(was)
    earlier = datetime.fromisoformat(str(was["wake_at"])) if was["wake_at"] else None
    upkeep.snooze(actor, ticket_id=pk, until=earlier if earlier and earlier > now else None, version=version, now=now)


def _back_urgency(actor: Actor, was: Before, now: datetime) -> None:
    pk, version = _which(was)
    facts, reason = {"urgency": str(was["urgency"])}, str(_("Undone"))
    upkeep.change(actor, ticket_id=pk, facts=facts, reason=reason, version=version, now=now)


def _back_line(actor: Actor, was: Before, now: datetime) -> None:
    pk, version = _which(was)
    upkeep.change(actor, ticket_id=pk, facts={"product_line": str(was["line"])}, version=version, now=now)


def _back_child(actor: Actor, was: Before, now: datetime) -> None:
    """A link is no change of the ticket: what became of that meanwhile stands in nobody's way."""
    pk, parent = int(str(was["ticket"])), int(str(was["word"]))
    linking.unlink(actor, ticket_id=pk, other_id=parent, relation=CHILD, now=now)


def _which(was: Before) -> tuple[int, int]:
    return int(str(was["ticket"])), int(str(was["version"]))


def _key(value: object) -> int | None:
    return value if isinstance(value, int) else None


#: A note is not here: what was written stays written.
_BACK: Mapping[str, Callable[[Actor, Before, datetime], None]] = {
    "take": _back_holder, "assign": _back_holder, "resolve": _back_resolved, "tag": _back_tags,
    "snooze": _back_snoozed, "urgency": _back_urgency, "line": _back_line, "child": _back_child,
}  # fmt: skip
