"""How does what a telephone system tells become rows: calls, their moments, agents' states?

Everything runs in the caller's transaction, on a call's locked row. What a body tells counts once, however often it is
taken: its place in the body is unique.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from yingnuo.channels.happenings import CallEvent, CallMoment
from yingnuo.channels.models import Channel, Raw
from yingnuo.engine import calls as engine
from yingnuo.kit import instants, texts
from yingnuo.people.services import normal_phone
from yingnuo.telephony.book import Lines
from yingnuo.telephony.models import AgentState, Call, CallState, Direction, Moment

AGENT_MOMENTS = (CallMoment.AGENT_READY, CallMoment.AGENT_PAUSED, CallMoment.AGENT_GONE)
UNSEEN = "unseen"  # the reason of an end that nobody told us
UNWRAPPED_FOR = timedelta(hours=1)  # a call without a wrap-up is done with by itself after this
_GRACE = timedelta(seconds=2)  # a call this young may be missing in a roll call that was asked for before it


def locked(channel: Channel, external_id: str, first: CallEvent) -> Call:
    """The call of this id, made when it is not known yet, locked in the caller's transaction."""
    key = texts.keepable(external_id)[:200]
    new = Call(channel=channel, external_id=key, direction=first.direction, began_at=first.at)
    Call.objects.bulk_create([new], ignore_conflicts=True)
    return Call.objects.select_for_update(of=("self",)).get(channel=channel, external_id=key)


def moment(call: Call, event: CallEvent, *, raw: Raw | None = None, place: int = 0, now: datetime) -> Moment:
    """An unsaved moment of a call."""
    keep = texts.keepable
    return Moment(
        call=call, kind=event.moment.value, at=event.at, recorded_at=now, agent=keep(event.agent)[:80],
        queue=keep(event.queue)[:80], reason=keep(event.reason)[:40], recording=keep(event.recording)[:400],
        seconds=max(-1, min(event.seconds, 10_000_000)), raw=raw, place=place,
    )  # fmt: skip


def append(call: Call, told: Sequence[tuple[int, CallEvent]], *, raw: Raw | None, now: datetime) -> None:
    """Writes moments (place in the body, event) of a locked call; those of a body taken before are there already."""
    Moment.objects.bulk_create(
        [moment(call, event, raw=raw, place=place, now=now) for place, event in told], ignore_conflicts=True
    )
    for _place, event in told:
        learn(call, event)


def learn(call: Call, event: CallEvent, *, region: str = "CN") -> None:
    """What an event tells of the call as a whole: who calls whom, in which direction."""
    call.caller = call.caller or texts.keepable(event.caller)[:80]
    call.called = call.called or texts.keepable(event.called)[:80]
    if event.direction == Direction.OUT:
        call.direction = Direction.OUT
        call.agent = call.agent or event.agent[:80]
    other = call.called if call.direction == Direction.OUT else call.caller
    call.number = call.number or normal_phone(other, region)[:20]


def refold(call: Call, lines: Lines) -> engine.Facts:
    """Sets the call's columns to what its moments come to, and stores them."""
    rows = Moment.objects.filter(call=call).order_by("at", "pk")
    outgoing = call.direction == Direction.OUT
    facts = engine.fold([_of(row) for row in rows], outgoing=outgoing)
    set_facts(call, facts, lines)
    call.save()
    return facts


def _of(row: Moment) -> engine.Moment:
    return engine.Moment(
        CallMoment(row.kind), row.at.timestamp(), row.agent, row.queue, row.reason, row.recording, row.seconds
    )


def set_facts(call: Call, f: engine.Facts, lines: Lines) -> None:
    """Sets the columns, without storing them."""
    call.state, call.outcome, call.reason = CallState(f.state.value), f.outcome.value, f.reason
    call.queue, call.ringing = f.queue, list(f.ringing)
    call.agent = f.agent or call.agent
    call.recording = f.recording or call.recording
    call.waited, call.talked, call.held, call.wrapup = f.waited, f.talked, f.held, f.wrapup
    call.began_at = _at(f.began_at) or call.began_at
    call.asked_at, call.answered_at = _at(f.asked_at), _at(f.answered_at)
    call.ended_at, call.wrapped_at = _at(f.ended_at), _at(f.wrapped_at)
    call.staff_id = lines.staff_of(call.channel_id, call.agent) or call.staff_id
    call.team_id = lines.team_of(call.channel_id, call.queue) or call.team_id


def _at(seconds: float | None) -> datetime | None:
    return None if seconds is None else instants.instant(0) + timedelta(microseconds=round(seconds * 1_000_000))


def agents(channel: Channel, events: Iterable[CallEvent]) -> bool:
    """Notes what agents do; the newest word of each counts. Whether anything changed."""
    changed = False
    for event in sorted((e for e in events if e.moment in AGENT_MOMENTS and e.agent), key=lambda e: e.at):
        wanted = {"state": event.moment.value, "reason": event.reason[:40], "at": event.at}
        agent = texts.keepable(event.agent)[:80]
        row, new = AgentState.objects.get_or_create(channel=channel, agent=agent, defaults=wanted)
        if new or (event.at > row.at and (row.state, row.reason) != (wanted["state"], wanted["reason"])):
            changed = True
            AgentState.objects.filter(pk=row.pk).update(**wanted)
    return changed


def unseen(channel: Channel, roll: CallEvent) -> list[Call]:
    """The calls that ended while nobody listened: going on in our books, but not named by the roll call."""
    rows = Call.objects.filter(channel=channel, began_at__lt=roll.at - _GRACE).exclude(state=CallState.ENDED)
    return [call for call in rows.order_by("pk") if call.external_id not in roll.alive]


def unwrapped(staff: int, *, now: datetime) -> list[Call]:
    """Calls of this person that are over and wait for his wrap-up, the newest first."""
    rows = Call.objects.filter(staff=staff, outcome="answered", wrapped_at=None, imported=False)
    return list(rows.filter(ended_at__gt=now - UNWRAPPED_FOR).order_by("-ended_at")[:5])


def wrap(call: Call, *, at: datetime, lines: Lines, now: datetime) -> None:
    """The agent is done with a (locked) call that is over."""
    done = CallEvent(CallMoment.WRAPPED_UP, at, call=call.external_id, agent=call.agent)
    append(call, [(0, done)], raw=None, now=now)
    refold(call, lines)


def lock(pk: int) -> Call | None:
    """One call, locked."""
    return Call.objects.select_for_update(of=("self",)).filter(pk=pk).first()
