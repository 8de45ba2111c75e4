"""What may be changed on a ticket besides answering it: facts, holder, merging, snoozing, urging?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from yingnuo.approvals import guards
from yingnuo.approvals import services as approvals
from yingnuo.journey import approving, closing, dispatch, handing, reactions, receipts, work
from yingnuo.journey.handing import Note
from yingnuo.kit import revisions, texts
from yingnuo.kit.errors import Conflict, Invalid, TooMany
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff, Team, Tier
from yingnuo.people.roles import Actor
from yingnuo.promises import services as promises
from yingnuo.subtasks import services as subtasks
from yingnuo.tickets import fields, linking, queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Author, Kind, Message, Ticket, Urgency
from yingnuo.tickets.services import NewTicket

FACTS = {"kind": Kind.values, "urgency": Urgency.values, "tier": Tier.values, "product_line": None, "region": None,
         "subject": None}  # fmt: skip
_LONGEST_CODE = 40
URGE_EVERY = timedelta(minutes=10)


def change(
    actor: Actor, *, ticket_id: int, facts: Mapping[str, str], reason: str = "", version: int | None = None,
    now: datetime,
) -> Ticket:  # fmt: skip
    """Sets facts of a ticket; the standard is asked again and open promises follow. Urgency by hand wants a reason.

    Outdated when the ticket is not at `version` any more (None: whichever).
    """
    facts = {name: _tidy(name, value) for name, value in facts.items()}
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit", version=version)
        if "urgency" in facts and facts["urgency"] != ticket.urgency and not reason.strip():
            raise Invalid(_("Say why the urgency changes."), fields={"reason": _("A reason is needed.")})
        guards.refuse_values(ticket, facts)
        if tickets.change(actor, ticket=ticket, facts=facts, reason=reason.strip()[:200], now=now):
            promises.rederived(actor, ticket=ticket, now=now)
            approving.facts_changed(actor, ticket=ticket, now=now)
        reactions.changed([ticket.pk])
    return ticket


def _tidy(name: str, value: str) -> str:
    """The value as it is kept, a subject in one line; Invalid when it cannot be used."""
    allowed = FACTS.get(name, ())
    tidy = " ".join(texts.keepable(value).split())
    if name == "subject" and not 0 < len(tidy) <= 200:
        raise Invalid(_("A subject has 1 to 200 characters."), fields={"subject": _("1 to 200 characters.")})
    usable = name == "subject" or (len(tidy) <= _LONGEST_CODE if allowed is None else tidy in allowed)
    if not usable:
        raise Invalid(_("This value cannot be used."), fields={name: _("Choose from the list.")})
    return tidy


def fill(
    actor: Actor, *, ticket_id: int, said: Mapping[str, object], version: int | None = None, now: datetime
) -> Ticket:  # fmt: skip
    """Fills custom fields in, or empties them (None); `version` as for `change`. Invalid names `fields.<code>`."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.fill", version=version)
        fill_locked(actor, ticket=ticket, said=said, now=now)
        reactions.changed([ticket.pk])
    return ticket


def fill_locked(actor: Actor, *, ticket: Ticket, said: Mapping[str, object], now: datetime) -> None:
    """As `fill`, inside the caller's transaction. Conflict where a value wants an approval first."""
    changes = fields.accepted(actor, said=said, held=ticket.fields, known=fields.book())
    if changes:
        guards.refuse_values(ticket, changes)
        tickets.set_fields(actor, ticket=ticket, changes=changes, now=now)
        approving.facts_changed(actor, ticket=ticket, now=now)


def tag(
    actor: Actor, *, ticket_id: int, tags: Sequence[str], version: int | None = None, now: datetime
) -> Ticket:  # fmt: skip
    """Replaces the tags; a policy may look at them, so it is asked again. `version` as for `change`."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit", version=version)
        tickets.set_tags(actor, ticket=ticket, tags=tags, now=now)
        promises.rederived(actor, ticket=ticket, now=now)
        approving.facts_changed(actor, ticket=ticket, now=now)
        reactions.changed([ticket.pk])
    return ticket


def assign(
    actor: Actor, *, ticket_id: int, team: int | None, agent: int | None, note: Note | None = None,
    version: int | None = None, now: datetime,
) -> Ticket:  # fmt: skip
    """Gives the ticket to a team, and to one of its people or to nobody yet. `version` as for `change`.

    Invalid without a hand-off note where the team asks for one: only what the product does by itself goes without.
    """
    if team is not None and not Team.objects.filter(pk=team, active=True).exists():
        raise Invalid(_("There is no such team."), fields={"team": _("Choose from the list.")})
    if agent is not None and not Staff.objects.filter(pk=agent, active=True).exists():
        raise Invalid(_("There is no such person."), fields={"agent": _("Choose from the list.")})
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.assign", version=version)
        if not ticket.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        if actor.kind != "system":
            handing.note_locked(actor, ticket=ticket, to_team=team, note=note, now=now)
        dispatch.assign(actor, ticket=ticket, team=team, agent=agent, now=now)
        reactions.changed([ticket.pk])
    return ticket


def take(actor: Actor, *, ticket_id: int, seen: int | None, now: datetime) -> Ticket:
    """The actor takes the ticket, which he knew as `seen`'s (None: nobody's); Conflict when another has it now."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.assign")
        if ticket.agent and ticket.agent_id not in (seen, actor.id):
            raise Conflict(_("%(name)s has taken it meanwhile."), code="taken_meanwhile", name=ticket.agent.name)
        if not ticket.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        dispatch.assign(actor, ticket=ticket, team=ticket.team_id, agent=actor.id, now=now)
        reactions.changed([ticket.pk])
    return ticket


def merge(actor: Actor, *, ticket_id: int, absorb_id: int, customers: str = "one", now: datetime) -> Ticket:
    """The other ticket is absorbed: its messages move here, its promises end "merged", the earliest start survives.

    `customers`: "one" refuses what would join two customers' tickets, for the other one's words are hidden here and no
    answer reaches him; "several" says that this is meant.
    """
    if ticket_id == absorb_id:
        raise Invalid(_("A ticket cannot absorb itself."), fields={"absorb": _("Choose another ticket.")})
    with work.unit():
        for pk in sorted((ticket_id, absorb_id)):  # one order for all, so that two merges never wait on each other
            queries.lock_for(actor, pk, may="ticket.merge")
        ticket = queries.lock_for(actor, ticket_id, may="ticket.merge")
        absorbed = queries.lock_for(actor, absorb_id, may="ticket.merge")
        if absorbed.merged_into_id or ticket.merged_into_id or not ticket.is_open:
            raise Conflict(_("One of the tickets was merged or closed already."), code="ticket_merged")
        if absorbed.contact_id != ticket.contact_id and customers != "several":
            raise Conflict(
                _("%(number)s is of another customer, %(name)s: no answer from here reaches him. Say if it is meant."),
                code="other_customer", number=absorbed.number, name=str(absorbed.contact),
            )  # fmt: skip
        promises.merged(actor, ticket=ticket, absorbed=absorbed, at=now, now=now)
        subtasks.merged(actor, ticket=ticket, absorbed=absorbed, now=now)
        approvals.merged(actor, ticket=ticket, absorbed=absorbed, now=now)
        moved = Message.objects.filter(ticket=absorbed)
        if absorbed.contact_id != ticket.contact_id:  # one customer never reads what another wrote or was told
            # what is still on its way to him leaves with his own ticket's links and reply address
            moved.exclude(delivery__sent_at=None, delivery__isnull=False).update(ticket=ticket, public=False)
        else:
            moved.update(ticket=ticket)
        beside = linking.merged(actor, ticket=ticket, absorbed=absorbed, now=now)
        absorbed.merged_into = ticket
        tickets.touch(absorbed, ["merged_into"], now=now)
        closing.close_locked(actor, ticket=absorbed, reason="merged", at=now, now=now)
        entries = [
            Entry(Code.TICKET_MERGED, absorbed.pk, "", {"into": ticket.pk}),
            Entry(Code.TICKET_ABSORBED, ticket.pk, "", {"ticket": absorbed.pk}),
        ]
        ledger.record(actor, entries, now=now)
        reactions.changed([ticket.pk, absorbed.pk, *beside])
    return ticket


STARTS = ("split", "original")


def split(
    actor: Actor, *, ticket_id: int, messages: Sequence[int], subject: str, start: str = "split", now: datetime
) -> Ticket:
    """Cuts some of a customer's messages off into a ticket of their own; returns that one.

    It is promised anew from the `split`, or, where the customer shall not lose the time, from the `original` start;
    only its hand-off begins with the split in any case. Words of another customer, come by a merge, become his again.
    """
    subject = _tidy("subject", subject)
    if start not in STARTS:
        raise Invalid(_("This value cannot be used."), fields={"start": _("Choose from the list.")})
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.merge")
        if ticket.merged_into_id or not ticket.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        words = _cut(ticket, messages)
        since = now if start == "split" else promises.start_of(ticket)
        [made] = tickets.open_many(actor, drafts=[_part(ticket, words, subject, since, now)], now=now)
        Message.objects.filter(pk__in=[m.pk for m in words]).update(ticket=made, public=True)
        promises.split(
            actor, ticket=ticket, made=made, messages=[m.pk for m in words], since=since, now=now,
            handed_off=dispatch.specialists(revisions.current()),
        )  # fmt: skip
        entries = [
            Entry(Code.TICKET_SPLIT, ticket.pk, "", {"ticket": made.pk}),
            Entry(Code.TICKET_SPLIT_OFF, made.pk, "", {"from": ticket.pk, "start": start}),
        ]
        ledger.record(actor, entries, now=now)
        linking.add(actor, ticket=made, other=ticket, relation="related", now=now)
        receipts.of_part(made, now=now)
        reactions.changed([ticket.pk, made.pk])
    return made


def _cut(ticket: Ticket, chosen: Sequence[int]) -> list[Message]:
    """The chosen messages, oldest first; Invalid unless they are one customer's and leave something here."""
    said = list(Message.objects.filter(ticket=ticket, author=Author.CUSTOMER).select_related("contact").order_by("id"))
    words = [m for m in said if m.pk in set(chosen)]
    if not words or len(words) < len(set(chosen)):
        problem = _("Choose messages of the customer in this ticket.")
    elif len(words) == len(said):
        problem = _("Leave at least one message here; to give all of them another subject, change the subject.")
    elif len({m.contact_id or ticket.contact_id for m in words}) > 1:
        problem = _("Choose messages of one customer only.")
    else:
        return words
    raise Invalid(problem, fields={"messages": problem})


def _part(ticket: Ticket, words: Sequence[Message], subject: str, since: datetime, now: datetime) -> Ticket:
    """A ticket with the facts of the one it is cut off; another customer's has his own tier, region and language."""
    contact, text = words[0].contact or ticket.contact, "\n".join(m.text for m in words)
    new = NewTicket(
        subject=subject, contact=contact, via=ticket.via, kind=ticket.kind, urgency=ticket.urgency,
        product_line=ticket.product_line, team=ticket.team_id, agent=ticket.agent_id, tags=tuple(ticket.tags),
        brand=ticket.brand,
        text=text, at=since,
    )  # fmt: skip
    made = tickets.draft(new, now=now)
    if contact.pk == ticket.contact_id:
        made.tier, made.region, made.language = ticket.tier, ticket.region, ticket.language
        made.company, made.fields = ticket.company, dict(ticket.fields)
    return made


def snooze(
    actor: Actor, *, ticket_id: int, until: datetime | None, version: int | None = None, now: datetime
) -> Ticket:  # fmt: skip
    """Puts the ticket aside until a moment (None wakes it now); clocks run on, for the promise was given.

    `version` as for `change`.
    """
    if until is not None and until <= now:
        raise Invalid(_("Choose a moment in the future."), fields={"until": _("Choose a moment in the future.")})
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit", version=version)
        ticket.wake_at = until
        tickets.touch(ticket, ["wake_at"], now=now)
        code = Code.TICKET_SNOOZED if until else Code.TICKET_WOKE
        ledger.record(actor, [Entry(code, ticket.pk, "", {"until": until.isoformat() if until else None})], now=now)
        reactions.changed([ticket.pk])
    return ticket


def urge(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """The customer urges: the holder and his lead are told at once, at most every ten minutes."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.urge")
        if not ticket.is_open:
            raise Conflict(_("The ticket is closed; write to us and it opens again."), code="ticket_closed")
        if ticket.urged_at and now - ticket.urged_at < URGE_EVERY:
            raise TooMany(_("We have passed it on. You can urge again in ten minutes."), code="urged_already")
        tickets.urge(actor, ticket=ticket, now=now)
        reactions.urged(ticket, now=now)
    return ticket


def rate(actor: Actor, *, ticket_id: int, score: int, words: str = "", now: datetime) -> Ticket:
    """The customer says how it was, 1 (very bad) to 5 (very good), once it is solved; his last rating counts."""
    if score not in range(1, 6):
        raise Invalid(_("Choose from 1 to 5."), fields={"score": _("Choose from 1 to 5.")})
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.rate")
        if ticket.is_open:
            raise Conflict(_("The request is not solved yet; rate it when it is."), code="not_solved_yet")
        entry = Entry(Code.TICKET_RATED, ticket.pk, "", {"score": score, "words": words.strip()[:1_000]})
        ledger.record(actor, [entry], now=now)
        reactions.changed([ticket.pk])
    return ticket
