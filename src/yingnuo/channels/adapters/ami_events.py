"""What does each event of Asterisk's manager interface tell of a call or of an agent?

Each is translated on its own, by what it carries itself: `Linkedid` names the whole call, the device in a channel's
name the extension. Calls that we place bear our token as their id. A member that is busy or away is no blocked call:
that is judged over all moments of a call (`engine.calls`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yingnuo.channels.adapters import phones, wire
from yingnuo.channels.adapters.phones import device
from yingnuo.channels.contract import Account
from yingnuo.channels.happenings import CallEvent, CallMoment

ROLL = "YingnuoRollCall"
RECORDING = "MIXMONITOR_FILENAME"
_BLOCKED = frozenset({"BUSY", "CONGESTION", "CHANUNAVAIL"})
_GONE = frozenset({"4", "5"})  # device states of queue members: invalid, unavailable
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """What the settings say of this system's own words."""

    trunks: tuple[str, ...]
    internals: tuple[str, ...]
    account: Account

    @classmethod
    def of(cls, account: Account) -> Words:
        """Reads the settings."""
        s = account.settings
        trunks = s.get("trunks") or "from-trunk,from-pstn,from-external"
        return cls(listed(trunks), listed(s.get("internals") or "from-internal"), account)


def listed(value: object) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(word.strip() for word in str(value).split(",") if word.strip()) or ("",)


def tells(event: Event) -> bool:
    """Whether it can tell anything: of variables only the name of a recording does."""
    return event.get("Event") != "VarSet" or event.get("Variable") == RECORDING


def of(event: Event, heard_at: datetime, words: Words) -> list[CallEvent]:
    """What it tells; nothing for what is of no interest."""
    name = event.get("Event")
    translate = _TRANSLATIONS.get(name) if isinstance(name, str) else None
    if translate is None:
        return []
    at = wire.moment(event.get("Timestamp"), heard_at)
    return list(translate({k: v for k, v in event.items() if isinstance(v, str | list)}, at, words))


def _call(e: Event) -> str:
    return _text(e, "Linkedid") or _text(e, "Uniqueid")


def _text(e: Event, name: str) -> str:
    value = e.get(name, "")
    return value if isinstance(value, str) and value not in ("<unknown>", "<null>") else ""


def _member(e: Event) -> str:
    return device(_text(e, "Interface") or _text(e, "StateInterface") or _text(e, "MemberName"))


def _caller(e: Event, words: Words) -> str:
    return phones.e164(words.account, _text(e, "CallerIDNum"))


def _is_out(e: Event, words: Words) -> bool:
    return _call(e).startswith(phones.TOKEN) or _text(e, "Context") in words.internals


def _new(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """The first channel of a call: from outside, or one of ours that dials (or is rung by a click)."""
    call = _call(e)
    if _text(e, "Uniqueid") != call:
        return
    ours = device(_text(e, "Channel"))
    if call.startswith(phones.TOKEN):
        yield CallEvent(CallMoment.OFFERED, at, call=call, agent=ours, direction="out")
    elif _text(e, "Context") in words.trunks:
        called = _text(e, "Exten")
        yield CallEvent(CallMoment.OFFERED, at, call=call, caller=_caller(e, words), called=called)
    elif _text(e, "Context") in words.internals and len(_text(e, "Exten")) > 6:
        dialled = phones.inside(words.account, _text(e, "Exten"))
        yield CallEvent(CallMoment.OFFERED, at, call=call, called=dialled, agent=ours, direction="out")


def _joined(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    place = wire.number(e.get("Position"))
    yield CallEvent(
        CallMoment.QUEUED, at, call=_call(e), caller=_caller(e, words), queue=_text(e, "Queue"), position=max(0, place)
    )


def _waiting(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """A caller in a queue at the roll call; whole seconds of waiting put him there no earlier than he was."""
    since = at - timedelta(seconds=max(0, min(wire.number(e.get("Wait")), 86_400)))
    yield CallEvent(CallMoment.QUEUED, since, call=_call(e), caller=_caller(e, words), queue=_text(e, "Queue"))


def _left(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    yield CallEvent(CallMoment.LEFT_QUEUE, at, call=_call(e), queue=_text(e, "Queue"))


def _abandoned(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    wait = wire.number(e.get("HoldTime"))
    caller = _caller(e, words)
    yield CallEvent(CallMoment.ABANDONED, at, call=_call(e), caller=caller, queue=_text(e, "Queue"), seconds=wait)


def _rings(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    yield CallEvent(CallMoment.RINGING, at, call=_call(e), queue=_text(e, "Queue"), agent=_member(e))


def _not_taken(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    yield CallEvent(CallMoment.UNANSWERED, at, call=_call(e), queue=_text(e, "Queue"), agent=_member(e))


def _connected(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    wait = wire.number(e.get("HoldTime"))
    yield CallEvent(
        CallMoment.ANSWERED, at, call=_call(e), caller=_caller(e, words), queue=_text(e, "Queue"), agent=_member(e),
        seconds=wait,
    )  # fmt: skip


def _completed(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """The talk is over; after a transfer it goes on with somebody else."""
    if _text(e, "Reason") != "transfer":
        reason = _text(e, "Reason")
        yield CallEvent(CallMoment.ENDED, at, call=_call(e), agent=_member(e), reason=reason)


def _dials(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """It rings at an extension of ours; what rings outside is no agent."""
    if _text(e, "Channel") and not _is_out(e, words):
        yield CallEvent(CallMoment.RINGING, at, call=_call(e), agent=device(_text(e, "DestChannel")))


def _dialled(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """How dialling ended. Without a first channel it is only our own extension that a click rang."""
    if not _text(e, "Channel"):
        return
    status, out = _text(e, "DialStatus"), _is_out(e, words)
    agent = device(_text(e, "Channel" if out else "DestChannel"))
    direction = "out" if out else "in"
    if status == "ANSWER":
        yield CallEvent(CallMoment.ANSWERED, at, call=_call(e), agent=agent, direction=direction)
    elif out or status == "NOANSWER":
        yield CallEvent(
            CallMoment.UNANSWERED, at, call=_call(e), agent=agent, reason=status.lower(), direction=direction
        )
    elif status in _BLOCKED:
        yield CallEvent(CallMoment.BLOCKED, at, call=_call(e), agent=agent, reason=status.lower())


def _held(kind: CallMoment) -> Callable[[Event, datetime, Words], Iterator[CallEvent]]:
    def translate(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
        yield CallEvent(kind, at, call=_call(e))

    return translate


def _blind(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    call = _text(e, "TransfererLinkedid") or _text(e, "TransfereeLinkedid")
    if _text(e, "Result") == "Success":
        yield CallEvent(CallMoment.TRANSFERRED, at, call=call, called=_text(e, "Extension"))


def _attended(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """The one who was asked first has the call from now on."""
    call = _text(e, "OrigTransfererLinkedid")
    target = device(_text(e, "TransferTargetChannel"))
    if _text(e, "Result") == "Success":
        yield CallEvent(CallMoment.TRANSFERRED, at, call=call, called=target)
        if target:
            yield CallEvent(CallMoment.ANSWERED, at + timedelta(milliseconds=1), call=call, agent=target)


def _hung_up(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """The call is over with the channel it began with."""
    if _text(e, "Uniqueid") == _call(e):
        yield CallEvent(CallMoment.ENDED, at, call=_call(e), reason=_text(e, "Cause"))


def _recorded(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    if _text(e, "Variable") == RECORDING and _call(e):
        yield CallEvent(CallMoment.RECORDED, at, call=_call(e), recording=_text(e, "Value"))


def _paused(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    paused = _text(e, "Paused") == "1"
    moment = CallMoment.AGENT_PAUSED if paused else CallMoment.AGENT_READY
    reason = _text(e, "PausedReason") or _text(e, "Reason")
    yield CallEvent(moment, at, agent=_member(e), queue=_text(e, "Queue"), reason=reason if paused else "")


def _member_status(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """At the roll call the device's own name stands under `Location`."""
    told = {**e, "Interface": _text(e, "Interface") or _text(e, "Location")}
    if _text(e, "Status") in _GONE:
        yield CallEvent(CallMoment.AGENT_GONE, at, agent=_member(told), queue=_text(e, "Queue"))
    else:
        yield from _paused(told, at, words)


def _removed(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    yield CallEvent(CallMoment.AGENT_GONE, at, agent=_member(e), queue=_text(e, "Queue"))


def _living(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    """A roll call's channel of an agent in talk: it was answered by now, when exactly nobody saw."""
    own = _text(e, "Uniqueid") != _text(e, "Linkedid") and not _call(e).startswith(phones.TOKEN)
    if own and _text(e, "Application") in ("AppQueue", "AppDial") and _text(e, "BridgeId"):
        yield CallEvent(CallMoment.ANSWERED, at, call=_call(e), agent=device(_text(e, "Channel")))


def _roll(e: Event, at: datetime, words: Words) -> Iterator[CallEvent]:
    alive = e.get("Alive", [])
    if isinstance(alive, list):
        yield CallEvent(CallMoment.ROLL_CALL, at, alive=tuple(one for one in alive if isinstance(one, str)))


_TRANSLATIONS: Mapping[str, Callable[[Event, datetime, Words], Iterator[CallEvent]]] = {
    "Newchannel": _new, "QueueCallerJoin": _joined, "QueueEntry": _waiting, "QueueCallerLeave": _left,
    "QueueCallerAbandon": _abandoned, "AgentCalled": _rings, "AgentRingNoAnswer": _not_taken,
    "AgentConnect": _connected, "AgentComplete": _completed, "DialBegin": _dials, "DialEnd": _dialled,
    "Hold": _held(CallMoment.HELD), "Unhold": _held(CallMoment.RESUMED), "BlindTransfer": _blind,
    "AttendedTransfer": _attended, "Hangup": _hung_up, "VarSet": _recorded, "QueueMemberPause": _paused,
    "QueueMemberStatus": _member_status, "QueueMember": _member_status, "QueueMemberAdded": _paused,
    "QueueMemberRemoved": _removed, "CoreShowChannel": _living, ROLL: _roll,
}  # fmt: skip
WANTED = frozenset(_TRANSLATIONS)
