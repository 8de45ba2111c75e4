"""What can a program do at the dispatch board: see what waits, give it out, balance, let a deputy stand in, ask why?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from yingnuo.api import render
from yingnuo.api.asked import Body, Code, PathId, PreviewIn
from yingnuo.api.asked_house import User
from yingnuo.api.organisation import staff_id
from yingnuo.api.promised import draft_of
from yingnuo.api.refused import ALL, READING
from yingnuo.api.staff import UserPath
from yingnuo.api.tickets import detail
from yingnuo.api.tokens import Asked
from yingnuo.api.told import Answer, PersonOut, TicketDetail
from yingnuo.journey import dispatch, handing
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import NotFound
from yingnuo.people import presence
from yingnuo.people.models import Staff
from yingnuo.people.queries import organisation
from yingnuo.people.roles import require
from yingnuo.routing import explaining
from yingnuo.routing.services import Choice
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES

router = Router(tags=["work"])
MOST_WAITING = 100


class PresenceReasonOut(Answer):
    """Why somebody is busy, on a break or away."""

    code: str
    presence: str
    zh: str
    en: str
    active: bool


class PresenceReasons(Answer):
    """The list of reasons."""

    items: list[PresenceReasonOut]


class SpellOut(Answer):
    """One stretch of somebody's day; `until` is null while it lasts."""

    presence: str
    reason: str
    since: datetime
    until: datetime | None
    seconds: int
    by_himself: bool


class Spells(Answer):
    """Somebody's stretches, the latest first."""

    items: list[SpellOut]


class LookedAt(Answer):
    """Somebody who was looked at: codes that bar him or speak for him, such as `away` or `load:3/20`."""

    person: PersonOut | None
    why: list[str]


class WaitingOut(Answer):
    """A ticket without a person; `suggested` is who would take it, null where nobody may."""

    ticket: int
    subject: str
    team: str
    due_at: datetime | None
    strategy: str
    suggested: PersonOut | None
    looked_at: list[LookedAt]


class WaitingList(Answer):
    """What waits, the next due first."""

    items: list[WaitingOut]


class RuleTried(Answer):
    """One rule. `verdict`: team, facts, late (a rule above named the team) or not_met."""

    id: int
    name: str
    verdict: str
    word: str


class DispatchExplained(Answer):
    """Where a matter would go. `silent` more rules were passed by: none of their keywords occurs."""

    team: str | None
    strategy: str
    agent: PersonOut | None
    suggested: PersonOut | None
    looked_at: list[LookedAt]
    rules: list[RuleTried]
    silent: int


class TicketsMoved(Answer):
    """Ids of the tickets that moved."""

    tickets: list[int]


class WaitingQuery(BaseModel):
    """Of which team; empty for all in sight."""

    team: Code = ""


class DaysQuery(BaseModel):
    """How far back."""

    days: Annotated[int, Field(ge=1, le=31)] = 1


class GiveIn(Body):
    """Who gets it, by user name; `suggested` is whom you were shown, so that it is counted."""

    agent: User
    suggested: User | None = None


class BalanceIn(Body):
    """Up to `most` tickets from one person to another; those first that are due last."""

    source: User
    target: User
    most: Annotated[int, Field(ge=1, le=50)] = 3


class StandInIn(Body):
    """Who stands in, by user name."""

    deputy: User


def _pk(username: str) -> int:
    found = Staff.objects.filter(username__iexact=username).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such member of staff."), code="staff_not_found")
    return found


@router.get("/presence-reasons", response={200: PresenceReasons, **READING}, summary="Presence reasons (people.view)")
def list_reasons(request: Asked) -> HttpResponse:
    """Why somebody can be busy, on a break or away; what is not `active` cannot be chosen."""
    require(request.auth, "people.view")
    rows = presence.reasons.at(revisions.current())
    return render.answer(
        PresenceReasons(items=[PresenceReasonOut.model_validate(row, from_attributes=True) for row in rows])
    )


@router.get("/staff/{username}/presence-times", response={200: Spells, **READING}, summary="Times (people.view)")
def read_presence(request: Asked, username: UserPath, asked: Query[DaysQuery]) -> HttpResponse:
    """How long somebody was what; of himself everybody may ask."""
    now = instants.now()
    pk = _pk(username)
    found = presence.spells(request.auth, staff=pk, since=now - timedelta(days=asked.days), now=now)
    return render.answer(Spells(items=[SpellOut.model_validate(one, from_attributes=True) for one in found]))


@router.get("/dispatch/waiting", response={200: WaitingList, **READING}, summary="What waits (ticket.view)")
def list_waiting(request: Asked, asked: Query[WaitingQuery]) -> HttpResponse:
    """Tickets that are nobody's yet, each with who would take it when those before are given out."""
    require(request.auth, "ticket.view")
    org = organisation.at(revisions.current())
    rows = queries.visible_to(request.auth).filter(agent=None, team__isnull=False, status__in=OPEN_STATUSES)
    rows = rows.filter(team__code=asked.team) if asked.team else rows
    rows = rows.exclude(chats__stage="waiting").defer("search").order_by(F("due_at").asc(nulls_last=True), "id")
    found = list(rows[:MOST_WAITING])
    items = [
        WaitingOut(
            ticket=t.pk, subject=t.subject, team=org.teams[t.team_id or 0].code, due_at=t.due_at, strategy=c.strategy,
            suggested=render.person(org.staff.get(c.suggested or 0)), looked_at=_looked_at(c),
        )
        for t, c in zip(found, dispatch.choices_for(found, now=instants.now()), strict=True)
    ]  # fmt: skip
    return render.answer(WaitingList(items=items))


def _looked_at(choice: Choice) -> list[LookedAt]:
    staff = organisation.kept().staff
    return [LookedAt(person=render.person(staff.get(int(pk))), why=text.split(",")) for pk, text in choice.why.items()]


@router.post("/dispatch/explain", response={200: DispatchExplained, **READING}, summary="Where to? (settings.view)")
def explain(request: Asked, body: PreviewIn) -> HttpResponse:
    """Which rules fit a matter of these facts, which team and who would get it, and why not the others."""
    require(request.auth, "settings.view")
    revision = revisions.current()
    looked = explaining.look(draft_of(body), revision=revision)
    [plan] = dispatch.plan([draft_of(body)], revision=revision, now=instants.now())
    org, choice = organisation.at(revision), plan.choice
    team = org.teams.get(plan.decision.team or 0)
    shown = DispatchExplained(
        team=team.code if team else None, strategy=choice.strategy,
        agent=render.person(org.staff.get(choice.agent or 0)),
        suggested=render.person(org.staff.get(choice.suggested or 0)), looked_at=_looked_at(choice),
        rules=[RuleTried(id=t.id, name=t.name, verdict=t.verdict, word=t.word) for t in looked.tried],
        silent=looked.silent,
    )  # fmt: skip
    return render.answer(shown)


@router.post(
    "/tickets/{ticket_id}/give",
    response={200: TicketDetail, **ALL},
    summary="Give out what waits (ticket.assign)",
)
def give(request: Asked, ticket_id: PathId, body: GiveIn) -> HttpResponse:
    """To somebody of its team; whether it went as suggested is counted. A conflict when it does not wait any more."""
    agent, suggested = staff_id(body.agent, "agent") or 0, staff_id(body.suggested, "suggested")
    handing.decide(request.auth, ticket_id=ticket_id, agent=agent, suggested=suggested, now=instants.now())
    return detail(request.auth, ticket_id)


@router.post("/dispatch/balance", response={200: TicketsMoved, **ALL}, summary="Balance load (ticket.assign)")
def balance(request: Asked, body: BalanceIn) -> HttpResponse:
    """Moves tickets from one person to another; each stays in its team, no chat is torn apart."""
    source, target = staff_id(body.source, "source") or 0, staff_id(body.target, "target") or 0
    moved = handing.balance(request.auth, source=source, target=target, most=body.most, now=instants.now())
    return render.answer(TicketsMoved(tickets=moved))


@router.post("/staff/{username}/stand-in", response={200: TicketsMoved, **ALL}, summary="Stand in (ticket.assign)")
def stand_in(request: Asked, username: UserPath, body: StandInIn) -> HttpResponse:
    """Somebody's open tickets go to his deputy, each in its team."""
    owner, deputy = _pk(username), staff_id(body.deputy, "deputy") or 0
    moved = handing.stand_in(request.auth, owner=owner, deputy=deputy, now=instants.now())
    return render.answer(TicketsMoved(tickets=moved))


@router.post("/staff/{username}/give-back", response={200: TicketsMoved, **ALL}, summary="Give back (ticket.assign)")
def give_back(request: Asked, username: UserPath) -> HttpResponse:
    """What deputies still hold of somebody goes back to him."""
    owner = _pk(username)
    return render.answer(TicketsMoved(tickets=handing.take_back(request.auth, owner=owner, now=instants.now())))
