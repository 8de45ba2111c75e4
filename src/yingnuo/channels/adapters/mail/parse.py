"""What did a mail bring? From raw bytes (RFC 5322, or what passes for it) to one `Arrival`.

Nothing is refused and nothing raises: what cannot be understood becomes a request whose text is the raw mail, with a
note. The caller keeps the raw bytes; they stay the proof.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from datetime import datetime

from yingnuo.channels.adapters.mail import body as bodies
from yingnuo.channels.adapters.mail import charsets, headers, kinds, mime, visible
from yingnuo.channels.contract import Arrival, ArrivalKind

Hint = Callable[[tuple[str, ...], str], int | None]

_SANE_ID = re.compile(r"<[\x21-\x7e]{1,250}@[\x21-\x7e]{1,250}>\Z")
_LONGEST_ID = 255
_RECIPIENT_HEADERS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")
_SENDER_HEADERS = ("from", "sender", "reply-to", "return-path", "x-envelope-from")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}\Z")


def no_hint(recipients: tuple[str, ...], subject: str) -> int | None:
    """For channels whose addresses and subjects name no ticket."""
    return None


def parse(raw: bytes, *, received_at: datetime, own_addresses: Collection[str] = (), hint: Hint = no_hint) -> Arrival:
    """Understand one raw mail. Never raises, whatever the bytes.

    `own_addresses`: our mailboxes; a mail from one of them is a loop. `hint(recipients, subject)` names the ticket
    that a signed reply address or the subject refers to. `external_id` is the Message-ID when there is a sane one,
    else "sha256:" and the digest of the bytes. Times are aware UTC.
    """
    survey = mime.Survey()
    try:
        return _understand(raw, received_at, own_addresses, hint, survey)
    except Exception as error:  # noqa: BLE001  the boundary: no mail may be lost to a fault of ours; the note tells
        survey.note("unreadable")
        survey.note(f"fault_{type(error).__name__}")
        return _unreadable(raw, received_at, survey)


def _unreadable(raw: bytes, received_at: datetime, survey: mime.Survey) -> Arrival:
    text = headers.clean(charsets.decode(raw[: bodies.LONGEST_TEXT]).text)
    return Arrival(_digest(raw), received_at, text=text, notes=tuple(survey.notes))


def _understand(
    raw: bytes, received_at: datetime, own_addresses: Collection[str], hint: Hint, survey: mime.Survey
) -> Arrival:
    mail = mime.split(raw, survey)
    sender = _sender(mail, survey)
    recipients = _recipients(mail)
    subject = mail.text("subject")
    verdict = kinds.recognise(mail, own_addresses)
    found = bodies.collect(mail, survey)
    words = _words(raw, mail, found, survey)
    split = visible.split(words)
    message_id = _message_id(mail)
    references = _references(mail, verdict)
    ticket = hint(recipients, subject)
    _check_date(mail, survey)
    return Arrival(
        external_id=message_id or _digest(raw),
        received_at=received_at,
        kind=_with_reply(verdict.kind, references, ticket),
        subject=subject,
        text=words if verdict.kind in (ArrivalKind.BOUNCE, ArrivalKind.REPORT) else split.visible,
        quoted="" if verdict.kind in (ArrivalKind.BOUNCE, ArrivalKind.REPORT) else split.folded,
        html=found.html(),
        sender_name=sender.name,
        sender_address=sender.address,
        recipients=recipients,
        message_id=message_id,
        references=references,
        ticket_hint=ticket,
        files=tuple(found.files),
        language=_language(mail),
        notes=(*survey.notes, *verdict.notes),
        fields=_fields(mail, sender, verdict),
    )


def _with_reply(kind: ArrivalKind, references: tuple[str, ...], ticket: int | None) -> ArrivalKind:
    if kind is ArrivalKind.REQUEST and (references or ticket is not None):
        return ArrivalKind.REPLY
    return kind


def _words(raw: bytes, mail: mime.Part, found: bodies.Body, survey: mime.Survey) -> str:
    """The words of the mail; where there are none and no file, the raw body, so that nothing looks empty by fault."""
    words = found.text()
    if words.strip() or found.files:
        return words
    rest = mail.raw[mail.start : min(mail.end, mail.start + bodies.LONGEST_TEXT)]
    if "tnef" in survey.notes or (not rest.strip() and mail.fields):  # nothing in a winmail.dat: its bytes say nothing
        survey.note("empty")
        return ""
    survey.note("raw_text")
    return headers.clean(charsets.decode(rest if rest.strip() else raw[: bodies.LONGEST_TEXT]).text)


def _sender(mail: mime.Part, survey: mime.Survey) -> headers.Mailbox:
    """Who wrote it: From, or the nearest thing to it."""
    for name in _SENDER_HEADERS:
        found = headers.mailboxes(mail.first(name))
        if found:
            if name != "from":
                survey.note("no_from")
            return found[0]
    survey.note("no_from")
    return headers.Mailbox(mail.text("from")[:200], "")


def _recipients(mail: mime.Part) -> tuple[str, ...]:
    found = (box.address for name in _RECIPIENT_HEADERS for value in mail.all(name) for box in headers.mailboxes(value))
    return tuple(dict.fromkeys(found))[:500]


def _message_id(mail: mime.Part) -> str:
    found = headers.message_ids(mail.first("message-id"))
    return found[0] if found and len(found[0]) <= _LONGEST_ID and _SANE_ID.match(found[0]) else ""


def _references(mail: mime.Part, verdict: kinds.Verdict) -> tuple[str, ...]:
    """Nearest first: what a report is about, In-Reply-To, then References from its end."""
    found = [verdict.original_id] if verdict.original_id else []
    found += headers.message_ids(mail.first("in-reply-to"))
    found += reversed(headers.message_ids(mail.first("references")))
    return tuple(dict.fromkeys(found))[:100]


def _check_date(mail: mime.Part, survey: mime.Survey) -> None:
    if headers.date(mail.first("date")) is None:
        survey.note("bad_date" if mail.first("date") else "no_date")


def _language(mail: mime.Part) -> str:
    first = mail.text("content-language").partition(",")[0].strip()
    return first if _LANGUAGE.match(first) else ""


def _fields(mail: mime.Part, sender: headers.Mailbox, verdict: kinds.Verdict) -> tuple[tuple[str, str], ...]:
    """Facts for the ledger that have no place of their own."""
    reply_to = headers.mailboxes(mail.first("reply-to"))[:1]
    answer = reply_to[0].address if reply_to and reply_to[0].address != sender.address else ""
    facts = (("reply_to", answer), ("bounce_recipient", verdict.recipient), ("bounce_status", verdict.status))
    return tuple((name, value) for name, value in facts if value)


def _digest(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
