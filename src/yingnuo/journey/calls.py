"""What becomes of a call: who answers sees who calls, and who was not answered is called back.

    a body of a telephone system → each call's moments, in one unit of work of its own
        → its facts anew (`engine.calls.fold`) → what follows from them, each consequence once (`Call.done`)

What follows is judged by the facts, never by the event that just came: a body that was taken half when the process was
killed is taken again, moments told late or twice change nothing that was done, and a call that was thought missed and
turns out answered is set right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from yingnuo.channels.contract import Heard
from yingnuo.channels.happenings import CallEvent, CallMoment
from yingnuo.channels.models import Channel, Raw
from yingnuo.journey import call_tickets, work
from yingnuo.kit import live, revisions
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM
from yingnuo.telephony import book, calls
from yingnuo.telephony.book import Lines
from yingnuo.telephony.models import Call, CallOutcome, CallState, Dialled, Direction

HOTLINE = "hotline"  # topic of whoever looks at calls as a whole
_APART = (*calls.AGENT_MOMENTS, CallMoment.ROLL_CALL)


def take(raw: Raw, said: Heard, now: datetime) -> None:
    """The part of a stored body that tells of calls and of those who answer them.

    Every call is taken in for itself: one that cannot be leaves the others alone, and the body is tried again.
    """
    if not said.calls:
        return
    problems: list[Exception] = []
    for external_id, told in _by_call(said.calls).items():
        try:
            _take(raw, external_id, told, now)
        except Exception as error:  # noqa: BLE001  # raised below, when the other calls are safe
            problems.append(error)
    if problems:
        raise problems[0]
    _agents(raw, said.calls, now)


def _by_call(events: Sequence[CallEvent]) -> dict[str, list[tuple[int, CallEvent]]]:
    found: dict[str, list[tuple[int, CallEvent]]] = {}
    for place, event in enumerate(events):
        if event.call and event.moment not in _APART:
            found.setdefault(event.call, []).append((place, event))
    return found


def _take(raw: Raw, external_id: str, told: Sequence[tuple[int, CallEvent]], now: datetime) -> None:
    with work.unit():
        lines = book.lines.at(revisions.current())
        call = calls.locked(raw.channel, external_id, told[0][1])
        calls.append(call, told, raw=raw, now=now)
        follow(call, lines, now=now)


def _agents(raw: Raw, events: Sequence[CallEvent], now: datetime) -> None:
    with work.unit():
        if calls.agents(raw.channel, events):
            live.publish(HOTLINE)
    for roll in (e for e in events if e.moment is CallMoment.ROLL_CALL):
        _end_unseen(raw.channel, roll, now)


def _end_unseen(channel: Channel, roll: CallEvent, now: datetime) -> None:
    """Calls that ended while nobody listened end now; one that nobody had answered by then counts as missed."""
    for found in calls.unseen(channel, roll):
        with work.unit():
            call = calls.lock(found.pk)
            if call is None or call.state == CallState.ENDED:
                continue
            end = CallEvent(CallMoment.ENDED, roll.at, call=call.external_id, reason=calls.UNSEEN)
            calls.append(call, [(0, end)], raw=None, now=now)
            follow(call, book.lines.at(revisions.current()), now=now)


def follow(call: Call, lines: Lines, *, now: datetime) -> None:
    """The facts of a (locked) call anew, and what follows from them."""
    before = (call.state, call.outcome, set(_watchers(call, lines)))
    if call.direction == Direction.OUT:
        _known_by_click(call)
    calls.refold(call, lines)
    call_tickets.settle_number(call)
    call_tickets.recognise(call)
    for code, due, act in _CONSEQUENCES:
        if code not in call.done and due(call, lines):
            call.done = [*call.done, code]
            act(call, lines, now)
    call.save()
    _tell_pages(call, before, lines)


def _known_by_click(call: Call) -> None:
    click = Dialled.objects.filter(token=call.external_id).first()
    if click is not None:
        call.number, call.staff_id = click.number, click.staff_id
        call.contact_id = call.contact_id or click.contact_id
        call.ticket_id = call.ticket_id or click.ticket_id


def _tell_pages(call: Call, before: tuple[str, str, set[int]], lines: Lines) -> None:
    watchers = before[2] | set(_watchers(call, lines))
    told = [(f"calls:{pk}", call.pk) for pk in sorted(watchers)]
    changed = (call.state, call.outcome) != before[:2]
    live.publish_all([*told, *([(HOTLINE, "")] if changed else [])])


def _watchers(call: Call, lines: Lines) -> list[int]:
    """Who has this call before him: those at whom it rings, and who talks or talked."""
    ringing = (lines.staff_of(call.channel_id, agent) for agent in call.ringing)
    return [pk for pk in (*ringing, call.staff_id) if pk]


def _is_in(call: Call) -> bool:
    return call.direction == Direction.IN and not call.imported


def _answered_in(call: Call, lines: Lines) -> bool:
    return _is_in(call) and call.outcome == CallOutcome.ANSWERED


def _missed(call: Call, lines: Lines) -> bool:
    lost = call.outcome in (CallOutcome.ABANDONED, CallOutcome.UNANSWERED)
    known = bool(call.number)  # without a number nobody can call back; it may still become known by a later body
    return _is_in(call) and lost and known and call.waited >= lines.measure.owe_from


def _over(call: Call, lines: Lines) -> bool:
    over = call.outcome == CallOutcome.ANSWERED and call.state == CallState.ENDED
    return over and call.ticket_id is not None and not call.imported


def _dialled(call: Call, lines: Lines) -> bool:
    return call.direction == Direction.OUT and not call.imported


def _reached(call: Call, lines: Lines) -> bool:
    return _dialled(call, lines) and call.outcome == CallOutcome.ANSWERED


def _in_vain(call: Call, lines: Lines) -> bool:
    return _dialled(call, lines) and call.outcome == CallOutcome.UNANSWERED


def _end(call: Call, lines: Lines, now: datetime) -> None:
    params: dict[str, str | int] = {"call": call.pk, "talked": call.talked, "direction": call.direction}
    entry = Entry(Code.CALL_ENDED, call.ticket_id or 0, f"call:{call.pk}", {**params})
    ledger.record(SYSTEM, [entry], now=now)
    live.publish(f"ticket:{call.ticket_id}", call.ticket_id or "")


Due = Callable[[Call, Lines], bool]
Act = Callable[[Call, Lines, datetime], None]
#: What follows from which facts, in this order, each once in the life of a call.
_CONSEQUENCES: tuple[tuple[str, Due, Act], ...] = (
    ("dialled", _dialled, call_tickets.dialled),
    ("answered", _answered_in, call_tickets.answered),
    ("reached", _reached, call_tickets.reached),
    ("missed", _missed, call_tickets.missed),
    ("in_vain", _in_vain, call_tickets.in_vain),
    ("ended", _over, _end),
)
