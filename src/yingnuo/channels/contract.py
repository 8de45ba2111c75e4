"""What does every way in hand to the product, and what does every way out take from it?

In: receive → verify → store raw once → understand → journey. Out: post → window check → provider → delivery receipt.

An adapter is a stateless object that knows one provider's protocol: it verifies a call (`Hook` → `Checked`),
understands what was stored (`bytes` → `Heard`) and sends (`Outgoing` → the provider's id). It sees its channel as an
`Account`, never a row; it knows nothing of tickets, and the journey nothing of protocols. What an adapter can beyond
that it says by the protocols it fulfils: `Pulls` (asks for news with a cursor), `Listens` (holds a connection),
`Fetches` (files come apart from words).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from yingnuo.channels.happenings import CallEvent, Reading
from yingnuo.engine.windows import ALWAYS, Window


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
class Media:
    """A file that the provider keeps for us: fetched by `ref` after the words that came with it were taken in."""

    ref: str
    name: str = ""
    content_type: str = ""


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
    # of a messaging channel: the other side of the conversation, "" where there is none (mail, forms)
    peer: str = ""
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """An approved template as its provider knows it: its id there, the signature and language it was approved with.

    `values` are in the order in which the text names its variables; `text` is what the customer will read.
    """

    id: str
    values: tuple[tuple[str, str], ...] = ()
    language: str = ""
    sign: str = ""
    text: str = ""


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
    language: str = ""
    template: str = ""  # the code of an approved template, for channels that take nothing else (outside a window)
    values: tuple[tuple[str, str], ...] = ()  # what the template's variables are
    form: Form | None = None  # that template, filled: what an adapter sends in place of `text`
    owed: bool = True  # False: whoever unsubscribed does not get it


class ChannelError(Exception):
    """A delivery failed. `permanent` tells whether trying again can help; `code` is what the ledger keeps.

    `waits` True: nothing was tried, because no outlet is set up; the delivery waits for one as long as it takes.
    `after_s` is what the provider asks us to wait before the next attempt, 0 when it says nothing. A permanent error is
    about this message (address, content, window); one that is not is about the provider, and opens its circuit.
    """

    waits = False

    def __init__(self, code: str, detail: str = "", *, permanent: bool, after_s: int = 0) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail, self.permanent, self.after_s = code, detail, permanent, after_s


class Sender(Protocol):
    """Delivers; raises ChannelError. Returns the other side's id of the delivery, "" when it gives none."""

    def send(self, out: Outgoing) -> str: ...


@dataclass(frozen=True, slots=True)
class Account:
    """One connected channel as its adapter sees it: settings and secrets in the clear, and how far it was read.

    `state` is what the adapter itself keeps between calls (an access token and when it ends): it is lost on a restart.
    """

    code: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    hint: str = ""  # for `pull`: what the call that announced the news said of them


@dataclass(frozen=True, slots=True)
class Hook:
    """One call of a provider at our door, as it came. Names of `headers` are in lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider expects back."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """A call that is what it claims to be.

    `body` is what is kept raw (decrypted, where the provider encrypts), b"" when there is nothing to keep.
    `key` is the provider's id of the call, "" to take the digest of `body`; the same key again changes nothing.
    """

    body: bytes = b""
    key: str = ""
    answer: Answer = Answer()


class Rejected(Exception):
    """A call that is refused, nothing of it kept. Codes: those of STATUS."""

    STATUS: ClassVar[Mapping[str, int]] = {
        "bad_signature": 401, "stale": 401, "malformed": 400, "too_large": 413, "off": 404,
    }  # fmt: skip

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code, self.status = code, self.STATUS[code]


class ReceiptState(StrEnum):
    """What a provider tells of something we sent."""

    SENT = "sent"  # the provider passed it on
    DELIVERED = "delivered"  # it is on the customer's device
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """News of one delivery: `external_id` is what `send` returned.

    With a `peer` and no id it is news of all that was sent to him until `at` (a watermark).
    """

    external_id: str
    state: ReceiptState
    at: datetime
    problem: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A number's wish to get nothing any more that is not owed; `again`: to get it after all."""

    peer: str
    at: datetime
    word: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class TalkNews:
    """The talk with `peer` is in another state at the provider now; where `after` is given, only if it was in those."""

    peer: str
    state: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What one stored body comes to. `pull`: there is news to be asked for (see `Pulls`), `hint` goes along."""

    arrivals: tuple[Arrival, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    calls: tuple[CallEvent, ...] = ()
    readings: tuple[Reading, ...] = ()
    pull: bool = False
    hint: str = ""
    talks: tuple[TalkNews, ...] = ()
    stops: tuple[Stop, ...] = ()


class SettingType(StrEnum):
    TEXT = "text"
    SECRET = "secret"  # noqa: S105  # sealed, never shown again
    LONG = "long"
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing an administrator fills in. `label`, `help` and the words of `choices` are lazy translations."""

    name: str
    label: Any
    type: SettingType = SettingType.TEXT
    required: bool = False
    help: Any = ""
    initial: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of channel is, for the settings page and for whoever sends.

    `group`: messaging, phone, devices, sms, staff. `via` is a value of tickets.Via, "" where it brings no tickets.
    `abroad`: it carries personal data out of the country: an administrator records the lawful basis before it is on.
    `window`: when and how often one may speak. `longest` is the most characters of one message, 0 for no limit.
    `hook`: providers call it at /hooks/<code>/. `states` are those a talk may be in at the provider, with their words;
    in those of `silent` the provider lets nobody but itself speak. `templates_only`: nothing but approved templates
    leaves by it.
    """

    kind: str
    name: Any
    group: str
    via: str = ""
    settings: tuple[Setting, ...] = ()
    window: Window = ALWAYS
    longest: int = 0
    abroad: bool = False
    hook: bool = True
    sends: bool = True
    templates_only: bool = False
    guide: Any = ""  # how to connect it: a few sentences, with what to enter at the provider's
    states: tuple[tuple[str, Any], ...] = ()
    silent: tuple[str, ...] = ()


@runtime_checkable
class Adapter(Protocol):
    """One provider's protocol. One instance serves all channels of its kind, from several threads."""

    profile: ClassVar[Profile]

    def verify(self, account: Account, hook: Hook) -> Checked:
        """Raises Rejected for what is forged, replayed late or not to be read."""
        ...

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """What a stored body says; an empty `Heard` for what is of no interest. ValueError: it cannot be read."""
        ...

    def send(self, account: Account, out: Outgoing) -> str:
        """Delivers once; the provider's id. Raises ChannelError."""
        ...

    def probe(self, account: Account, to: str) -> str:
        """Tries whether the settings work, sending a word to `to` where one is given; what the provider said."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """News that was asked for: bodies to keep (key, body), and the cursor from which to go on."""

    bodies: tuple[tuple[str, bytes], ...]
    cursor: str
    more: bool = False


@runtime_checkable
class Pulls(Protocol):
    """Asks its provider for news."""

    def pull(self, account: Account) -> Pulled: ...


@runtime_checkable
class Fetches(Protocol):
    """Fetches files that came as references. Raises ChannelError."""

    def fetch(self, account: Account, media: Media) -> File: ...


Keep = Callable[[Sequence[tuple[str, bytes]]], None]
"""Stores bodies (key, body) and returns when they are on disk; a known key changes nothing. Empty: all is well."""


@runtime_checkable
class Listens(Protocol):
    """Holds a connection over which bodies come (MQTT, AMI, ESL, long connections of 钉钉 and 飞书)."""

    def listen(self, account: Account, keep: Keep, stop: threading.Event) -> None:
        """Until `stop` is set, looking at it once a second at least. Raises ChannelError when the connection breaks."""
        ...
