"""What happens when something arrives?

arrival → person → thread or new ticket → rules and agent → promises → ledger → receipt, in one transaction for a whole
batch; the door that calls has parsed, the worker that follows delivers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yingnuo.brands import books as brands
from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, ArrivalKind
from yingnuo.channels.models import Raw
from yingnuo.engine import threads
from yingnuo.journey import dispatch, origins, reactions, receipts, replies_in, talking, work
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import bulk, revisions
from yingnuo.people import services as people
from yingnuo.people.models import Contact
from yingnuo.people.roles import Actor
from yingnuo.people.services import Caller
from yingnuo.promises import giving
from yingnuo.promises import services as promises
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.routing.services import Draft
from yingnuo.tickets import fields
from yingnuo.tickets import services as tickets
from yingnuo.tickets.fields import Fieldbook
from yingnuo.tickets.models import Author, Message, Ticket
from yingnuo.tickets.services import NewFile, NewMessage, NewTicket


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an arrival: ticket, reply, auto_reply, bounce or report.

    `opened` and `promises` are there when it opened a ticket.
    """

    raw: Raw
    outcome: str
    ticket: int | None = None
    message: int | None = None
    opened: Ticket | None = None
    promises: tuple[Promise, ...] = ()


Within = Callable[[Sequence[Taken]], None]
"""What else happens in the same transaction, once arrivals were taken in."""


def take(
    actor: Actor, *, via: str, incoming: Sequence[Incoming], within: Within | None = None, now: datetime
) -> list[Taken]:
    """Takes arrivals in, in order; all or none. What is automatic opens nothing and answers nothing."""
    with work.unit() as only_writing:
        results = take_locked(actor, via=via, incoming=incoming, now=now)
        if within is not None:
            within(results)
        only_writing()
        _told(results)
    return results


def take_within(actor: Actor, *, via: str, incoming: Sequence[Incoming], now: datetime) -> list[Taken]:
    """As `take`, inside the caller's unit of work."""
    results = take_locked(actor, via=via, incoming=incoming, now=now)
    _told(results)
    return results


def _told(results: Sequence[Taken]) -> None:
    accept.taken([r.raw for r in results if r.opened is None])
    reactions.came_in(results=[(r.ticket, r.outcome) for r in results])


def take_locked(actor: Actor, *, via: str, incoming: Sequence[Incoming], now: datetime) -> list[Taken]:
    """As `take`, inside the caller's transaction; raw rows of what opened nothing, and pages, are left to him."""
    talks = talking.begin(incoming, now=now)
    incoming = [talks.known(i) for i in incoming]
    homes = replies_in.threads_of(incoming, now=now)
    fresh = [i for i in incoming if homes[id(i)] is None and _by_person(i.arrival)]
    opened = dict(zip(map(id, fresh), _open(actor, via, fresh, now), strict=True))
    taken = [opened.get(id(i)) or _continue(actor, via, i, homes[id(i)], now) for i in incoming]
    talks.heard(incoming, taken)
    goes_on = [(i, t) for i, t in zip(incoming, taken, strict=True) if t.opened is None]
    origins.keep([i for i, _t in goes_on], [t for _i, t in goes_on])
    return taken


def _by_person(arrival: Arrival) -> bool:
    return arrival.kind in (ArrivalKind.REQUEST, ArrivalKind.REPLY)


def _continue(actor: Actor, via: str, i: Incoming, home: int | None, now: datetime) -> Taken:
    if not _by_person(i.arrival):
        ticket_id = replies_in.note_automatic(actor, i.arrival, home=home, now=now)
        return _taken(i.raw, i.arrival.kind.value, ticket_id, None)
    said = replies_in.add(actor, via=via, incoming=i, ticket_id=home or 0, now=now)
    return _taken(i.raw, "reply", said.ticket_id, said.pk)


def _taken(
    raw: Raw, outcome: str, ticket: int | None, message: int | None, opened: Ticket | None = None,
    promises: Sequence[Promise] = (),
) -> Taken:  # fmt: skip
    raw.outcome, raw.ticket_id, raw.message_id = outcome, ticket, message
    return Taken(raw, outcome, ticket, message, opened, tuple(promises))


def _open(actor: Actor, via: str, fresh: Sequence[Incoming], now: datetime) -> list[Taken]:
    if not fresh:
        return []
    revision = revisions.current()
    contacts = _contacts(fresh, now)
    drafts = [_draft(i, via, c) for i, c in zip(fresh, contacts, strict=True)]
    plans = dispatch.plan(drafts, revision=revision, now=now)
    plans = [dispatch.placed(plan, team=i.team, later=i.later) for plan, i in zip(plans, fresh, strict=True)]
    known, book = fields.book(revision), brands.at(revision)
    new = [_new_ticket(i, via, c, plan, known, book) for i, c, plan in zip(fresh, contacts, plans, strict=True)]
    drafted = [tickets.draft(n, now=now) for n in new]
    promised = promises.draft_for(drafted, handed_off=dispatch.specialists(revision), revision=revision, now=now)
    with bulk.reserved({Ticket: len(fresh), Message: len(fresh), Raw: len(fresh)} | giving.rows_of(promised)):
        made = tickets.open_many(actor, drafts=drafted, now=now)
        said = [_said(i, via, t) for i, t in zip(fresh, made, strict=True)]
        messages = tickets.say_many(actor, said=said, now=now)
        dispatch.record(actor, tickets=made, plans=plans, now=now)
        given = giving.store(actor, drafts=promised, now=now)
        taken = _all_taken(fresh, made, messages, given)
        accept.taken([t.raw for t in taken])
    origins.keep(fresh, taken)  # before receipts: they leave by the mailbox it came to
    receipts.queue(tickets=made, via=via, arrivals=[i.arrival for i in fresh], due=_answered_by(given), now=now)
    return taken


def _answered_by(given: Sequence[Promise]) -> dict[int, datetime]:
    """By when a person answers, by ticket."""
    return {p.ticket_id: p.due_at for p in given if p.milestone == MilestoneCode.FIRST_RESPONSE and p.due_at}


def _all_taken(
    fresh: Sequence[Incoming], made: Sequence[Ticket], messages: Sequence[Message], given: Sequence[Promise]
) -> list[Taken]:
    of: dict[int, list[Promise]] = {t.pk: [] for t in made}
    for p in given:
        of[p.ticket_id].append(p)
    return [_taken(i.raw, "ticket", t.pk, m.pk, t, of[t.pk]) for i, t, m in zip(fresh, made, messages, strict=True)]


def _contacts(fresh: Sequence[Incoming], now: datetime) -> list[Contact]:
    unknown = [i for i in fresh if i.contact is None]
    found = people.recognise([_caller(i.arrival) for i in unknown], now=now) if unknown else []
    by_arrival = dict(zip(map(id, unknown), found, strict=True))
    return [i.contact or by_arrival[id(i)] for i in fresh]


def _caller(a: Arrival) -> Caller:
    address = a.sender_address
    is_mail = "@" in address
    return Caller(
        name=a.sender_name,
        email=address if is_mail else "",
        handle="" if is_mail else address,
        phone=a.sender_phone,
        language=a.language,
        region=a.region,
    )


def _draft(i: Incoming, via: str, contact: Contact) -> Draft:
    a = i.arrival
    company = contact.company
    return Draft(
        text=f"{a.subject}\n{a.text}",
        via=via,
        kind=a.ticket_kind,
        urgency=a.urgency,
        tier=company.tier if company else contact.tier,
        region=a.region or (contact.region.code if contact.region else ""),
        product_line=a.product_line,
        language=a.language or contact.language,
        tags=a.tags,
        contact=contact.pk,
    )


def _new_ticket(
    i: Incoming, via: str, contact: Contact, plan: dispatch.Plan, known: Fieldbook, book: brands.Book
) -> NewTicket:  # fmt: skip
    a, decision = i.arrival, plan.decision
    line, region = decision.product_line, plan.draft.region
    brand = i.brand or book.chosen(channel=i.raw.channel_id, product_line=line, region=region)
    filled = fields.opened(a.fields, kind=decision.kind, known=known)
    return NewTicket(
        subject=subject_of(a), contact=contact, via=via, kind=decision.kind, urgency=decision.urgency,
        product_line=line, region=region, team=decision.team, agent=plan.choice.agent, brand=brand,
        language=plan.draft.language, tags=decision.tags, fields=filled, text=a.text, at=_asked_at(a, i.raw),
    )  # fmt: skip


def _asked_at(a: Arrival, raw: Raw) -> datetime:
    """The promise runs from when we had it, never from a date that the sender's machine claims."""
    return min(a.received_at, raw.received_at)


def subject_of(a: Arrival) -> str:
    """A subject for the ticket: the arrival's own, else the first words of the text."""
    own = threads.bare_subject(a.subject)
    return (own or " ".join(a.text.split())[:80] or "(no subject)")[:200]


def _said(i: Incoming, via: str, ticket: Ticket) -> NewMessage:
    return replace(message_of(i.arrival, via, ticket.pk, ticket.contact_id), indexed=True, at=ticket.created_at)


def message_of(a: Arrival, via: str, ticket: int, contact: int) -> NewMessage:
    """What the customer said, as a message about to be written."""
    return NewMessage(
        ticket=ticket, author=Author.CUSTOMER, text=a.text, via=via, contact=contact, quoted=a.quoted, html=a.html,
        message_id=a.message_id, files=tuple(NewFile(f.name, f.content_type, f.data, f.inline_id) for f in a.files),
    )  # fmt: skip
