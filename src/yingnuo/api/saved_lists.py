"""How does a program read, save, change and delete saved lists of tickets, and read what such a list holds?"""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from yingnuo.api import render, told
from yingnuo.api.asked import PathId, without_nul
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import Actor, require
from yingnuo.tickets import asking, lists, queries
from yingnuo.tickets.models import Field as CustomField
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.queries import Filter
from yingnuo.worklists import looks, services
from yingnuo.worklists import queries as worklists
from yingnuo.worklists.models import Worklist
from yingnuo.worklists.queries import Tab
from yingnuo.worklists.services import ListFacts

router = Router(tags=["lists"])
Text = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)]


class ClauseIo(Schema):
    """One condition: `field` (or `field:<code>` for a custom one), `op`, and `values` where the operator takes some."""

    model_config = ConfigDict(extra="forbid")
    field: Text
    op: Text
    values: list[Text] = Field(default_factory=list, max_length=asking.MOST_VALUES)


class GroupIo(Schema):
    """Conditions of which all or any must hold."""

    model_config = ConfigDict(extra="forbid")
    how: Literal["all", "any"] = "all"
    tests: list[ClauseIo] = Field(min_length=1, max_length=asking.MOST_TESTS)


class AskedIo(Schema):
    """Groups of which all or any must hold."""

    model_config = ConfigDict(extra="forbid")
    how: Literal["all", "any"] = "all"
    groups: list[GroupIo] = Field(default_factory=list, max_length=asking.MOST_GROUPS)


class ListIn(Schema):
    """A saved list. Who may share may give `audience` "all", or "team" with the id of a `team`."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=60)]
    audience: Literal["own", "team", "all"] = "own"
    team: Annotated[int, Field(ge=1, le=2**62)] | None = None
    scope: Literal["mine", "unassigned", "all"] = "all"
    state: Literal["open", "at_risk", "overdue", "waiting", "resolved", "closed", "any"] = "open"
    order: Literal["due", "risk", "newest", "oldest", "updated"] = "due"
    asked: AskedIo = Field(default_factory=AskedIo)


class ListOut(ListIn):
    """A saved list with its id and who saved it."""

    id: int
    owner: int


class ListsOut(Schema):
    """The lists within sight."""

    items: list[ListOut]


class ListedTickets(Schema):
    """The first tickets of a list, in its order."""

    items: list[told.TicketOut]


class ListQuery(Schema):
    """How many tickets."""

    limit: int = Field(50, ge=1, le=200)


@router.get("/lists", response={200: ListsOut, **READING}, summary="List saved lists (ticket.view)")
def list_lists(request: Asked) -> HttpResponse:
    """Those of whom the token acts for, and those that are shared with him."""
    require(request.auth, "ticket.view")
    return render.answer(ListsOut(items=[_told(tab) for tab in worklists.seen_by(request.auth)]))


@router.post("/lists", response={201: ListOut, **ALL}, summary="Save a list (ticket.view; list.share to share it)")
def save_list(request: Asked, body: ListIn) -> HttpResponse:
    """Wants a token that acts for a member of staff."""
    row = services.save(request.auth, pk=None, facts=_facts(body), now=instants.now())
    return render.answer(_one(request.auth, row), status=201)


@router.put("/lists/{list_id}", response={200: ListOut, **ALL}, summary="Change a saved list (ticket.view)")
def change_list(request: Asked, list_id: PathId, body: ListIn) -> HttpResponse:
    """Replaces everything but how it looks at the desk."""
    tab = _tab(request.auth, list_id)
    facts = _facts(body, looks.read(tab.look))
    return render.answer(_one(request.auth, services.save(request.auth, pk=list_id, facts=facts, now=instants.now())))


@router.delete("/lists/{list_id}", response={204: None, **ALL}, summary="Delete a saved list (ticket.view)")
def delete_list(request: Asked, list_id: PathId) -> HttpResponse:
    """It goes for everybody who saw it."""
    require(request.auth, "ticket.view")
    services.drop(request.auth, pk=list_id, now=instants.now())
    return HttpResponse(status=204)


@router.get(
    "/lists/{list_id}/tickets", response={200: ListedTickets, **READING}, summary="Tickets of a list (ticket.view)"
)
def list_tickets_of(request: Asked, list_id: PathId, asked: Query[ListQuery]) -> HttpResponse:
    """The first tickets of a saved list, within the token's sight. What cannot be asked any more is left out."""
    require(request.auth, "ticket.view")
    tab = _tab(request.auth, list_id)
    codes = set(CustomField.objects.values_list("code", flat=True))
    can, _lost = asking.parted(asking.read(tab.asked), codes)
    f = Filter(scope=tab.scope, state=tab.state, order=tab.order, asked=can)
    ids = lists.ids(request.auth, f, now=instants.now(), most=asked.limit)
    rows = queries.visible_to(request.auth).filter(pk__in=ids).defer("search")
    found: dict[int, Ticket] = rows.select_related(
        "contact__company", "contact__region", "company", "team", "agent"
    ).in_bulk()  # fmt: skip
    return render.answer(ListedTickets(items=[render.ticket(found[pk]) for pk in ids if pk in found]))


def _tab(actor: Actor, pk: int) -> Tab:
    require(actor, "ticket.view")
    tab = worklists.named(actor, pk)
    if tab is None:
        raise NotFound(_("There is no such list."), code="list_not_found")
    return tab


def _facts(body: ListIn, look: looks.Look = looks.PLAIN) -> ListFacts:
    return ListFacts(
        name=body.name, audience=body.audience, team=body.team, scope=body.scope, state=body.state, order=body.order,
        asked=asking.read(body.asked.model_dump()), look=look,
    )  # fmt: skip


def _one(actor: Actor, row: Worklist) -> ListOut:
    return _told(_tab(actor, row.pk))


def _told(tab: Tab) -> ListOut:
    told_of = {
        "id": tab.id, "name": tab.name, "owner": tab.owner_id, "audience": tab.audience, "team": tab.team_id,
        "scope": tab.scope, "state": tab.state, "order": tab.order, "asked": asking.spec_of(asking.read(tab.asked)),
    }  # fmt: skip
    return ListOut.model_validate(told_of)
