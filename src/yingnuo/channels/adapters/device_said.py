"""What does a device's JSON say: measured values, a fault, that it came or went, the answer to a command?

    telemetry   {"ts": 1767225600, "values": {"water_c": 41.5, "rpm": 800}}, or the values without a frame; or a list
    event       {"code": "E3", "text": "…", "ts": …}; {"code": "E3", "over": true}; {"over": true}: all is well again
    status      "online", "offline", or {"online": false}
    answer      {"id": "…", "ok": true, "values": {…}, "text": "…"}

Times are seconds or milliseconds since 1970, or ISO 8601; without one it is when it came. Names of metrics become plain
identifiers ("water-temp" → water_temp), for rules to name them. What nobody understands is told as unreadable.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from yingnuo.channels.happenings import Reading

KINDS = ("telemetry", "event", "status", "answer")
MOST_METRICS, LONGEST_TEXT = 64, 500
_OLDEST = timedelta(days=31)  # older: a clock that was never set
_MILLISECONDS = 1e11  # numbers from here on are no seconds: those would be in the year 5138
_ODD = re.compile(r"\W+")
_FRAME = frozenset({"ts", "time", "device", "id"})
_ONLINE = {"online": True, "1": True, "true": True, "offline": False, "0": False, "false": False}


def readings(kind: str, device: str, payload: str, came: datetime, *, signed: int = 0) -> list[Reading]:
    """What one message of a device says; one unreadable reading when it says nothing that is understood."""
    try:
        return list(_read(kind, device, payload, came, signed))
    except (ValueError, TypeError, OverflowError, RecursionError):
        beginning = payload[:120].replace("\x00", "")
        return [Reading(device, came, text=beginning, unreadable=True, signed=signed)]


def _read(kind: str, device: str, payload: str, came: datetime, signed: int) -> Iterator[Reading]:
    if kind == "status" and payload.strip().strip('"').lower() in _ONLINE:
        yield Reading(device, came, online=_ONLINE[payload.strip().strip('"').lower()], signed=signed)
        return
    said = json.loads(payload)
    several = said if isinstance(said, list) else [said]
    for later, one in zip(reversed(range(len(several))), several, strict=True):
        if not isinstance(one, dict):
            raise TypeError("no object")
        if one.get("device", device) != device:
            raise ValueError("it speaks for another device")
        yield _ONE[kind](device, one, came - timedelta(microseconds=later), signed)  # the last one came last


def _telemetry(device: str, one: Mapping[str, Any], came: datetime, signed: int) -> Reading:
    framed = one.get("values")
    given = framed if isinstance(framed, dict) else {k: v for k, v in one.items() if k not in _FRAME}
    values = _values(given)
    if not values:
        raise ValueError("no values")
    return Reading(device, moment(one, came), values, signed=signed)


def _values(given: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for name, value in given.items():
        if isinstance(value, int | float) and math.isfinite(value):
            found[metric(name)] = float(value)
    if len(found) > MOST_METRICS:
        raise ValueError("too many metrics")
    return found


@lru_cache(maxsize=10_000)
def metric(name: str) -> str:
    """The name of a metric as rules and tables have it."""
    plain = _ODD.sub("_", name).strip("_")[:40]
    return f"_{plain}" if not plain or plain[0].isdigit() else plain


def _event(device: str, one: Mapping[str, Any], came: datetime, signed: int) -> Reading:
    code, over = one.get("code", one.get("fault", "")), one.get("over") is True
    if isinstance(code, bool) or not isinstance(code, str | int) or not (str(code).strip() or over):
        raise ValueError("no code")
    text = _text(one)
    return Reading(device, moment(one, came), fault=str(code).strip()[:40], text=text, over=over, signed=signed)


def _status(device: str, one: Mapping[str, Any], came: datetime, signed: int) -> Reading:
    online = one.get("online")
    if not isinstance(online, bool):
        raise TypeError("neither online nor offline")
    return Reading(device, moment(one, came), online=online, signed=signed)


def _answer(device: str, one: Mapping[str, Any], came: datetime, signed: int) -> Reading:
    key, values = str(one.get("id") or "")[:80], one.get("values")
    if not key:
        raise ValueError("no id")
    return Reading(
        device, moment(one, came), _values(values) if isinstance(values, dict) else {}, text=_text(one),
        answer_to=key, ok=one.get("ok") is not False, signed=signed,
    )  # fmt: skip


def _text(one: Mapping[str, Any]) -> str:
    text = one.get("text", "")
    return text[:LONGEST_TEXT].replace("\x00", "") if isinstance(text, str) else ""


def moment(one: Mapping[str, Any], came: datetime) -> datetime:
    """When it says that it was so, never later than it came; when it came, where its clock was never set."""
    told = one.get("ts", one.get("time"))
    if told is None or isinstance(told, bool):
        return came
    if isinstance(told, str):
        at = datetime.fromisoformat(told)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
    else:
        at = datetime.fromtimestamp(told / 1000 if told >= _MILLISECONDS else told, UTC)
    return came if at > came or came - at > _OLDEST else at


_ONE = {"telemetry": _telemetry, "event": _event, "status": _status, "answer": _answer}
