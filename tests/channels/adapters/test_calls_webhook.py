"""Does the call webhook keep the contract, and what does it read?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.channels.adapters.suite import NOW, Case, Payload, TimedContract
from tests.channels.provider import Asked, Provider, Says, serving
from yingnuo.channels.adapters.calls_webhook import SIGNATURE, STAMP, CallWebhook, signature
from yingnuo.channels.contract import Account, Hook
from yingnuo.channels.happenings import CallMoment

_SECRET = "made-up-secret-of-the-call-webhook"
_AT = NOW.timestamp() - 30


def _body(*events: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"id": "evt-1", "events": events, **more}, ensure_ascii=False).encode()


class CallsCase(Case):
    """A telephone system that calls our door."""

    kind = "calls"

    def settings(self, provider: Provider) -> dict[str, Any]:
        return {"dial_url": f"{provider.url}/dial"}

    def secrets(self) -> dict[str, str]:
        return {"secret": _SECRET}

    def payloads(self) -> Sequence[Payload]:
        queued = {"event": "queued", "call": "c-17", "at": _AT, "caller": "13800002210", "queue": "service"}
        over = {"event": "abandoned", "call": "c-17", "at": _AT + 20, "seconds": 20}
        return (
            Payload("missed", _body(queued, over), calls=2),
            Payload("one", json.dumps({**queued, "call": "c-18"}).encode(), calls=1),
            Payload("agent", _body({"event": "agent_paused", "agent": "8001", "reason": "lunch"}), calls=1),
            Payload("roll", _body({"event": "roll_call", "alive": ["c-17"]}), calls=1),
            Payload("empty", _body()),
        )

    def hook(self, body: bytes, account: Account, at: datetime) -> Hook:
        stamp = str(int(at.timestamp()))
        signed = signature(account.secrets["secret"], stamp, body)
        return Hook("POST", {}, {STAMP: stamp, SIGNATURE: signed}, body, at)

    def forged(self, hook: Hook) -> Sequence[Hook]:
        later = {**hook.headers, STAMP: str(int(hook.headers[STAMP]) + 1)}
        return (replace(hook, headers={}), replace(hook, body=hook.body + b" "), replace(hook, headers=later))

    def answers(self, provider: Provider) -> None:
        provider.on("/dial", Says({"ok": True}))


class TestCallWebhook(TimedContract):
    """The contract."""

    case = CallsCase()


def test_an_unknown_event_is_not_passed_over() -> None:
    body = _body({"event": "teleported", "call": "c-1"})
    with pytest.raises(ValueError, match="teleported"):
        CallWebhook().understand(Account("there", {}, {}), body, NOW)


def test_numbers_come_into_one_form() -> None:
    account = Account("there", {"prefix": "0", "country": "CN"}, {})
    events = ({"event": "offered", "call": "a", "caller": "008613800002210"},
              {"event": "offered", "call": "b", "direction": "out", "called": "013800002210"})  # fmt: skip
    came, went = CallWebhook().understand(account, _body(*events), NOW).calls
    assert (came.caller, went.called) == ("+8613800002210", "+8613800002210")


def test_a_click_is_posted_signed() -> None:
    asked: list[Asked] = []

    def told(one: Asked) -> Says:
        asked.append(one)
        return Says({})

    with serving(Provider()) as provider:
        provider.on("/dial", told)
        account = Account("there", {"dial_url": f"{provider.url}/dial"}, {"secret": _SECRET})
        CallWebhook().dial(account, extension="8001", number="+8613800002210", token="yn-1")
    [one] = asked
    assert one.json == {"extension": "8001", "number": "13800002210", "id": "yn-1"}
    assert one.headers[SIGNATURE] == signature(_SECRET, one.headers[STAMP], one.body)


def test_every_moment_can_be_told() -> None:
    account = Account("there", {}, {})
    events = [{"event": moment.value, "call": "c-1", "agent": "8001"} for moment in CallMoment]
    found = CallWebhook().understand(account, _body(*events), NOW).calls
    assert [event.moment for event in found] == list(CallMoment)
