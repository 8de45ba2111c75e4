"""How do the logs of a telephone system become moments of calls: Asterisk's queue_log, and call detail records?

Both are read line by line; a line that is none is counted, never guessed at. `queue_log` has seconds since 1970; the
CSV of call records has the wall clock of its machine, so its zone must be said.
Source: docs.asterisk.org, queue logs; cdr_csv
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from yingnuo.channels.adapters import phones, wire
from yingnuo.channels.contract import Account
from yingnuo.channels.happenings import CallEvent, CallMoment

FORMS = ("queue_log", "cdr")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a log is to be read: by which system's settings, in which zone its clock runs."""

    account: Account
    zone: ZoneInfo


class Unreadable(ValueError):
    """A line that is none."""


def events(form: str, lines: Iterable[str], reading: Reading) -> Iterator[list[CallEvent] | Unreadable]:
    """What each line comes to; an Unreadable for one that cannot be read. Empty lines are passed over."""
    rows = _queue_rows(lines) if form == "queue_log" else csv.reader(lines)
    read = _of_queue_log if form == "queue_log" else _of_cdr
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        try:
            yield list(read(row, reading))
        except (ValueError, OverflowError, OSError) as error:
            yield Unreadable(str(error))


def _queue_rows(lines: Iterable[str]) -> Iterator[list[str]]:
    return (line.strip().split("|") for line in lines)


def _of_queue_log(row: Sequence[str], reading: Reading) -> Iterator[CallEvent]:
    if len(row) < 5:
        raise Unreadable("fewer than five columns")
    at, call, queue, agent, word = datetime.fromtimestamp(float(row[0]), UTC), *row[1:5]
    line = _Line(at, call, "" if queue == "NONE" else queue, _member(agent), [*row[5:], *[""] * 5], reading)
    translate = _QUEUE.get(word.upper())
    if translate is not None:
        yield from translate(line)


def _member(agent: str) -> str:
    return "" if agent == "NONE" else phones.device(agent)


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    call: str
    queue: str
    agent: str
    data: list[str]
    reading: Reading

    def event(self, moment: CallMoment, **more: object) -> CallEvent:
        """A moment of this line's call."""
        return CallEvent(moment, self.at, call=self.call, queue=self.queue, **more)  # type: ignore[arg-type]

    def told(self, place: int) -> int:
        """A number in the line's data."""
        return wire.number(self.data[place])


def _enters(n: _Line) -> Iterator[CallEvent]:
    yield n.event(CallMoment.QUEUED, caller=phones.e164(n.reading.account, n.data[1]), position=max(0, n.told(2)))


def _connects(n: _Line) -> Iterator[CallEvent]:
    yield n.event(CallMoment.ANSWERED, agent=n.agent, seconds=n.told(0))


def _completes(n: _Line) -> Iterator[CallEvent]:
    yield n.event(CallMoment.ENDED, agent=n.agent, seconds=n.told(1))


def _gives_up(n: _Line) -> Iterator[CallEvent]:
    yield n.event(CallMoment.ABANDONED, seconds=n.told(2))


def _let_go(n: _Line) -> Iterator[CallEvent]:
    """Where it went then no queue_log tells: for the queue it is over."""
    yield n.event(CallMoment.LEFT_QUEUE, reason="queue")
    yield n.event(CallMoment.ENDED, reason="queue")


def _not_taken(n: _Line) -> Iterator[CallEvent]:
    ring = timedelta(milliseconds=max(0, n.told(0)))
    yield CallEvent(CallMoment.RINGING, n.at - ring, call=n.call, queue=n.queue, agent=n.agent)
    yield n.event(CallMoment.UNANSWERED, agent=n.agent)


def _transfers(n: _Line) -> Iterator[CallEvent]:
    yield n.event(CallMoment.TRANSFERRED, called=n.data[0])
    yield n.event(CallMoment.ENDED, reason="transfer")


def _agent(moment: CallMoment) -> Callable[[_Line], Iterator[CallEvent]]:
    def translate(n: _Line) -> Iterator[CallEvent]:
        if n.agent:
            reason = n.data[0] if moment is CallMoment.AGENT_PAUSED else ""
            yield CallEvent(moment, n.at, queue=n.queue, agent=n.agent, reason=reason)

    return translate


_QUEUE: dict[str, Callable[[_Line], Iterator[CallEvent]]] = {
    "ENTERQUEUE": _enters, "CONNECT": _connects, "COMPLETEAGENT": _completes, "COMPLETECALLER": _completes,
    "ABANDON": _gives_up, "EXITWITHTIMEOUT": _let_go, "EXITEMPTY": _let_go, "EXITWITHKEY": _let_go,
    "RINGNOANSWER": _not_taken, "BLINDTRANSFER": _transfers, "ATTENDEDTRANSFER": _transfers, "TRANSFER": _transfers,
    "PAUSE": _agent(CallMoment.AGENT_PAUSED), "PAUSEALL": _agent(CallMoment.AGENT_PAUSED),
    "UNPAUSE": _agent(CallMoment.AGENT_READY), "UNPAUSEALL": _agent(CallMoment.AGENT_READY),
    "ADDMEMBER": _agent(CallMoment.AGENT_READY), "AGENTLOGIN": _agent(CallMoment.AGENT_READY),
    "REMOVEMEMBER": _agent(CallMoment.AGENT_GONE), "AGENTLOGOFF": _agent(CallMoment.AGENT_GONE),
}  # fmt: skip

_BLOCKED = ("BUSY", "FAILED", "CONGESTION")


def _of_cdr(row: Sequence[str], reading: Reading) -> Iterator[CallEvent]:
    """The columns of cdr_csv in their order; a record without its unique id cannot be taken in once only."""
    if len(row) < 17 or not row[16].strip():
        raise Unreadable("no unique id in column 17")
    _account, src, dst, context, _clid, channel, onward, app, _data, start, answer, end = row[:12]
    disposition, call = row[14].strip().upper(), row[16].strip()
    trunks = [t.strip() for t in str(reading.account.settings.get("trunks") or "from-trunk").split(",")]
    began, ended = _local(start, reading.zone), _local(end, reading.zone)
    if context.strip() in trunks:
        caller = phones.e164(reading.account, src)
        yield CallEvent(CallMoment.OFFERED, began, call=call, caller=caller, called=dst)
        yield from _came(call, disposition, phones.device(onward), app, began, answer, reading)
    else:
        ours, called = phones.device(channel), phones.inside(reading.account, dst)
        yield CallEvent(CallMoment.OFFERED, began, call=call, called=called, agent=ours, direction="out")
        if disposition == "ANSWERED":
            at = _local(answer or start, reading.zone)
            yield CallEvent(CallMoment.ANSWERED, at, call=call, agent=ours, direction="out")
    yield CallEvent(CallMoment.ENDED, ended, call=call, reason=disposition.lower())


def _came(
    call: str, disposition: str, agent: str, app: str, began: datetime, answer: str, reading: Reading
) -> Iterator[CallEvent]:  # fmt: skip
    if disposition in _BLOCKED:
        yield CallEvent(CallMoment.BLOCKED, began, call=call, reason=disposition.lower())
    elif agent:
        yield CallEvent(CallMoment.RINGING, began, call=call, agent=agent)
        if disposition == "ANSWERED":
            yield CallEvent(CallMoment.ANSWERED, _local(answer, reading.zone), call=call, agent=agent)
    elif app.strip() == "Queue":
        yield CallEvent(CallMoment.QUEUED, began, call=call)


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text.strip()[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
