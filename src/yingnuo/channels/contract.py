"""What does every way in hand to the product, and what does every way out take from it?

`Arrival` is one thing that came from outside, already understood by its adapter; `Outgoing` is one thing to be
delivered. Both are plain values: an adapter knows nothing of tickets, the journey nothing of protocols.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ArrivalKind(StrEnum):
    """What an arrival is, as far as its own form tells."""

    REQUEST = "request"  # a person's new words
    REPLY = "reply"  # a person's words that refer to an earlier message
    AUTO_REPLY = "auto_reply"  # vacation notices, automatic acknowledgements (RFC 3834)
    BOUNCE = "bounce"  # delivery failed or was delayed (RFC 3464 and older forms)
    REPORT = "report"  # feedback reports (RFC 5965), read receipts (RFC 8098)


@dataclass(frozen=True, slots=True)
class File:
    """A file that came along. `inline_id` is the Content-ID a picture is shown by, "" when it is not inline."""

    name: str
    content_type: str
    data: bytes
    inline_id: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that came in.

    `external_id` is unique within its channel and makes intake idempotent. `text` is what the person newly wrote,
    `quoted` what was folded away (earlier mails, signature). `html` is sanitised already. `references` are the
    message ids this one answers, nearest first. `notes` name the damage met on the way, as codes.
    """

    external_id: str
    received_at: datetime
    kind: ArrivalKind = ArrivalKind.REQUEST
    subject: str = ""
    text: str = ""
    quoted: str = ""
    html: str = ""
    sender_name: str = ""
    sender_address: str = ""  # mail address, or the channel's own id of the person
    sender_phone: str = ""
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    references: tuple[str, ...] = ()
    ticket_hint: int | None = None  # from a signed reply address or a ticket number in the subject
    files: tuple[File, ...] = ()
    language: str = ""
    notes: tuple[str, ...] = ()
    # facts a form, a token's owner or a device already states; "" where unknown
    ticket_kind: str = ""
    urgency: str = ""
    region: str = ""
    product_line: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to deliver. `key` is the idempotency key: the same key means the same delivery."""

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    files: tuple[File, ...] = ()
    automatic: bool = False  # set headers that keep other machines from answering


class ChannelError(Exception):
    """A delivery failed. `permanent` tells whether trying again can help; `code` is what the ledger keeps.

    `waits` True: nothing was tried, because no outlet is set up; the delivery waits for one as long as it takes.
    """

    waits = False

    def __init__(self, code: str, detail: str = "", *, permanent: bool) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail, self.permanent = code, detail, permanent


class Sender(Protocol):
    """Delivers; raises ChannelError. Returns the other side's id of the delivery, "" when it gives none."""

    def send(self, out: Outgoing) -> str: ...
