"""How does a raw mail become a ticket, a reply, or a note that something automatic came?

The raw mail is stored before anybody looks at it (channels.accept.keep); here it is understood and taken in. Whatever
fails on the way, the mail is not lost: it becomes a ticket with its raw text, and where even that fails it stays
`failed` with its problem and is tried again. No two processes take the same mail in (channels.claims).
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import structlog
from django.conf import settings
from django.db.models import Q

from yingnuo.channels import accept, claims, post, smtp_in
from yingnuo.channels.adapters.mail.parse import parse
from yingnuo.channels.contract import Arrival, ArrivalKind
from yingnuo.channels.models import Channel, ChannelKind, Raw, RawState
from yingnuo.journey import intake, origins
from yingnuo.journey.incoming import Incoming
from yingnuo.journey.origins import Origin
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Ticket, Via

_log = structlog.get_logger(__name__)
_TNEF = b"\x78\x9f\x3e\x22"  # how a winmail.dat begins (MS-OXTNEF 2.1.3.1)
_MARKUP = re.compile(rb"\s*<(?:[!?]|[A-Za-z][A-Za-z0-9]*[\s/>])")
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{0,60}[ \t]*:|From \S+@)")
_LONGEST_RAW_TEXT = 100_000
AGAIN_EVERY = timedelta(minutes=1)  # how often a mail that failed is tried again
LONGEST_SLEEP_S = 0.5
BATCH = 25  # mails of one transaction at most
_PERSON = (ArrivalKind.REQUEST, ArrivalKind.REPLY)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a raw mail.

    `outcome`: ticket, reply, auto_reply, bounce, report, duplicate, or failed. `why` tells how the ticket was found:
    reply_address, subject_number, own_message_id, reference, unknown_reference, same_message, nothing.
    """

    raw: Raw
    arrival: Arrival
    outcome: str
    ticket: int | None
    why: str
    problem: str = ""


def take(raw: Raw, *, now: datetime) -> Told | None:
    """Takes a stored raw mail in; waits for another process that is at it. None when it has been taken in already."""
    with claims.claimed(raw.pk, wait=True):
        raw.refresh_from_db(fields=["state"])
        return None if raw.state == RawState.TAKEN else _take(raw, now)


def take_waiting(*, state: str = RawState.STORED, most: int = 50, now: datetime) -> int:
    """Takes in what lies stored (or failed, when that is asked for), oldest first; how many were tried.

    What another process is at is passed over.
    """
    kinds = Q(channel__kind__in=[ChannelKind.MAIL, ChannelKind.FILES])
    ids = list(Raw.objects.filter(kinds, state=state).order_by("id").values_list("pk", flat=True)[:most])
    size = BATCH if state == RawState.STORED else 1  # what failed before is tried by itself
    return sum(_take_free(ids[n : n + size], state, now) for n in range(0, len(ids), size))


def _take_free(ids: Sequence[int], state: str, now: datetime) -> int:
    with claims.claimed_of(ids) as mine:
        rows = list(Raw.objects.select_related("channel").filter(pk__in=mine, state=state).order_by("id"))
        own = _own_addresses() if rows else []
        for group in _apart([_read(raw, own) for raw in rows]):
            _take_group(group, now)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Mail:
    """A raw mail and what it says."""

    raw: Raw
    arrival: Arrival
    origin: Origin

    @property
    def incoming(self) -> Incoming:
        return Incoming(self.raw, self.arrival, origin=self.origin)


def _read(raw: Raw, own: Collection[str]) -> _Mail:
    return _Mail(raw, *origins.of(raw, understand(raw, own), own))


def _apart(mails: Sequence[_Mail]) -> Iterator[list[_Mail]]:
    """Mails that may be taken in together: none is the same as, or an answer to, one before it in its group."""
    group: list[_Mail] = []
    known: set[str] = set()
    for mail in mails:
        a = mail.arrival
        if known & {a.message_id, *a.references}:
            yield group
            group, known = [], set()
        group.append(mail)
        known |= {a.message_id} - {""}
    if group:
        yield group


def _take_group(mails: Sequence[_Mail], now: datetime) -> None:
    """All in one transaction; one by one when that fails, so that one bad mail is alone with its fault."""
    fresh = [mail for mail in mails if not _is_duplicate(mail)]
    if len(fresh) > 1:
        try:
            intake.take(SYSTEM, via=Via.MAIL, incoming=[mail.incoming for mail in fresh], now=now)
        except Exception as error:  # the boundary, as below
            if claims.is_away(error):
                raise
            _log.warning("mail.batch_apart", count=len(fresh), problem=f"{type(error).__name__}: {error}"[:300])
        else:
            return
    for mail in fresh:
        _take_one(replace(mail, raw=Raw.objects.select_related("channel").get(pk=mail.raw.pk)), now)


def _is_duplicate(mail: _Mail) -> Message | None:
    earlier = _taken_before(mail.arrival)
    if earlier is not None:
        mail.raw.outcome, mail.raw.ticket_id, mail.raw.message_id = "duplicate", earlier.ticket_id, earlier.pk
        accept.taken([mail.raw])
    return earlier


def _take(raw: Raw, now: datetime) -> Told:
    mail = _read(raw, _own_addresses())
    earlier = _is_duplicate(mail)
    if earlier is not None:
        return Told(raw, mail.arrival, "duplicate", earlier.ticket_id, "same_message")
    return _take_one(mail, now)


def _take_one(mail: _Mail, now: datetime) -> Told:
    raw, arrival = mail.raw, mail.arrival
    try:
        [taken] = intake.take(SYSTEM, via=Via.MAIL, incoming=[mail.incoming], now=now)
    except Exception as error:  # the boundary: no mail may be lost to a fault of ours
        if claims.is_away(error):
            raise  # the mail is as good as before, and is taken in when the database is back
        return _salvage(raw, arrival, error, now)
    return Told(raw, arrival, taken.outcome, taken.ticket, _why(arrival, taken.outcome, taken.ticket))


def _taken_before(arrival: Arrival) -> Message | None:
    """The same mail, come by another mailbox or file: same Message-ID, same sender, same words, same files."""
    if not (arrival.message_id and arrival.sender_address) or arrival.kind not in _PERSON:
        return None
    rows = Message.objects.filter(
        message_id=arrival.message_id, text=arrival.text, contact__email__iexact=arrival.sender_address
    )
    files = sorted(hashlib.sha256(f.data).hexdigest() for f in arrival.files)
    return next((m for m in rows if sorted(m.attachments.values_list("sha256", flat=True)) == files), None)


def _salvage(raw: Raw, arrival: Arrival, error: Exception, now: datetime) -> Told:
    """A ticket with the raw text in the place of what could not be taken in; what is automatic waits instead."""
    problem = f"{type(error).__name__}: {error}"
    _log.error("mail.not_taken", raw=raw.pk, problem=problem[:300], exc_info=error)
    if arrival.kind in _PERSON:
        plain = _plain(raw, arrival)
        try:
            [taken] = intake.take(SYSTEM, via=Via.MAIL, incoming=[Incoming(raw, plain)], now=now)
        except Exception as again:  # as above; the raw mail stays, with its problem
            if claims.is_away(again):
                raise
            problem = f"{problem}; {type(again).__name__}: {again}"
        else:
            _note(raw, taken.ticket, problem, now)
            return Told(raw, plain, taken.outcome, taken.ticket, "nothing", problem)
    if raw.state != RawState.FAILED:
        _note(raw, None, problem, now)
    accept.failed(raw, problem)
    return Told(raw, arrival, "failed", None, "nothing", problem)


def _note(raw: Raw, ticket: int | None, problem: str, now: datetime) -> None:
    entry = Entry(Code.RAW_FAILED, ticket or 0, f"raw:{raw.pk}", {"raw": raw.pk, "problem": problem[:200]})
    ledger.record(SYSTEM, [entry], now=now)


def _plain(raw: Raw, arrival: Arrival) -> Arrival:
    """The least that every installation can store: raw text, and the sender where he is one."""
    text = bytes(raw.content[:_LONGEST_RAW_TEXT]).decode("utf-8", "replace").replace("\x00", "")
    sender = arrival.sender_address if arrival.sender_address.isascii() and len(arrival.sender_address) <= 254 else ""
    return Arrival(
        external_id=arrival.external_id,
        received_at=raw.received_at,
        subject=arrival.subject.replace("\x00", "")[:200],
        text=text,
        sender_address=sender,
        notes=(*arrival.notes, "taken_raw"),
    )


def understand(raw: Raw, own: Collection[str] | None = None) -> Arrival:
    """The arrival of a raw mail, with the ticket it names: by a signed reply address, or, for somebody who takes part
    in that ticket, by its number in the subject or by the Message-ID of a mail of ours; a bounce by the latter and the
    address we sent to."""
    ours = _own_addresses() if own is None else own
    arrival = parse(_as_mail(bytes(raw.content)), received_at=raw.received_at, own_addresses=ours, hint=_signed)
    if raw.channel.kind == ChannelKind.FILES:
        arrival = replace(arrival, notes=(*arrival.notes, "imported"))
    if arrival.kind is ArrivalKind.BOUNCE and arrival.ticket_hint is None:
        back = post.returned(arrival.references, dict(arrival.fields).get("bounce_recipient", ""))
        return replace(arrival, ticket_hint=back.message.ticket_id) if back else arrival
    if arrival.ticket_hint is None and (named := _named(arrival)):
        kind = ArrivalKind.REPLY if arrival.kind is ArrivalKind.REQUEST else arrival.kind
        return replace(arrival, ticket_hint=named, kind=kind)
    return arrival


def _signed(recipients: tuple[str, ...], subject: str) -> int | None:
    return links.hinted(recipients, "")


def _named(arrival: Arrival) -> int | None:
    """A number in a subject is no secret: it counts only from the ticket's own customer."""
    wanted = [links.hinted((), arrival.subject), *(own_ticket(r) for r in arrival.references)]
    for pk in dict.fromkeys(pk for pk in wanted if pk):
        if arrival.sender_address and Ticket.objects.filter(
            pk=pk, contact__email__iexact=arrival.sender_address
        ).exists():  # fmt: skip
            return pk
    return None


def own_ticket(message_id: str) -> int | None:
    """The ticket in a Message-ID of ours (`<yn-42-77@…>`, see channels.post); None for anybody else's."""
    parts = message_id.strip("<>").partition("@")[0].split("-")
    if len(parts) != 3 or parts[0] != "yn" or not parts[1].isascii() or not parts[1].isdigit() or len(parts[1]) > 18:
        return None
    return int(parts[1])


def _own_addresses() -> list[str]:
    boxes = Channel.objects.filter(kind=ChannelKind.MAIL)
    own = {address for box in boxes for address in smtp_in.addresses(box)} | {settings.DEFAULT_FROM_EMAIL.lower()}
    return sorted(own - {""})


def _as_mail(content: bytes) -> bytes:
    """The bytes of the mail. A bare winmail.dat is wrapped as the mail it once was in; words without any header, as
    people save them, get an empty header, so that their first line is not taken for one."""
    if content.startswith(_TNEF):
        wrapped = EmailMessage(policy=SMTP)
        wrapped["Subject"] = "winmail.dat"
        wrapped.add_attachment(content, maintype="application", subtype="ms-tnef", filename="winmail.dat")
        return wrapped.as_bytes()
    is_page = _MARKUP.match(content) is not None
    head = itertools.takewhile(bytes.strip, content[:8_000].lstrip().splitlines())
    if not is_page and any(_HEADER.match(line) for line in head):
        return content
    kind = b"html" if is_page else b"plain"
    return b"Content-Type: text/" + kind + b"\r\n\r\n" + content


def _why(arrival: Arrival, outcome: str, ticket: int | None) -> str:
    if ticket is not None and outcome != "ticket":
        return _joined_by(arrival, ticket)
    return "unknown_reference" if arrival.references else "nothing"


def _joined_by(arrival: Arrival, ticket: int) -> str:
    if _signed(arrival.recipients, ""):
        return "reply_address"
    if links.hinted((), arrival.subject) == arrival.ticket_hint is not None:
        return "subject_number"
    return "own_message_id" if arrival.ticket_hint else "reference"


class Round:
    """The work process's loop over stored mails: what waits at once, what failed once a minute."""

    def __init__(self) -> None:
        self._again_at: datetime | None = None

    def step(self) -> float:
        """One round; seconds to sleep: none while there is more."""
        now = instants.now()
        tried = take_waiting(now=now)
        if self._again_at is None or now >= self._again_at:
            self._again_at = now + AGAIN_EVERY
            take_waiting(state=RawState.FAILED, now=now)
        return 0.0 if tried else LONGEST_SLEEP_S
