"""How does the chat on a site speak?

Its visitors' words come by a door of their own (portal), because they are answered at once. Out: the words are in the
ticket already; sending makes the visitor's open page fetch them, and each message has a fixed id, so that "got it" and
"read" from the page become receipts like any provider's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given
from yingnuo.channels.contract import (
    Account,
    ChannelError,
    Checked,
    Heard,
    Hook,
    Outgoing,
    Profile,
    Receipt,
    ReceiptState,
    Rejected,
)  # fmt: skip
from yingnuo.kit import live

MOST_RECEIPTS = 500


class Chat:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="chat", name=_("Web chat"), group="messaging", via="chat", hook=False,
        guide=_("Set up a site under Settings, Chat sites, and put its one line of script into your pages."),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Nobody calls a hook of the chat."""
        raise Rejected("off")

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """What a visitor's page says of our messages: {"got": [ids], "read": [ids]}, ids of our messages."""
        said = given.read(body)
        found = [*_receipts(said, "got", ReceiptState.DELIVERED, received_at),
                 *_receipts(said, "read", ReceiptState.READ, received_at)]  # fmt: skip
        return Heard(receipts=tuple(found))

    def send(self, account: Account, out: Outgoing) -> str:
        """The visitor's pages hear that there is something new."""
        if not out.to or " " in out.to:
            raise ChannelError("no_such_visitor", permanent=True)
        try:
            live.publish(f"chat:{out.to}", "message")
        except DatabaseError as error:
            raise ChannelError("live_away", type(error).__name__, permanent=False) from error
        return out.key

    def probe(self, account: Account, to: str) -> str:
        """Which addresses may show it."""
        return ", ".join(account.settings.get("origins", ()))


def id_of(message: int) -> str:
    """The id of a message as `send` returns it."""
    return f"message-{message}"


def marks(got: list[int], read: list[int]) -> bytes:
    """What `understand` reads: our messages that a page has, and those that were read."""
    return json.dumps({"got": got[-MOST_RECEIPTS:], "read": read[-MOST_RECEIPTS:]}).encode()


def _receipts(said: Any, name: str, state: ReceiptState, at: datetime) -> Iterator[Receipt]:
    ids = said.get(name, []) if hasattr(said, "get") else []
    if not isinstance(ids, list) or len(ids) > MOST_RECEIPTS:
        raise ValueError(f"{name} is no list of ids")
    for pk in ids:
        if isinstance(pk, bool) or not isinstance(pk, int) or not 0 < pk < 1 << 62:
            raise ValueError("an id is a whole number")
        yield Receipt(id_of(pk), state, at)
