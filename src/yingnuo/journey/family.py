"""What is done with a ticket and those under it: one more is made, all are answered, all are resolved?

Each sub-ticket by itself and by the command that a single ticket would get: what one refuses does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yingnuo.journey import closing, dispatch, reactions, reply, work
from yingnuo.journey.reply import Said
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, Refused
from yingnuo.people.models import Team
from yingnuo.people.roles import Actor, require
from yingnuo.promises import giving
from yingnuo.promises import services as promises
from yingnuo.routing.services import Draft
from yingnuo.tickets import linking, queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Kind, Ticket, Urgency
from yingnuo.tickets.services import NewTicket

MOST = 500  # sub-tickets that one command reaches


@dataclass(frozen=True, slots=True)
class Wish:
    """A sub-ticket about to be made. `team` None: where the rules send it; "" is as the parent's."""

    subject: str
    text: str = ""
    kind: str = ""
    urgency: str = ""
    product_line: str | None = None
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """To which sub-tickets it was done, which refused (and why), and how many are beyond the doer's sight."""

    done: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    unseen: int = 0


def make_child(actor: Actor, *, ticket_id: int, wish: Wish, now: datetime) -> Ticket:
    """Makes a sub-ticket for the parent's customer: promised and given out like any other. Its text is a note in it."""
    require(actor, "ticket.create")
    wish = _checked(wish)
    with work.unit():
        parent = queries.lock_for(actor, ticket_id, may="ticket.edit")
        if not parent.is_open:
            raise Conflict(_("The ticket is closed; reopen it first."), code="ticket_closed")
        child = _open(actor, parent, wish, now)
        if wish.text:
            reply.note_locked(actor, ticket=child, text=wish.text, now=now)
        linking.add(actor, ticket=child, other=parent, relation=linking.CHILD, now=now)
        reactions.changed([parent.pk, child.pk])
    return child


def _checked(wish: Wish) -> Wish:
    subject = " ".join(wish.subject.split())
    if not 0 < len(subject) <= 200:
        raise Invalid(_("A subject has 1 to 200 characters."), fields={"subject": _("1 to 200 characters.")})
    for name, value, allowed in (("kind", wish.kind, Kind.values), ("urgency", wish.urgency, Urgency.values)):
        if value and value not in allowed:
            raise Invalid(_("This value cannot be used."), fields={name: _("Choose from the list.")})
    if wish.team is not None and not Team.objects.filter(pk=wish.team, active=True).exists():
        raise Invalid(_("There is no such team."), fields={"team": _("Choose from the list.")})
    return replace(wish, subject=subject, text=wish.text.strip())


def _open(actor: Actor, parent: Ticket, wish: Wish, now: datetime) -> Ticket:
    kind, urgency = wish.kind or parent.kind, wish.urgency or parent.urgency
    line = parent.product_line if wish.product_line is None else wish.product_line
    revision = revisions.current()
    asked = Draft(
        text=f"{wish.subject}\n{wish.text}", via=parent.via, kind=kind, urgency=urgency, tier=parent.tier,
        region=parent.region, product_line=line, language=parent.language, tags=(), contact=parent.contact_id,
    )  # fmt: skip
    [plan] = dispatch.plan([asked], revision=revision, now=now)
    plan = dispatch.placed(plan, team=wish.team, later=False)
    new = NewTicket(
        subject=wish.subject, contact=parent.contact, via=parent.via, kind=kind, urgency=urgency, product_line=line,
        region=parent.region, team=plan.decision.team, agent=plan.choice.agent, language=parent.language,
        tags=plan.decision.tags, text=wish.text,
    )  # fmt: skip
    draft = tickets.draft(new, now=now)
    draft.company, draft.tier = parent.company, parent.tier
    given = promises.draft_for([draft], handed_off=dispatch.specialists(revision), revision=revision, now=now)
    [child] = tickets.open_many(actor, drafts=[draft], now=now)
    dispatch.record(actor, tickets=[child], plans=[plan], now=now)
    giving.store(actor, drafts=given, now=now)
    return child


def answer_children(actor: Actor, *, ticket_id: int, said: Said, now: datetime) -> Outcome:
    """Writes the same public reply into every open sub-ticket in sight, as if each had been answered by itself."""
    require(actor, "ticket.reply")
    reply.refuse_unusable(said)
    return _each(actor, ticket_id, lambda pk: reply.answer(actor, ticket_id=pk, said=said, now=now))


def resolve_children(actor: Actor, *, ticket_id: int, now: datetime) -> Outcome:
    """Resolves every open sub-ticket in sight."""
    require(actor, "ticket.resolve")
    return _each(actor, ticket_id, lambda pk: closing.resolve(actor, ticket_id=pk, now=now))


def _each(actor: Actor, ticket_id: int, act: Callable[[int], object]) -> Outcome:
    parent = queries.get_for(actor, ticket_id)
    found = linking.open_children([parent.pk])[:MOST]
    seen = set(queries.visible_to(actor).filter(pk__in=found).values_list("pk", flat=True))
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    for pk in (pk for pk in found if pk in seen):
        try:
            act(pk)
        except Refused as error:
            refused.append((pk, str(error)))
        else:
            done.append(pk)
    return Outcome(tuple(done), tuple(refused), len(found) - len(seen))


def open_within(ticket: Ticket) -> Sequence[int]:
    """The open sub-tickets of a ticket: what resolving it asks about."""
    return linking.open_children([ticket.pk]) if ticket.linked else ()
