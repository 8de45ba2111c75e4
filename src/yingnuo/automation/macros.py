"""Which macros may somebody apply, and who may change which?

One's own are one's own affair. Those of a team are its lead's, everybody's are for who may change rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.automation import rules
from yingnuo.automation.models import Macro
from yingnuo.engine.automation import read_actions
from yingnuo.engine.errors import EngineError
from yingnuo.kit.errors import Invalid, NotAllowed, NotFound
from yingnuo.people.roles import Actor
from yingnuo.promises import complaints


@dataclass(frozen=True, slots=True)
class MacroFacts:
    """A macro. `mine`: its maker's own; else of the team, else everybody's."""

    name: str
    actions: Mapping[str, Any]
    mine: bool = True
    team_id: int | None = None
    description: str = ""


def visible_to(actor: Actor) -> QuerySet[Macro]:
    """Those that the actor may apply: his own, his teams' and everybody's."""
    shared = Q(owner=None) if actor.teams is None else Q(owner=None, team=None) | Q(team__in=sorted(actor.teams))
    own = Q(owner=actor.id) if actor.kind == "staff" else Q()
    return Macro.objects.filter(shared | own if own else shared).select_related("team", "owner")


def get_for(actor: Actor, pk: int) -> Macro:
    """One of them; NotFound hides the others."""
    row = visible_to(actor).filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such macro."), code="macro_not_found")
    return row


def may_change(actor: Actor, *, owner: int | None, team: int | None) -> bool:
    """Whether the actor may change a macro of this owner or team, or make one."""
    if owner is not None:
        return actor.kind == "staff" and owner == actor.id and actor.may("ticket.note")
    if actor.may("automation.edit"):
        return True
    return team is not None and actor.may("settings.draft") and team in (actor.teams or ())


def save(actor: Actor, *, pk: int | None, facts: MacroFacts, now: datetime) -> Macro:
    """A new or changed macro; Invalid names the field, NotAllowed for somebody else's."""
    owner = actor.id if facts.mine else None
    team = None if facts.mine else facts.team_id
    _refuse(facts)
    with transaction.atomic(durable=True):
        row = Macro() if pk is None else _locked(actor, pk)
        _require(actor, owner=owner, team=team)
        if Macro.objects.filter(name=facts.name, owner=owner, team=team).exclude(pk=pk or 0).exists():
            raise Invalid(_("There is a macro of this name."), fields={"name": _("There is a macro of this name.")})
        row.name, row.description, row.actions = facts.name.strip(), facts.description, dict(facts.actions)
        row.owner_id, row.team_id = owner, team
        row.save()
        rules.note(actor, row.name, now)
    return row


def _refuse(facts: MacroFacts) -> None:
    if not 0 < len(facts.name.strip()) <= 80:
        raise Invalid(_("The macro cannot be used yet."), fields={"name": _("1 to 80 characters.")})
    try:
        read_actions(facts.actions, rules.known())
    except EngineError as error:
        raise Invalid(_("The macro cannot be used yet."), fields={"then": complaints.sentence(error)}) from error


def _locked(actor: Actor, pk: int) -> Macro:
    row = Macro.objects.select_for_update(of=("self",)).filter(pk=get_for(actor, pk).pk).get()
    _require(actor, owner=row.owner_id, team=row.team_id)
    return row


def _require(actor: Actor, *, owner: int | None, team: int | None) -> None:
    if not may_change(actor, owner=owner, team=team):
        raise NotAllowed(_("You may not change this macro."), code="not_allowed", verb="automation.edit")


def delete(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a macro away."""
    with transaction.atomic(durable=True):
        row = _locked(actor, pk)
        rules.note(actor, row.name, now)
        row.delete()


def used(macro: Macro) -> None:
    """Counts that it was applied."""
    Macro.objects.filter(pk=macro.pk).update(used=F("used") + 1)
