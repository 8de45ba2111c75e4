"""By which rules are tickets dispatched, and how do the rules change?"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from yingnuo.api import render
from yingnuo.api import told_house as out
from yingnuo.api.asked import PathId
from yingnuo.api.asked_house import NameQuery, PlaceIn, RuleIn, TableIn
from yingnuo.api.organisation import id_of
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.kit import instants, pages
from yingnuo.kit.errors import NotFound
from yingnuo.people.models import Team
from yingnuo.people.roles import require
from yingnuo.routing import rules as services
from yingnuo.routing.models import Rule
from yingnuo.routing.rules import RuleFacts

router = Router(tags=["dispatch"])
MOST_WRONG = 200


@router.get("/rules", response={200: out.RulePage, **READING}, summary="List dispatch rules (settings.view)")
def list_rules(request: Asked, asked: Query[NameQuery]) -> HttpResponse:
    """The rules in the order they are tried; each with what makes it do nothing, where something does."""
    require(request.auth, "settings.view")
    rows = Rule.objects.select_related("team")
    if asked.q:
        rows = rows.filter(name__icontains=asked.q)
    page = pages.keyset(rows, by=["position", "id"], after=asked.after, size=asked.limit)
    found = {one.rule: one.code for one in services.lint()}
    items = [_rule(r, found.get(r.pk, "")) for r in page.rows]
    return render.answer(out.RulePage(items=items, next=page.next))


def _rule(r: Rule, warning: str) -> out.RuleOut:
    return out.RuleOut(
        id=r.pk, name=r.name, when=r.when, keywords=list(r.keywords), team=r.team.code if r.team else None,
        skills=list(r.skills), set_kind=r.set_kind, set_urgency=r.set_urgency, set_product_line=r.set_product_line,
        add_tags=list(r.add_tags), active=r.active, warning=warning,
    )  # fmt: skip


def _told(pk: int, *, status: int = 200) -> HttpResponse:
    found = {one.rule: one.code for one in services.lint()}
    row = Rule.objects.select_related("team").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("Somebody has deleted this rule."), code="rule_not_found")
    return render.answer(_rule(row, found.get(pk, "")), status=status)


@router.post("/rules/table", response={200: out.TableOut, **ALL}, summary="Add many out of CSV (settings.edit)")
def add_table(request: Asked, body: TableIn) -> HttpResponse:
    """All rows of a table are added at the end, or none: then the answer says what is wrong in which line."""
    require(request.auth, "settings.edit")
    found, wrong = services.read_table(body.table)
    added = services.add_many(request.auth, rules=found, now=instants.now()) if found and not wrong else 0
    told = [out.WrongOut(line=w.line, problem=str(w.problem), given=w.given) for w in wrong[:MOST_WRONG]]
    return render.answer(out.TableOut(added=added, wrong=told))


@router.get("/rules/{rule_id}", response={200: out.RuleOut, **READING}, summary="Read a rule (settings.view)")
def read_rule(request: Asked, rule_id: PathId) -> HttpResponse:
    """One rule."""
    require(request.auth, "settings.view")
    return _told(rule_id)


@router.post("/rules", response={201: out.RuleOut, **ALL}, summary="Add a rule at the end (settings.edit)")
def add_rule(request: Asked, body: RuleIn) -> HttpResponse:
    """A new rule; it comes last."""
    require(request.auth, "settings.edit")
    return _told(services.save(request.auth, pk=None, facts=_facts(body), now=instants.now()).pk, status=201)


@router.put("/rules/{rule_id}", response={200: out.RuleOut, **ALL}, summary="Change a rule (settings.edit)")
def change_rule(request: Asked, rule_id: PathId, body: RuleIn) -> HttpResponse:
    """Replaces a rule; its place stays."""
    require(request.auth, "settings.edit")
    return _told(services.save(request.auth, pk=rule_id, facts=_facts(body), now=instants.now()).pk)


def _facts(body: RuleIn) -> RuleFacts:
    given = body.model_dump(exclude={"team"})
    return RuleFacts(**given, team_id=id_of(Team, body.team, "team"))


@router.post("/rules/{rule_id}/move", response={200: out.RuleOut, **ALL}, summary="Move a rule (settings.edit)")
def move_rule(request: Asked, rule_id: PathId, body: PlaceIn) -> HttpResponse:
    """In front of another rule, or to the end."""
    services.move(request.auth, pk=rule_id, before=body.before, now=instants.now())
    return _told(rule_id)


@router.delete("/rules/{rule_id}", response={200: out.Gone, **ALL}, summary="Take a rule away (settings.edit)")
def delete_rule(request: Asked, rule_id: PathId) -> HttpResponse:
    """A rule that is not asked any more."""
    services.delete(request.auth, pk=rule_id, now=instants.now())
    return render.answer(out.Gone(deleted=str(rule_id)))
