"""Where are macros made and changed: one's own, those of a team, everybody's?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.automation import macros as services
from yingnuo.automation.macros import MacroFacts
from yingnuo.automation.models import Macro
from yingnuo.desk import automation_words
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import action_form, words
from yingnuo.desk.settings.action_form import ActionForm
from yingnuo.desk.settings.frame import go, show
from yingnuo.engine.automation import read_actions
from yingnuo.kit.errors import Refused

_SECTION = "macros"
MINE, ALL = "mine", "all"


class MacroForm(ActionForm):
    """One macro. Who may apply it: oneself, everybody, or a team by its id."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    description = forms.CharField(label=gettext_lazy("What it is for"), max_length=200, required=False)
    whose = forms.ChoiceField(label=gettext_lazy("Who may apply it"))

    def offer(self, choices: list[tuple[str, str]]) -> MacroForm:
        """The form with what its reader may choose from."""
        self.fields["whose"] = forms.ChoiceField(label=gettext_lazy("Who may apply it"), choices=choices)
        return self


@dataclass(frozen=True, slots=True)
class Line:
    """One macro in the list, in words."""

    macro: Macro
    whose: str
    actions: str
    may_change: bool


@signed_in_who_may("ticket.note")
def index(request: DeskRequest) -> HttpResponseBase:
    """The macros that the reader may apply."""
    lexicon = words.lexicon()
    lines = [
        Line(
            row, whose(row), automation_words.summary(read_actions(row.actions), lexicon),
            services.may_change(request.actor, owner=row.owner_id, team=row.team_id),
        )
        for row in services.visible_to(request.actor)
    ]  # fmt: skip
    return show(request, "macros.html", {"lines": lines}, section=_SECTION)


def whose(row: Macro) -> str:
    """Who may apply it, in words."""
    return _("my own") if row.owner_id else row.team.name if row.team else _("everybody")


def _choices(request: DeskRequest) -> list[tuple[str, str]]:
    may, groups = services.may_change, request.names.groups
    teams = [(str(g.id), g.name) for g in groups if may(request.actor, owner=None, team=g.id)]
    everybody = [(ALL, _("everybody"))] if may(request.actor, owner=None, team=None) else []
    return [(MINE, _("only I")), *teams, *everybody]


@signed_in_who_may("ticket.note")
def edit(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One macro, or a new one."""
    row = services.get_for(request.actor, pk) if pk else None
    form = MacroForm.over(request, initial=_initial(row)).offer(_choices(request))
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save(request.actor, pk=pk, facts=_facts(form.cleaned_data), now=request.now)
        except Refused as refused:
            action_form.tell(form, refused)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return go(request, "settings_macros")
    context = {
        "form": form, "row": row, "title": row or gettext_lazy("New macro"),
        "named": action_form.bound(form, ("name", "description", "whose")),
        "then": action_form.bound(form, ActionForm.base_fields),
    }  # fmt: skip
    return show(request, "macro.html", context, section=_SECTION, status=422 if form.errors else 200)


def _initial(row: Macro | None) -> dict[str, Any]:
    if row is None:
        return {"whose": MINE}
    scope = MINE if row.owner_id else str(row.team_id or ALL)
    return {"name": row.name, "description": row.description, "whose": scope} | action_form.initial_of(row.actions)


def _facts(given: dict[str, Any]) -> MacroFacts:
    scope = given["whose"]
    team = int(scope) if scope.isdigit() else None
    return MacroFacts(
        given["name"], action_form.actions_from(given), mine=scope == MINE, team_id=team,
        description=given["description"],
    )  # fmt: skip


@require_POST
@signed_in_who_may("ticket.note")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a macro away."""
    services.delete(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_macros")
