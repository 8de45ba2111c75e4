"""How does a ticket go to other hands in order: with a note between tiers, by the board, to a deputy and back?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yingnuo.journey import dispatch, reactions, reply, work
from yingnuo.kit import revisions, texts
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, require
from yingnuo.routing.models import Handoff, Rule, StandIn, Suggestion
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

MOST_MOVED = 50
_PART = 2_000  # the longest of the three parts of a note
_EMPTY_LINES = re.compile(r"\n\s*\n+")
_NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Note:
    """A hand-off note: what was tried, what is wanted, and how the customer wishes to be reached ("" for no wish)."""

    tried: str = ""
    wanted: str = ""
    contact: str = ""

    def text(self) -> str:
        """The three parts with an empty line between them, as the note keeps them; an empty one is a dash."""
        return "\n\n".join(_part(part) or _NOTHING for part in (self.tried, self.wanted, self.contact))


def parts_of(text: str) -> Note:
    """The note that was kept as this text."""
    told = [*text.split("\n\n", 2), "", "", ""][:3]
    return Note(*("" if part == _NOTHING else part for part in told))


def _part(text: str) -> str:
    return _EMPTY_LINES.sub("\n", texts.keepable(text).strip())[:_PART]


def asks_note(*, from_team: int | None, to_team: int | None) -> bool:
    """Whether this way between two teams asks for a note: the receiver wants one, tier or department differ."""
    teams = organisation.at(revisions.current()).teams
    source, target = teams.get(from_team or 0), teams.get(to_team or 0)
    if source is None or target is None or source.id == target.id or not target.asks_note:
        return False
    return source.tier != target.tier or source.department != target.department


def note_locked(actor: Actor, *, ticket: Ticket, to_team: int | None, note: Note | None, now: datetime) -> None:
    """Keeps the note that goes with a (locked) ticket to another team; Invalid where one is asked for and missing."""
    given = note or Note()
    if asks_note(from_team=ticket.team_id, to_team=to_team):
        missing = {
            name: _("This team asks for it.") for name in ("tried", "wanted") if not getattr(given, name).strip()
        }
        if missing:
            raise Invalid(_("The team that gets it asks for a hand-off note."), fields=missing, code="note_needed")
    if to_team in (None, ticket.team_id) or given.text() == Note().text():
        return
    said = reply.note_locked(actor, ticket=ticket, text=given.text(), now=now)
    Handoff.objects.create(ticket=ticket, message=said, from_team_id=ticket.team_id, to_team_id=to_team, at=now)
    params = {"message": said.pk, "team": to_team, "from_team": ticket.team_id}
    ledger.record(actor, [Entry(Code.HANDOFF_NOTED, ticket.pk, "", params)], now=now)


def decide(
    actor: Actor, *, ticket_id: int, agent: int, suggested: int | None = None, now: datetime
) -> Ticket:  # fmt: skip
    """A lead gives a waiting ticket to somebody; whether that was whom dispatch had suggested is kept.

    Conflict when it does not wait any more; Invalid when he is not of the ticket's team.
    """
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.assign")
        if not ticket.is_open or ticket.agent_id is not None:
            raise Conflict(_("Somebody has it already."), code="not_waiting")
        team = ticket.team_id or 0
        org = organisation.at(revisions.current())
        if agent not in org.members.get(team, ()):
            raise Invalid(_("Choose somebody of the ticket's team."), fields={"agent": _("Choose from the list.")})
        [choice] = dispatch.choices_for([ticket], now=now)
        best = suggested if suggested in org.members.get(team, ()) else choice.suggested
        dispatch.assign(actor, ticket=ticket, team=team, agent=agent, now=now)
        Suggestion.objects.create(
            ticket=ticket, team_id=team, rule_id=_deciding_rule(ticket.pk), strategy=choice.strategy,
            suggested_id=best, taken_id=agent, by_id=actor.id if actor.kind == "staff" else None, at=now,
        )  # fmt: skip
        params = {"suggested": best, "agent": agent, "strategy": choice.strategy}
        ledger.record(actor, [Entry(Code.DISPATCH_DECIDED, ticket.pk, "", params)], now=now)
        reactions.changed([ticket.pk])
    return ticket


def _deciding_rule(ticket: int) -> int | None:
    """The rule that sent the ticket to its team, while it still exists."""
    routed = Event.objects.filter(ticket_id=ticket, code=Code.TICKET_ROUTED).order_by("-id").values_list("params")
    by = next((params.get("by") for (params,) in routed[:1]), None)
    return Rule.objects.filter(pk=by or 0).values_list("pk", flat=True).first()


def movable(actor: Actor, *, source: int, most: int) -> list[Ticket]:
    """Which tickets of somebody would move: the latest due first; none in a chat, none out of the actor's sight."""
    rows = queries.visible_to(actor).filter(agent_id=source, status__in=OPEN_STATUSES)
    rows = rows.exclude(chats__stage__in=("waiting", "active")).defer("search")
    return list(rows.order_by(F("due_at").desc(nulls_first=True), "-id")[: min(most, MOST_MOVED)])


def balance(actor: Actor, *, source: int, target: int, most: int, now: datetime) -> list[int]:
    """Moves up to `most` tickets from one person to another, those first that are due last; the ids moved.

    Each stays in its team. Invalid when the other one belongs to none of these teams, or is the same.
    """
    require(actor, "ticket.assign")
    if source == target or not 1 <= most <= MOST_MOVED:
        raise Invalid(_("Choose two people, and 1 to 50 tickets."), fields={"target": _("Choose somebody else.")})
    with work.unit():
        members = organisation.at(revisions.current()).members
        fit = [t for t in movable(actor, source=source, most=MOST_MOVED) if target in members.get(t.team_id or 0, ())]
        if not fit:
            text = _("None of the open tickets can move there: they are of other teams, or there are none.")
            raise Invalid(text, fields={"target": text})
        moved = _give(actor, [t.pk for t in fit[:most]], agent=target, now=now)
        reactions.changed(moved)
    return moved


def _give(actor: Actor, ids: Sequence[int], *, agent: int, now: datetime) -> list[int]:
    rows = [queries.lock_for(actor, pk, may="ticket.assign") for pk in sorted(ids)]
    return [t.pk for t in rows if t.is_open and dispatch.assign(actor, ticket=t, team=t.team_id, agent=agent, now=now)]


def stand_in(actor: Actor, *, owner: int, deputy: int, now: datetime) -> list[int]:
    """Gives somebody's open tickets to his deputy, each in its team; what moved is remembered and can go back."""
    require(actor, "ticket.assign")
    _refuse_pair(owner, deputy)
    with work.unit():
        ids = [t.pk for t in movable(actor, source=owner, most=MOST_MOVED)]
        if not ids:
            raise Invalid(_("There is nothing to hand over."), fields={"deputy": _("There is nothing to hand over.")})
        moved = _give(actor, ids, agent=deputy, now=now)
        StandIn.objects.filter(ticket__in=moved, returned_at=None).update(returned_at=now)
        StandIn.objects.bulk_create([StandIn(ticket_id=pk, owner_id=owner, deputy_id=deputy, at=now) for pk in moved])
        params = {"agent": owner, "deputy": deputy}
        ledger.record(actor, [Entry(Code.STOOD_IN, pk, "", params) for pk in moved], now=now)
        reactions.changed(moved)
    return moved


def _refuse_pair(owner: int, deputy: int) -> None:
    known = set(Staff.objects.filter(pk__in=(owner, deputy), active=True).values_list("pk", flat=True))
    if owner not in known:
        raise NotFound(_("There is no such member of staff."))
    if deputy not in known or deputy == owner:
        raise Invalid(_("Choose who stands in."), fields={"deputy": _("Choose somebody else.")})


def lent(owner: int) -> list[StandIn]:
    """What deputies still hold of somebody: open, and in the hands to which it was given."""
    rows = StandIn.objects.filter(owner_id=owner, returned_at=None, ticket__status__in=OPEN_STATUSES)
    rows = rows.filter(ticket__agent_id=F("deputy_id")).select_related("ticket", "deputy")
    return list(rows.order_by("ticket__due_at", "pk"))


def take_back(actor: Actor, *, owner: int, now: datetime) -> list[int]:
    """Gives back what deputies still hold of somebody; he asks for it himself, or whoever may assign."""
    require(actor, "ticket.assign")
    with work.unit():
        rows = {row.ticket_id: row for row in lent(owner)}
        seen = set(queries.visible_to(actor).filter(pk__in=rows).values_list("pk", flat=True))
        moved = _give(actor, sorted(seen), agent=owner, now=now)
        if not moved:
            raise Conflict(_("Nothing of his is with a deputy."), code="nothing_lent")
        StandIn.objects.filter(pk__in=[rows[pk].pk for pk in moved]).update(returned_at=now)
        entries = [
            Entry(Code.STOOD_IN, pk, "", {"agent": owner, "deputy": rows[pk].deputy_id, "back": True}) for pk in moved
        ]
        ledger.record(actor, entries, now=now)
        reactions.changed(moved)
    return moved
