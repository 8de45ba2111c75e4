"""How are calls of the past taken in from a log, any number of times?

A call is known by its id within its channel. One that is there already and over is left alone; one that is not over, or
that ended while nobody listened, learns what the log tells. Calls of the past open no tickets: they are there to be
counted. `fresh` are those that are young enough to be owed something; what follows from them is the journey's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import transaction

from yingnuo.channels import accounts
from yingnuo.channels.happenings import CallEvent, CallMoment
from yingnuo.channels.models import Channel
from yingnuo.engine import calls as engine
from yingnuo.kit import revisions
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor, require
from yingnuo.people.services import normal_phone
from yingnuo.telephony import book, calls, logs
from yingnuo.telephony.logs import Reading, Unreadable
from yingnuo.telephony.models import Call, CallOutcome, CallState, Moment

BATCH = 1_000


@dataclass(slots=True)
class Told:
    """What an import came to. `fresh`: calls that something may follow from."""

    lines: int = 0
    unreadable: int = 0
    new: int = 0
    learnt: int = 0
    known: int = 0
    fresh: list[int] = field(default_factory=list)


def run(
    actor: Actor, *, channel: Channel, form: str, lines: Iterable[str], zone: ZoneInfo, since: datetime | None = None,
    now: datetime,
) -> Told:  # fmt: skip
    """Takes a log in. Calls that ended after `since` count as fresh; None: none does. One transaction a batch."""
    require(actor, "settings.edit")
    told = Told()
    found = _gathered(form, lines, Reading(accounts.of(channel), zone), told)
    names = iter(found)
    while batch := list(islice(names, BATCH)):
        with transaction.atomic():
            _take(channel, {name: found[name] for name in batch}, told, since, now)
    with transaction.atomic():
        entry = Entry(Code.SETTING_CHANGED, 0, f"channel:{channel.code}", {"what": "calls"})
        ledger.record(actor, [entry], now=now)
    return told


def _gathered(form: str, lines: Iterable[str], reading: Reading, told: Told) -> dict[str, list[CallEvent]]:
    found: dict[str, list[CallEvent]] = {}
    for events in logs.events(form, lines, reading):
        told.lines += 1
        if isinstance(events, Unreadable):
            told.unreadable += 1
            continue
        for event in events:
            if event.call and event.call != "NONE":
                found.setdefault(event.call[:200], []).append(event)
    return found


def _take(
    channel: Channel, batch: dict[str, list[CallEvent]], told: Told, since: datetime | None, now: datetime
) -> None:
    known = {c.external_id: c for c in Call.objects.select_for_update().filter(channel=channel, external_id__in=batch)}
    fresh = {name: events for name, events in batch.items() if name not in known}
    made = _made(channel, fresh, since, now)
    told.new += len(made)
    told.fresh += [c.pk for c in made if not c.imported]
    for name, call in known.items():
        if _is_whole(call, batch[name]):
            told.known += 1
        else:
            _learn(call, batch[name], now)
            told.learnt += 1
            told.fresh += [call.pk] if not call.imported else []


def _is_whole(call: Call, told: Sequence[CallEvent]) -> bool:
    """Whether there is nothing to learn: it is over and was heard to its end, and so was who called and what for."""
    heard = call.state == CallState.ENDED and call.reason != calls.UNSEEN
    queued = any(e.moment is CallMoment.QUEUED for e in told)
    named = any(normal_phone(e.caller) for e in told if e.caller)
    return heard and not (queued and call.outcome == CallOutcome.MENU) and not (named and not call.number)


def _made(channel: Channel, found: dict[str, list[CallEvent]], since: datetime | None, now: datetime) -> list[Call]:
    lines = book.lines.at(revisions.current())
    drafts: list[tuple[Call, Sequence[CallEvent]]] = []
    for name, events in found.items():
        call = Call(channel=channel, external_id=name, direction=events[0].direction, began_at=events[0].at)
        for event in events:
            calls.learn(call, event)
        facts = engine.fold([_moment(e) for e in events], outgoing=call.direction == "out")
        calls.set_facts(call, facts, lines)
        call.imported = since is None or (call.ended_at or call.began_at) < since
        drafts.append((call, events))
    _known_people([call for call, _events in drafts])
    made = Call.objects.bulk_create([call for call, _events in drafts])
    rows = [calls.moment(call, e, now=now) for call, events in drafts for e in events]
    Moment.objects.bulk_create(rows, batch_size=5_000)
    return made


def _moment(e: CallEvent) -> engine.Moment:
    return engine.Moment(e.moment, e.at.timestamp(), e.agent, e.queue, e.reason, e.recording, e.seconds)


def _known_people(drafts: Sequence[Call]) -> None:
    """Customers whom the books know by their number; the past makes no new ones."""
    numbers = {call.number for call in drafts} - {""}
    known = dict(Contact.objects.filter(phone__in=numbers).values_list("phone", "pk"))
    for call in drafts:
        call.contact_id = known.get(call.number)


def _learn(call: Call, events: Sequence[CallEvent], now: datetime) -> None:
    calls.append(call, [(0, e) for e in events], raw=None, now=now)
    calls.refold(call, book.lines.at(revisions.current()))
