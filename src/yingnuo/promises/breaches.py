"""Why was a promise broken, is it excused, and what was the customer told? The only writer of breach files.

The caller holds the transaction and the ticket's row lock; `journey.breaches` does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import texts
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry, Value
from yingnuo.people.roles import Actor, require
from yingnuo.promises import breach_reasons, links
from yingnuo.promises.breach_models import Breach, Evidence, ExcuseCode
from yingnuo.promises.breach_words import Follows
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import terms_of
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Attachment, Author, Message, Ticket, Via
from yingnuo.tickets.services import NewFile, NewMessage

LONGEST = 2_000
MOST_EVIDENCE = 20  # pieces that one reason can bring


@dataclass(frozen=True, slots=True)
class Given:
    """A reason with what shows it: messages and ledger rows of the same ticket by id, and files."""

    reason: str
    words: str = ""
    messages: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    files: tuple[NewFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """What the customer was told about a broken promise, and when."""

    follows: str
    next_at: datetime | None
    told_at: datetime


def of_promises(promises: Collection[int]) -> dict[int, Breach]:
    """The files of these promises by promise; those about which nothing was said yet have none."""
    return {b.promise_id: b for b in Breach.objects.filter(promise_id__in=promises)} if promises else {}


def word_of(promise_ids: Collection[int]) -> dict[int, Word]:
    """By promise what its customer was told; one query, none for no promises."""
    if not promise_ids:
        return {}
    rows = Breach.objects.filter(promise_id__in=promise_ids, told_at__isnull=False)
    return {b.promise_id: Word(b.follows, b.next_at, b.told_at) for b in rows if b.told_at is not None}


def is_broken(promise: Promise, *, now: datetime) -> bool:
    """Whether the due moment passed unmet, noticed by a worker or not yet."""
    late = promise.ended_at is None and promise.due_at is not None and promise.due_at < now
    return promise.broken_at is not None or late


def may_tell(promise: Promise) -> bool:
    """Whether the customer knows of this promise at all: what teams promise each other is not his."""
    return terms_of(promise.terms_id).agreement == "sla"


def may_ask(actor: Actor, promise: Promise, ticket: Ticket) -> bool:
    """Whether this actor may ask for an excuse: whoever held it at the breach, holds it now, or leads."""
    holds = actor.kind == "staff" and actor.id in (promise.agent_id, ticket.agent_id)
    return actor.may("breach.reason") and (holds or actor.may("breach.list"))


def may_decide(actor: Actor, promise: Promise, breach: Breach) -> bool:
    """Whether this actor may decide: a person with the verb who neither asked nor held it at the breach."""
    another = actor.id not in (breach.asked_by_id, promise.agent_id)
    return actor.kind == "staff" and actor.may("breach.excuse") and another


def of_ticket(ticket: Ticket, promise_id: int) -> Promise:
    """The promise of a (locked) ticket; NotFound when it is none of its own."""
    found = Promise.objects.filter(pk=promise_id, ticket=ticket).first()
    if found is None:
        raise NotFound(_("There is no such promise."), code="promise_not_found")
    found.ticket = ticket
    return found


def _file(promise: Promise, now: datetime) -> Breach:
    """The promise's file, made with the link that used the time where there is none; Conflict unless it is broken."""
    if not is_broken(promise, now=now):
        raise Conflict(_("This promise is not broken."), code="not_broken")
    found = Breach.objects.select_for_update().filter(promise=promise).first()
    if found is not None:
        return found
    new, link = Breach(promise=promise, version=0), links.chain_of(promise, now=now).culprit
    if link is not None:
        new.culprit_team_id, new.culprit_used, new.culprit_agreement = link.team, link.used, link.agreement
        new.culprit_budget = link.budget
        new.culprit_spent = link.spent if link.budget is not None else None
    new.save(force_insert=True)
    return new


def _seen(breach: Breach, version: int | None) -> None:
    """Conflict when the writer has read another state of the file than this one; None: he did not say which."""
    if version is not None and version != breach.version:
        raise Conflict(_("Somebody changed this meanwhile. Read it again first."), code="breach_changed")


def _store(actor: Actor, breach: Breach, fields: Sequence[str], entry: Entry, now: datetime) -> Breach:
    """Compare and set: nobody else's change is ever overwritten."""
    values = {name: getattr(breach, name) for name in fields}
    rows = Breach.objects.filter(pk=breach.pk, version=breach.version)
    if not rows.update(**values, version=F("version") + 1):
        raise Conflict(_("Somebody changed this meanwhile. Read it again first."), code="breach_changed")
    breach.version += 1
    ledger.record(actor, [entry], now=now)
    return breach


def _entry(code: Code, promise: Promise, **more: Value) -> Entry:
    return Entry(code, promise.ticket_id, f"promise:{promise.pk}", {"milestone": promise.milestone, **more})


def _person(actor: Actor) -> int | None:
    return actor.id if actor.kind == "staff" else None


def _tidy(text: str, field: str, *, needed: bool) -> str:
    kept = texts.keepable(text).strip()
    if needed and not kept:
        raise Invalid(_("Say it in words."), fields={field: _("Say it in words.")})
    if len(kept) > LONGEST:
        problem = _("At most 2,000 characters.")
        raise Invalid(problem, fields={field: problem})
    return kept


def give_reason(actor: Actor, *, promise: Promise, given: Given, version: int | None = None, now: datetime) -> Breach:
    """Says why the promise was broken, or says it better; what was shown before stays.

    Conflict once an excuse was granted for the reason, when the promise is not broken, or when `version` is an old one.
    """
    require(actor, "breach.reason")
    reason = breach_reasons.known().get(given.reason)
    breach = _file(promise, now)
    if reason is None or not (reason.active or reason.code == breach.reason):
        raise Invalid(_("Choose a reason from the list."), fields={"reason": _("Choose a reason from the list.")})
    _seen(breach, version)
    if breach.excuse == ExcuseCode.GRANTED:
        raise Conflict(_("The excuse was granted for this reason; it stays."), code="excuse_granted")
    breach.reason, breach.words = reason.code, _tidy(given.words, "words", needed=reason.needs_words)
    breach.reason_by_id, breach.reason_at = _person(actor), now
    pieces = _evidence(actor, breach, promise, given, now)
    entry = _entry(Code.BREACH_REASON_GIVEN, promise, reason=reason.code, evidence=pieces)
    return _store(actor, breach, ("reason", "words", "reason_by_id", "reason_at"), entry, now)


def _evidence(actor: Actor, breach: Breach, promise: Promise, given: Given, now: datetime) -> int:
    """Keeps what shows the reason; the number of pieces. Files hang on a note of the ticket, as all its files do."""
    if len(given.messages) + len(given.events) + len(given.files) > MOST_EVIDENCE:
        raise Invalid(_("At most 20 pieces of evidence at once."), fields={"evidence": _("At most 20 at once.")})
    messages, events = sorted(set(given.messages)), sorted(set(given.events))
    there = Message.objects.filter(pk__in=messages, ticket=promise.ticket_id).count() if messages else 0
    rows = Event.objects.filter(pk__in=events, ticket_id=promise.ticket_id).count() if events else 0
    if there + rows < len(messages) + len(events):
        problem = _("Choose evidence from this ticket.")
        raise Invalid(problem, fields={"evidence": problem})
    files = _keep(actor, promise, given, now) if given.files else []
    pieces = [
        *(Evidence(message_id=pk) for pk in messages), *(Evidence(event_id=pk) for pk in events),
        *(Evidence(attachment_id=pk) for pk in files),
    ]  # fmt: skip
    for piece in pieces:
        piece.breach, piece.added_by_id, piece.added_at = breach, _person(actor), now
    Evidence.objects.bulk_create(pieces, ignore_conflicts=True)
    return len(pieces)


def _keep(actor: Actor, promise: Promise, given: Given, now: datetime) -> list[int]:
    require(actor, "ticket.note")
    said = NewMessage(
        ticket=promise.ticket_id, author=Author.STAFF, text=given.words, via=Via.API if actor.kind == "token" else
        promise.ticket.via, public=False, staff=_person(actor), files=given.files,
    )  # fmt: skip
    [note] = tickets.say_many(actor, said=[said], now=now)
    return list(Attachment.objects.filter(message=note).order_by("pk").values_list("pk", flat=True))


def ask_excuse(actor: Actor, *, promise: Promise, words: str, version: int | None = None, now: datetime) -> Breach:
    """Asks that the breach be excused, with a reason; again after a refusal, when there is something new to say."""
    require(actor, "breach.reason")
    if not may_ask(actor, promise, promise.ticket):
        raise NotAllowed(_("Only its holder or a lead asks for an excuse."), code="not_holder", verb="breach.list")
    breach = _file(promise, now)
    _seen(breach, version)
    if not breach.reason:
        raise Conflict(_("Give the reason of the breach first."), code="reason_first")
    if breach.excuse not in (ExcuseCode.NONE, ExcuseCode.REFUSED):
        raise Conflict(_("An excuse was asked for already."), code="excuse_asked")
    breach.excuse, breach.excuse_words = ExcuseCode.ASKED, _tidy(words, "words", needed=True)
    breach.asked_by_id, breach.asked_at = _person(actor), now
    breach.decision, breach.decided_by_id, breach.decided_at = "", None, None
    fields = ("excuse", "excuse_words", "asked_by_id", "asked_at", "decision", "decided_by_id", "decided_at")
    return _store(actor, breach, fields, _entry(Code.BREACH_EXCUSE_ASKED, promise), now)


def decide(
    actor: Actor, *, promise: Promise, verdict: str, note: str, version: int | None = None, now: datetime
) -> Breach:
    """Grants or refuses the excuse asked for (`verdict`: granted, refused); a refusal says why.

    NotAllowed for who asked, for who held the promise when it broke, and for programs: another person decides.
    """
    require(actor, "breach.excuse")
    if verdict not in (ExcuseCode.GRANTED, ExcuseCode.REFUSED):
        raise Invalid(_("Grant it or refuse it."), fields={"verdict": _("Grant it or refuse it.")})
    breach = _file(promise, now)
    if not may_decide(actor, promise, breach):
        raise NotAllowed(
            _("Another person decides: not who asked, nor who held the promise."), code="not_another",
            verb="breach.excuse",
        )  # fmt: skip
    _seen(breach, version)
    if breach.excuse != ExcuseCode.ASKED:
        raise Conflict(_("No excuse waits to be decided."), code="no_excuse_asked")
    breach.excuse, breach.decision = verdict, _tidy(note, "note", needed=verdict == ExcuseCode.REFUSED)
    breach.decided_by_id, breach.decided_at = _person(actor), now
    entry = _entry(Code.BREACH_EXCUSE_DECIDED, promise, decision=verdict)
    return _store(actor, breach, ("excuse", "decision", "decided_by_id", "decided_at"), entry, now)


def told(actor: Actor, *, promise: Promise, message: Message, follows: Follows, now: datetime) -> Breach:
    """The customer was told by this message that the promise was broken, and what follows."""
    require(actor, "ticket.reply")
    breach = _file(promise, now)
    if not may_tell(promise):
        raise Conflict(_("The customer was not promised this; do not tell him of it."), code="not_promised_to_him")
    breach.follows, breach.next_at = _tidy(follows.words, "follows", needed=False), _ahead(follows.next_at, now)
    breach.told_message_id, breach.told_by_id, breach.told_at = message.pk, _person(actor), now
    again = breach.next_at.isoformat() if breach.next_at else None
    entry = _entry(Code.CUSTOMER_TOLD, promise, message=message.pk, next=again)
    fields = ("follows", "next_at", "told_message_id", "told_by_id", "told_at")
    return _store(actor, breach, fields, entry, now)


def _ahead(at: datetime | None, now: datetime) -> datetime | None:
    if at is not None and at <= now:
        raise Invalid(_("Choose a moment in the future."), fields={"next": _("Choose a moment in the future.")})
    return at
