"""Which ticket does an arriving message belong to, and how sure is that?

In this order: a signed ticket hint (reply address, portal, chat session), then the Message-IDs it refers to, nearest
first. The subject alone never joins two messages, because "Re: invoice" comes from everybody; `normal_subject` serves
to suggest, not to decide. Somebody unknown to the ticket joins only by a signed hint, so that a guessed Message-ID
opens nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: A ticket closed longer ago than this is not opened again: 14 days of seconds.
REOPEN_WITHIN = 14 * 86_400


class Code(StrEnum):
    """What was decided about an arrival."""

    HINTED = "hinted"
    REFERRED = "referred"
    FOLLOWS_CLOSED = "follows_closed"
    STRANGER = "stranger"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Known:
    """What must be known of a ticket: its id, who takes part (addresses), and since when it is closed (or None)."""

    ticket: str
    people: Collection[str]
    closed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """`ticket` is the ticket to append to, "" for a new one; `related` the one a new ticket is to be linked to."""

    code: Code
    ticket: str = ""
    related: str = ""


def thread_of(
    *,
    hint: str,
    references: Sequence[str],
    sender: str,
    tickets: Mapping[str, Known],
    by_reference: Mapping[str, str],
    at: int,
    reopen_within: int = REOPEN_WITHIN,
) -> Thread:
    """Decide for one arrival.

    `hint` is a ticket id whose signature was checked ("" for none). `references` are Message-IDs in the order of the
    header (oldest first, In-Reply-To last); `by_reference` maps those known to ticket ids, `tickets` ticket ids to what
    is known of them. `at` is the instant of the arrival in epoch seconds.
    """
    if hint in tickets:
        return _join(tickets[hint], Code.HINTED, at, reopen_within)
    named = (by_reference.get(reference, "") for reference in reversed(references))
    ticket = next((tickets[one] for one in named if one in tickets), None)
    if ticket is None:
        return Thread(Code.NEW)
    if sender.casefold() not in {person.casefold() for person in ticket.people}:
        return Thread(Code.STRANGER, related=ticket.ticket)
    return _join(ticket, Code.REFERRED, at, reopen_within)


def _join(ticket: Known, code: Code, at: int, reopen_within: int) -> Thread:
    if ticket.closed_at is not None and at - ticket.closed_at > reopen_within:
        return Thread(Code.FOLLOWS_CLOSED, related=ticket.ticket)
    return Thread(code, ticket=ticket.ticket)


# Words that mail programs put before a subject: English, Chinese, Japanese, Korean, German, French, Spanish and the
# Italian, Dutch, Polish, Nordic, Portuguese and Turkish ones that differ from these.
_WORDS = (
    "re|aw|antw|sv|vs|rv|res|r|odp|ynt|fw|fwd|wg|tr|enc|i|vb|"
    "回复|回覆|答复|答覆|转发|轉寄|转寄|轉發|自动回复|自動回覆|返信|転送|회신|전달"
)
_PREFIX = re.compile(rf"^\s*(?:{_WORDS})\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*:\s*", re.IGNORECASE)
_LIST_TAG = re.compile(r"^\s*\[(?:ext|external|外部|外部邮件)\]\s*", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """The subject without reply and forward words, as a person would write it anew."""
    plain = unicodedata.normalize("NFC", subject)
    while (shorter := _LIST_TAG.sub("", _PREFIX.sub("", plain))) != plain:
        plain = shorter
    return " ".join(plain.split())


def normal_subject(subject: str) -> str:
    """The subject without reply and forward words, folded for comparing: width, case and white space do not count."""
    plain = unicodedata.normalize("NFKC", subject)
    while (shorter := _LIST_TAG.sub("", _PREFIX.sub("", plain))) != plain:
        plain = shorter
    return " ".join(plain.split()).casefold()
