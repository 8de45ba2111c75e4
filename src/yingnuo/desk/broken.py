"""What do the desk's pages say about broken promises: which lack a reason, what is in a file, what is told?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk import faces, sentences
from yingnuo.desk.access import DeskRequest
from yingnuo.desk.choices import Names
from yingnuo.desk.filters import number
from yingnuo.kit.errors import Invalid
from yingnuo.ledger.models import Event
from yingnuo.promises import breach_reasons, breach_words, breaches
from yingnuo.promises.breach_models import Breach, Evidence, ExcuseCode
from yingnuo.promises.breach_words import NOTHING_SAID, Follows
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

_TONES = {ExcuseCode.ASKED.value: "orange", ExcuseCode.GRANTED.value: "green", ExcuseCode.REFUSED.value: "gray"}
_EXCUSES = {
    "asked": gettext_lazy("excuse asked"), "granted": gettext_lazy("excused"), "refused": gettext_lazy("not excused"),
}  # fmt: skip
LONGEST_FOLLOWS = 500
SNIPPET = 90


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A broken promise about which nobody has said why."""

    promise: int
    label: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence; `href` "" when there is nothing to open."""

    icon: str
    text: str
    href: str
    file: bool


@dataclass(frozen=True, slots=True)
class File:
    """A breach file as a page shows it; of a promise without one everything but `promise` is empty."""

    promise: int
    version: int = 0
    code: str = ""
    reason: str = ""
    words: str = ""
    reason_by: str = ""
    reason_at: datetime | None = None
    excuse: str = "none"
    excuse_word: str = ""
    excuse_tone: str = "gray"
    excuse_words: str = ""
    asked_by: str = ""
    asked_at: datetime | None = None
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    follows: str = ""
    next_at: datetime | None = None
    told_by: str = ""
    told_at: datetime | None = None
    evidence: tuple[Piece, ...] = ()


def unexplained(promises: Sequence[Promise], files: Sequence[Breach], *, now: datetime) -> list[Unexplained]:
    """Those of a ticket's promises that are broken and have no reason; `files` are their breach files."""
    broken = [p for p in promises if breaches.is_broken(p, now=now)]
    said = {b.promise_id for b in files if b.reason}
    return [Unexplained(p.pk, faces.milestone(p.milestone)) for p in broken if p.pk not in said]


def file_of(promise: Promise, names: Names, *, now: datetime) -> File | None:
    """The file of a promise, an empty one where there is none yet; None of one that is not broken."""
    if not breaches.is_broken(promise, now=now):
        return None
    found = Breach.objects.filter(promise=promise).first()
    return shown(found, names) if found else File(promise.pk)


def shown(b: Breach, names: Names) -> File:
    """A file with names and words; one query for the evidence, more only where there is some."""
    return File(
        b.promise_id, b.version, b.reason, breach_reasons.word(b.reason), b.words, _who(names, b.reason_by_id),
        b.reason_at, b.excuse, excuse(b.excuse), excuse_tone(b.excuse), b.excuse_words, _who(names, b.asked_by_id),
        b.asked_at, b.decision, _who(names, b.decided_by_id), b.decided_at, b.follows, b.next_at,
        _who(names, b.told_by_id), b.told_at, _evidence(b, names),
    )  # fmt: skip


def excuse(code: str) -> str:
    """The word for the state of an excuse, "" when none was asked."""
    return str(_EXCUSES.get(code, ""))


def excuse_tone(code: str) -> str:
    """Its colour."""
    return _TONES.get(code, "gray")


def _who(names: Names, pk: int | None) -> str:
    return names.person(pk) or _("Program")


def _evidence(b: Breach, names: Names) -> tuple[Piece, ...]:
    rows = list(b.evidence.select_related("attachment", "message").order_by("pk"))
    asked = [e.event_id for e in rows if e.event_id]
    events = {e.pk: e for e in Event.objects.filter(pk__in=asked)} if asked else {}
    return tuple(_piece(e, events, names) for e in rows)


def _piece(e: Evidence, events: dict[int, Event], names: Names) -> Piece:
    if e.attachment is not None:
        return Piece("paperclip", e.attachment.name, reverse("desk:attachment", args=[e.attachment.pk]), True)
    if e.message is not None:
        return Piece("message", snippet(e.message.text), reverse("desk:ticket", args=[e.message.ticket_id]), False)
    event = events.get(e.event_id or 0)
    return Piece("history", sentences.line(event, names).what if event else "—", "", False)


def snippet(text: str) -> str:
    """The beginning of a message, in one line."""
    return Truncator(" ".join(text.split())).chars(SNIPPET) or "—"


def told_of(said: QueryDict) -> tuple[int, Follows]:
    """Of which broken promise an answer tells (0: of none), and what follows; Invalid for what is no moment."""
    promise = number(said.get("tell", "")) or 0
    if not promise:
        return 0, NOTHING_SAID
    return promise, Follows(said.get("follows", "").strip()[:LONGEST_FOLLOWS], _moment(said.get("next", "")))


def _moment(text: str) -> datetime | None:
    """A moment as a form's field writes it, in the reader's zone; None for none."""
    if not text.strip():
        return None
    try:
        parsed = parse_datetime(text)
    except ValueError:
        parsed = None
    if parsed is None:
        raise Invalid(_("This is no moment."), fields={"next": _("This is no moment.")})
    return timezone.make_aware(parsed) if timezone.is_naive(parsed) else parsed


def telling(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    """What the composer needs to tell of a broken promise that the address names; nothing where it names none.

    A form that was posted comes back with it only when its writer is asked something first.
    """
    asked = request.GET if request.method in ("GET", "HEAD") else QueryDict()
    return telling_of(asked, ticket)


def telling_of(asked: QueryDict, ticket: Ticket) -> dict[str, Any]:
    """The same, of what was said by an address or by a form."""
    promise_id, follows = told_of(asked)
    promise = Promise.objects.filter(pk=promise_id, ticket=ticket).first() if promise_id else None
    if promise is None or not breaches.may_tell(promise):
        return {}
    words = {name: asked.get(name, "") for name in ("tell", "follows", "next")}
    told = {"promise": promise.pk, "label": faces.milestone(promise.milestone), **words}
    return {
        "telling": told, "kept": breach_words.draft(promise, ticket, follows),
        "here": f"{reverse('desk:ticket', args=[ticket.pk])}?{urlencode(words)}",
    }  # fmt: skip
