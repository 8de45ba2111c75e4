"""Does the chat's adapter keep its part of the contract? No provider stands behind it: the visitor's pages are ours."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest

from yingnuo.channels import registry
from yingnuo.channels.adapters import chat
from yingnuo.channels.contract import Account, ChannelError, Hook, Outgoing, Receipt, ReceiptState, Rejected
from yingnuo.kit import live
from yingnuo.tickets.models import Via

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ACCOUNT = Account("shop", {"origins": ["https://shop.example"]})
ADAPTER = chat.Chat()


def test_it_says_what_it_is() -> None:
    profile = registry.adapter_of("chat").profile
    assert (profile.group, profile.hook, profile.sends, profile.window.seconds) == ("messaging", False, True, 0)
    assert profile.via in Via.values
    assert profile.guide


def test_nobody_calls_its_hook() -> None:
    with pytest.raises(Rejected):
        ADAPTER.verify(ACCOUNT, Hook("POST", {}, {}, b"{}", NOW))


def test_sending_tells_the_visitors_pages_and_gives_the_messages_id(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(live, "publish", lambda topic, id="": told.append((topic, id)))
    assert ADAPTER.send(ACCOUNT, Outgoing("message-7", "a-key", "", "Hello")) == chat.id_of(7)
    assert told == [("chat:a-key", "message")]


def test_a_peer_that_is_none_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChannelError) as error:
        ADAPTER.send(ACCOUNT, Outgoing("message-7", "", "", "Hello"))
    assert error.value.permanent


def test_got_and_read_become_receipts() -> None:
    found = ADAPTER.understand(ACCOUNT, chat.marks([7, 8], [7]), NOW)
    assert found.receipts == (
        Receipt("message-7", ReceiptState.DELIVERED, NOW),
        Receipt("message-8", ReceiptState.DELIVERED, NOW),
        Receipt("message-7", ReceiptState.READ, NOW),
    )
    assert not found.arrivals


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b'{"got": 7}', b'{"got": ["7"]}', b'{"got": [true]}', b'{"read": [-1]}']
)
def test_anything_else_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of json, of unicode or ours
        ADAPTER.understand(ACCOUNT, body, NOW)


def test_damaged_bodies_raise_nothing_but_value_errors() -> None:
    chance, whole = random.Random(7), json.dumps({"got": [1, 22, 333], "read": [4]}).encode()
    for _time in range(300):
        at = chance.randrange(len(whole))
        damaged = whole[:at] + bytes([chance.randrange(256)]) + whole[at + 1 :]
        try:
            ADAPTER.understand(ACCOUNT, damaged, NOW)
        except ValueError:
            continue
