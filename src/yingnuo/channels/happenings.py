"""What do the ways in tell that is not somebody's words: calls and readings of devices?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from yingnuo.engine.calls import CallMoment

__all__ = ["CallEvent", "CallMoment", "Reading"]


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One moment of one call. `call` is the PBX's id of the whole call, "" for what concerns an agent alone.

    `agent` is the extension or login the PBX knows him by; `seconds` what the PBX itself says of a duration, -1 where
    it does not. `direction` is in or out. `alive` are the calls that a roll call names.
    """

    moment: CallMoment
    at: datetime
    call: str = ""
    caller: str = ""
    called: str = ""
    queue: str = ""
    agent: str = ""
    direction: str = "in"
    reason: str = ""
    recording: str = ""
    seconds: int = -1
    position: int = 0
    alive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one device says at one moment: measured values, a fault code, or that it came or went.

    `device` is its own id within the channel. `fault` is its code, "" for none; `over`: that fault is over (without a
    code: all are). `online` None where nothing is said. `answer_to` names the command that this answers, `ok` whether
    it was done. `signed`: the number of the device's own key by which the call was signed, 0 where somebody else
    vouches for it (the broker, a gateway). `unreadable`: nobody understands what it said; `text` has the beginning.
    """

    device: str
    at: datetime
    values: Mapping[str, float] = field(default_factory=dict)
    fault: str = ""
    text: str = ""
    online: bool | None = None
    answer_to: str = ""
    over: bool = False
    ok: bool | None = None
    signed: int = 0
    unreadable: bool = False
