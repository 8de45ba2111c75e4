"""Which rules act by themselves, what did they do, and how does a program apply a macro?"""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BeforeValidator, StringConstraints

from yingnuo.api import render
from yingnuo.api import told_automation as out
from yingnuo.api.asked import Body, PathId, without_nul
from yingnuo.api.asked_house import PageQuery
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told_house import Gone
from yingnuo.automation import as_yaml, rules
from yingnuo.automation import macros as services
from yingnuo.automation.models import Macro, Rule, Run
from yingnuo.journey import macros
from yingnuo.kit import instants, pages
from yingnuo.people.roles import require
from yingnuo.promises import written
from yingnuo.tickets import queries

router = Router(tags=["automation"])


class RulesIn(Body):
    """Rules as YAML, as `yingnuo automation export` writes them."""

    yaml: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=written.LARGEST)]


@router.get(
    "/automation/rules", response={200: out.ActingRules, **READING}, summary="List acting rules (settings.view)"
)
def list_rules(request: Asked) -> HttpResponse:
    """All rules in their order."""
    require(request.auth, "settings.view")
    return render.answer(out.ActingRules(items=[_rule(row) for row in Rule.objects.select_related("owner")]))


def _rule(r: Rule) -> out.ActingRuleOut:
    return out.ActingRuleOut(
        id=r.pk, name=r.name, description=r.description, when=r.when, conditions=r.conditions, then=r.actions,
        active=r.active, why_off=r.why_off, stop=r.stop, most_per_day=r.most_per_day,
        owner=r.owner.username if r.owner else None, acted=r.acted, failures=r.failures, last_error=r.last_error,
        last_run_at=r.last_run_at,
    )  # fmt: skip


@router.put("/automation/rules", response={200: out.RulesTaken, **ALL}, summary="Take rules in (automation.edit)")
def put_rules(request: Asked, body: RulesIn) -> HttpResponse:
    """A rule of the same name is changed, others come last; all of it or nothing, with the line that is wrong."""
    require(request.auth, "automation.edit")
    count = rules.put_all(request.auth, rules=as_yaml.read(body.yaml), now=instants.now())
    return render.answer(out.RulesTaken(count=count))


@router.delete("/automation/rules/{rule_id}", response={200: Gone, **ALL}, summary="Delete a rule (automation.edit)")
def delete_rule(request: Asked, rule_id: PathId) -> HttpResponse:
    """A rule that acts no more; what it did stays done."""
    rules.delete(request.auth, pk=rule_id, now=instants.now())
    return render.answer(Gone(deleted=str(rule_id)))


@router.get("/automation/runs", response={200: out.RunPage, **READING}, summary="What rules did (settings.view)")
def list_runs(request: Asked, asked: Query[PageQuery]) -> HttpResponse:
    """Acts of rules on tickets within sight, the newest first."""
    require(request.auth, "settings.view")
    rows = Run.objects.select_related("rule")
    if request.auth.teams is not None:
        rows = rows.filter(ticket_id__in=queries.visible_to(request.auth).values("pk"))
    page = pages.keyset(rows, by=["-id"], after=asked.after, size=asked.limit)
    return render.answer(out.RunPage(items=[_run(row) for row in page.rows], next=page.next))


def _run(r: Run) -> out.AutomationRunOut:
    return out.AutomationRunOut(
        id=r.pk, rule=r.rule.name, ticket=r.ticket_id, event=r.event_id, at=r.at, due_at=r.due_at, state=r.state,
        done=r.done, refused=r.refused, why=r.why,
    )  # fmt: skip


@router.get("/macros", response={200: out.Macros, **READING}, summary="List macros (ticket.note)")
def list_macros(request: Asked) -> HttpResponse:
    """Everybody's, the teams' within sight, and those of whom the token acts for."""
    require(request.auth, "ticket.note")
    return render.answer(out.Macros(items=[_macro(row) for row in services.visible_to(request.auth)]))


def _macro(m: Macro) -> out.MacroOut:
    return out.MacroOut(
        id=m.pk, name=m.name, description=m.description, owner=m.owner.username if m.owner else None,
        team=m.team.code if m.team else None, then=m.actions, used=m.used,
    )  # fmt: skip


@router.post(
    "/tickets/{ticket_id}/macros/{macro_id}",
    response={200: out.MacroDone, **ALL},
    summary="Apply a macro (ticket.note)",
)
def apply_macro(request: Asked, ticket_id: PathId, macro_id: PathId) -> HttpResponse:
    """Each action by itself, with the scope it needs; what is refused is told and does not stop the others."""
    did = macros.apply(request.auth, macro=macro_id, ticket_id=ticket_id, now=instants.now())
    refused = [out.RefusedAction(action=name, code=error.code, problem=str(error)) for name, error in did.refused]
    return render.answer(out.MacroDone(done=list(did.done), refused=refused))
