"""What does each event of FreeSWITCH tell of a call or of an agent?

The first channel's id names the whole call (`Channel-Call-UUID`, `CC-Member-Session-UUID`). Queues are those of
mod_callcenter. Each event is translated on its own; times are FreeSWITCH's own, in microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from yingnuo.channels.adapters import phones, wire
from yingnuo.channels.contract import Account
from yingnuo.channels.happenings import CallEvent, CallMoment

_BLOCKED = frozenset({
    "USER_BUSY", "NORMAL_CIRCUIT_CONGESTION", "SWITCH_CONGESTION", "NETWORK_OUT_OF_ORDER", "CALL_REJECTED",
    "REQUESTED_CHAN_UNAVAIL", "NO_ROUTE_DESTINATION", "USER_NOT_REGISTERED",
})  # fmt: skip
_AGENTS = {"Available": CallMoment.AGENT_READY, "Available (On Demand)": CallMoment.AGENT_READY,
           "On Break": CallMoment.AGENT_PAUSED, "Logged Out": CallMoment.AGENT_GONE}  # fmt: skip
Event = Mapping[str, Any]
Translated = Iterator[CallEvent]


def tells(event: Event) -> bool:
    """Whether it can tell anything."""
    return event.get("Event-Name") in _TRANSLATIONS


def of(event: Event, heard_at: datetime, account: Account) -> list[CallEvent]:
    """What it tells; nothing for what is of no interest."""
    name = event.get("Event-Name")
    translate = _TRANSLATIONS.get(name) if isinstance(name, str) else None
    if translate is None:
        return []
    told = {k: v for k, v in event.items() if isinstance(v, str)}
    return list(translate(told, _at(told, heard_at), account))


def _at(e: Event, heard_at: datetime) -> datetime:
    micro = e.get("Event-Date-Timestamp", "")
    return wire.moment(int(micro) / 1_000_000, heard_at) if micro.isascii() and micro.isdigit() else heard_at


def _call(e: Event) -> str:
    return str(e.get("variable_cc_member_session_uuid") or e.get("Channel-Call-UUID") or e.get("Unique-ID") or "")


def _first(e: Event) -> bool:
    return bool(e.get("Unique-ID")) and e.get("Unique-ID") == _call(e)


def _agent(name: object) -> str:
    return str(name or "").partition("@")[0][:80]


def _created(e: Event, at: datetime, account: Account) -> Translated:
    """The first channel: of a caller, or of an extension of ours that dials or is rung by a click."""
    if not _first(e):
        return
    call, called = _call(e), str(e.get("Caller-Destination-Number", ""))
    if call.startswith(phones.TOKEN):
        yield CallEvent(CallMoment.OFFERED, at, call=call, agent=_agent(called), direction="out")
    elif _is_trunk(e, account):
        caller = phones.e164(account, str(e.get("Caller-Caller-ID-Number", "")))
        yield CallEvent(CallMoment.OFFERED, at, call=call, caller=caller, called=called)
    elif len(called) > 6:
        ours = _agent(e.get("Caller-Caller-ID-Number"))
        number = phones.inside(account, called)
        yield CallEvent(CallMoment.OFFERED, at, call=call, called=number, agent=ours, direction="out")


def _is_trunk(e: Event, account: Account) -> bool:
    trunks = [t.strip() for t in str(account.settings.get("trunks") or "public").split(",")]
    return e.get("Caller-Context") in trunks


def _answered(e: Event, at: datetime, account: Account) -> Translated:
    """The far end of an outgoing call; callers are answered by what the queue says."""
    call = _call(e)
    outward = not _first(e) and not e.get("variable_cc_side")
    if outward and (call.startswith(phones.TOKEN) or e.get("Call-Direction") == "outbound"):
        direction = "out" if call.startswith(phones.TOKEN) or not _is_trunk(e, account) else "in"
        ours = _agent(e.get("Caller-Destination-Number")) if direction == "in" else ""
        yield CallEvent(CallMoment.ANSWERED, at, call=call, agent=ours, direction=direction)


def _hung_up(e: Event, at: datetime, account: Account) -> Translated:
    if not _first(e):
        return
    cause, call = str(e.get("Hangup-Cause", "")), _call(e)
    recording = str(e.get("variable_record_path") or e.get("variable_cc_record_filename") or "")
    if recording:
        yield CallEvent(CallMoment.RECORDED, at, call=call, recording=recording)
    if cause in _BLOCKED and _is_trunk(e, account):
        yield CallEvent(CallMoment.BLOCKED, at, call=call, reason=cause.lower())
    yield CallEvent(CallMoment.ENDED, at, call=call, reason=cause.lower())


def _held(kind: CallMoment) -> Callable[[Event, datetime, Account], Translated]:
    def translate(e: Event, at: datetime, account: Account) -> Translated:
        if _call(e):
            yield CallEvent(kind, at, call=_call(e))

    return translate


def _recorded(e: Event, at: datetime, account: Account) -> Translated:
    if e.get("Record-File-Path") and _call(e):
        yield CallEvent(CallMoment.RECORDED, at, call=_call(e), recording=str(e["Record-File-Path"]))


def _queue(e: Event, at: datetime, account: Account) -> Translated:
    """mod_callcenter says what it does."""
    action = str(e.get("CC-Action", ""))
    if action == "agent-status-change":
        moment = _AGENTS.get(str(e.get("CC-Agent-Status", "")))
        if moment is not None:
            yield CallEvent(moment, at, agent=_agent(e.get("CC-Agent")))
        return
    kind = _QUEUE.get(action)
    call = str(e.get("CC-Member-Session-UUID", ""))
    if kind is None or not call:
        return
    caller = phones.e164(account, str(e.get("CC-Member-CID-Number", "")))
    queue, agent = str(e.get("CC-Queue", "")), _agent(e.get("CC-Agent"))
    if action != "member-queue-end":
        yield CallEvent(kind, at, call=call, caller=caller, queue=queue, agent=agent)
    elif e.get("CC-Cause") == "Cancel":
        why = str(e.get("CC-Cancel-Reason", "")).lower()
        gone = why in ("", "break_out", "none")  # the caller hung up
        left = CallMoment.ABANDONED if gone else CallMoment.LEFT_QUEUE
        yield CallEvent(left, at, call=call, caller=caller, queue=queue, reason=why)


_QUEUE = {
    "member-queue-start": CallMoment.QUEUED, "agent-offering": CallMoment.RINGING,
    "bridge-agent-start": CallMoment.ANSWERED, "bridge-agent-fail": CallMoment.UNANSWERED,
    "bridge-agent-end": CallMoment.ENDED, "member-queue-end": CallMoment.LEFT_QUEUE,
}  # fmt: skip


def _job(e: Event, at: datetime, account: Account) -> Translated:
    """The answers of the roll call."""
    body, command = str(e.get("_body", "")), str(e.get("Job-Command", ""))
    argument = str(e.get("Job-Command-Arg", ""))
    if command == "show" and argument.startswith("channels"):
        yield CallEvent(CallMoment.ROLL_CALL, at, alive=_alive(body))
    elif argument.startswith("queue list members"):
        yield from _members(body, at, account)
    elif argument.startswith("agent list"):
        for row in _table(body):
            moment = _AGENTS.get(row.get("status", ""))
            if moment is not None and row.get("name"):
                yield CallEvent(moment, at, agent=_agent(row["name"]))


def _alive(body: str) -> tuple[str, ...]:
    """ValueError for what is no list of channels: better none is called than all are taken for ended."""
    told = json.loads(body or "null")
    if not isinstance(told, dict) or "row_count" not in told:
        raise ValueError("no list of channels")
    rows = told.get("rows") or []
    named = [row.get("call_uuid") or row.get("uuid") for row in rows if isinstance(row, dict)]
    own = [row.get("uuid") for row in rows if isinstance(row, dict)]
    return tuple(sorted({one for one in (*named, *own) if isinstance(one, str) and one}))


def _members(body: str, at: datetime, account: Account) -> Translated:
    for row in _table(body):
        call, queue = row.get("session_uuid", ""), row.get("queue", "")
        if not call:
            continue
        joined = wire.number(row.get("joined_epoch", ""))
        since = wire.moment(joined + 1, at) if joined > 0 else at  # whole seconds: no earlier than he was
        caller = phones.e164(account, row.get("cid_number", ""))
        if row.get("state") in ("Waiting", "Trying"):
            yield CallEvent(CallMoment.QUEUED, since, call=call, caller=caller, queue=queue)
        elif row.get("state") == "Answered":
            agent = _agent(row.get("serving_agent"))
            yield CallEvent(CallMoment.QUEUED, since, call=call, caller=caller, queue=queue)
            yield CallEvent(CallMoment.ANSWERED, at, call=call, queue=queue, agent=agent)


def _table(body: str) -> list[dict[str, str]]:
    """Lines between bars, the first naming the columns; "+OK" ends them."""
    lines = [line for line in body.splitlines() if "|" in line]
    if not lines:
        return []
    names = lines[0].split("|")
    return [dict(zip(names, line.split("|"), strict=False)) for line in lines[1:]]


_TRANSLATIONS: Mapping[str, Callable[[Event, datetime, Account], Translated]] = {
    "CHANNEL_CREATE": _created, "CHANNEL_ANSWER": _answered, "CHANNEL_HANGUP_COMPLETE": _hung_up,
    "CHANNEL_HOLD": _held(CallMoment.HELD), "CHANNEL_UNHOLD": _held(CallMoment.RESUMED), "RECORD_STOP": _recorded,
    "CUSTOM": _queue, "BACKGROUND_JOB": _job,
}  # fmt: skip
