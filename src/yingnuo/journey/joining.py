"""What happens when two customers turn out to be one person, and when that was a mistake?

The one that is kept gets the tickets, words and conversations of the other, and is from now on recognised by what the
other was recognised by. What was moved is written down, so that it can be taken apart again: with what came since
through the other's conversations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Conversation
from yingnuo.devices.models import Unit
from yingnuo.journey import reactions, work
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import identities
from yingnuo.people.models import Contact, Evidence, Identity, IdentityKind, Joining
from yingnuo.people.roles import Actor, require
from yingnuo.promises import services as promises
from yingnuo.tickets import services
from yingnuo.tickets.models import OPEN_STATUSES, Message, Ticket

_MOST_TOLD = 20  # open tickets whose story tells of it


@dataclass(frozen=True, slots=True)
class Preview:
    """What joining would move."""

    tickets: int
    open_tickets: int
    talks: int
    identities: tuple[tuple[str, str], ...]


def preview(absorbed: Contact) -> Preview:
    """What a customer would bring along."""
    theirs = Ticket.objects.filter(contact=absorbed)
    return Preview(
        tickets=theirs.count(),
        open_tickets=theirs.filter(status__in=OPEN_STATUSES).count(),
        talks=Conversation.objects.filter(contact=absorbed).count(),
        identities=tuple((kind, getattr(absorbed, kind)) for kind in IdentityKind.values if getattr(absorbed, kind)),
    )


def join(actor: Actor, *, kept: int, absorbed: int, evidence: str, note: str = "", now: datetime) -> Joining:
    """`absorbed` becomes part of `kept`, for a reason. Conflict when one of them is part of another one already."""
    require(actor, "customer.edit")
    if evidence not in Evidence.values:
        raise Invalid(_("Say how you know."), fields={"evidence": _("Choose from the list.")})
    if kept == absorbed:
        raise Invalid(_("This is the same customer."), fields={"other": _("Choose another customer.")})
    with work.unit():
        keeper, other = _both(kept, absorbed)
        if keeper.joined_into_id or other.joined_into_id:
            raise Conflict(_("One of the two is part of another customer already."), code="contact_joined")
        moved = _move(keeper, other, now)
        row = Joining.objects.create(
            kept=keeper, absorbed=other, evidence=evidence, note=note.strip()[:400], moved=moved, at=now,
            by_id=actor.id if actor.kind == "staff" else None,
        )  # fmt: skip
        _follow_tier(actor, moved["tickets"], keeper, now)
        _tell(actor, Code.CONTACT_JOINED, row, moved["tickets"], now)
    return row


def _both(kept: int, absorbed: int) -> tuple[Contact, Contact]:
    rows = {c.pk: c for c in Contact.objects.select_for_update().filter(pk__in=[kept, absorbed]).order_by("pk")}
    if len(rows) != 2:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    return rows[kept], rows[absorbed]


def _move(kept: Contact, absorbed: Contact, now: datetime) -> dict[str, Any]:
    """Moves everything; what is needed to move it back."""
    before = {kind: [getattr(kept, kind), getattr(absorbed, kind)] for kind in IdentityKind.values}
    theirs = Ticket.objects.filter(contact=absorbed)
    tickets = dict(theirs.values_list("pk", "company"))
    inside = [*tickets, *theirs.exclude(merged_into=None).values_list("merged_into", flat=True)]
    words = Message.objects.filter(ticket__in=inside, contact=absorbed)
    talks = Conversation.objects.filter(contact=absorbed)
    owned = Unit.objects.filter(contact=absorbed)
    beside = Identity.objects.filter(contact=absorbed)
    moved = {
        "before": before, "tickets": list(tickets), "companies": {str(t): c for t, c in tickets.items() if c},
        "words": list(words.values_list("pk", flat=True)), "talks": list(talks.values_list("pk", flat=True)),
        "units": list(owned.values_list("pk", flat=True)),
        "beside": list(beside.values_list("pk", flat=True)),
    }  # fmt: skip
    words.update(contact=kept)
    talks.update(contact=kept)
    owned.update(contact=kept)
    beside.update(contact=kept)
    theirs.filter(company=None).update(company=kept.company)
    theirs.update(contact=kept)
    moved["made"] = identities.take_over(kept, absorbed, now=now)
    return moved


def part(actor: Actor, *, joining: int, now: datetime) -> Joining:
    """Takes two customers apart again. Conflict when the kept one became part of another, or it was done already."""
    require(actor, "customer.edit")
    with work.unit():
        row = Joining.objects.select_for_update().filter(pk=joining).first()
        if row is None:
            raise NotFound(_("There is no such customer."), code="contact_not_found")
        keeper, other = _both(row.kept_id, row.absorbed_id)
        if row.undone_at is not None or other.joined_into_id != keeper.pk or keeper.joined_into_id:
            raise Conflict(_("This was taken apart already, or more was joined since."), code="contact_joined")
        back = _move_back(row, keeper, other)
        row.undone_at, row.undone_by_id = now, actor.id if actor.kind == "staff" else None
        row.save(update_fields=["undone_at", "undone_by"])
        _follow_tier(actor, back, other, now)
        _tell(actor, Code.CONTACT_PARTED, row, back, now)
    return row


def _move_back(row: Joining, kept: Contact, absorbed: Contact) -> list[int]:
    """Everything that was moved and is still there, and what his conversations brought since; the tickets."""
    moved = row.moved
    talks = Conversation.objects.filter(pk__in=moved["talks"], contact=kept)
    since = talks.filter(ticket__contact=kept, ticket__created_at__gte=row.at).values_list("ticket", flat=True)
    tickets = Ticket.objects.filter(pk__in=[*moved["tickets"], *since], contact=kept)
    back = list(tickets.values_list("pk", flat=True))
    Message.objects.filter(pk__in=moved["words"], contact=kept).update(contact=absorbed)
    Message.objects.filter(ticket__in=list(since), contact=kept).update(contact=absorbed)
    without = [pk for pk in back if str(pk) not in moved["companies"]]
    Ticket.objects.filter(pk__in=without, company=kept.company).update(company=absorbed.company)
    Ticket.objects.filter(pk__in=back).update(contact=absorbed)
    talks.update(contact=absorbed)
    Unit.objects.filter(pk__in=moved.get("units", ()), contact=kept).update(contact=absorbed)
    Identity.objects.filter(pk__in=moved["beside"], contact=kept).update(contact=absorbed)
    Identity.objects.filter(pk__in=moved["made"], contact=kept).delete()
    _give_back(moved["before"], kept, absorbed)
    return back


def _give_back(before: dict[str, list[str]], kept: Contact, absorbed: Contact) -> None:
    """What filled an empty field of `kept` is the other's again; what was edited since stays."""
    for kind, (_own, theirs) in before.items():
        if theirs and getattr(kept, kind) == theirs and before[kind][0] != theirs:
            setattr(kept, kind, "")
        setattr(absorbed, kind, theirs)
    absorbed.joined_into = None
    kept.save(update_fields=list(IdentityKind.values))
    absorbed.save(update_fields=[*IdentityKind.values, "joined_into"])


def _follow_tier(actor: Actor, tickets: list[int], customer: Contact, now: datetime) -> None:
    """What is owed to a customer of this tier is owed for his open tickets too: the standard is asked again."""
    tier = customer.company.tier if customer.company else customer.tier
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company")
    for ticket in rows.filter(pk__in=tickets, status__in=OPEN_STATUSES).exclude(tier=tier).order_by("pk"):
        if services.change(actor, ticket=ticket, facts={"tier": tier}, reason="", now=now):
            promises.rederived(actor, ticket=ticket, now=now)


def _tell(actor: Actor, code: Code, row: Joining, tickets: list[int], now: datetime) -> None:
    params: dict[str, str | int] = {"contact": row.kept_id, "other": row.absorbed_id, "evidence": row.evidence}
    still_open = Ticket.objects.filter(pk__in=tickets, status__in=OPEN_STATUSES).values_list("pk", flat=True)
    entries = [Entry(code, pk, f"contact:{row.kept_id}", {**params}) for pk in still_open[:_MOST_TOLD]]
    ledger.record(actor, [Entry(code, 0, f"contact:{row.kept_id}", {**params}), *entries], now=now)
    reactions.changed(tickets)
