"""Where is the whole organisation seen at once, printed, taken out as a table, and moved about?"""

from __future__ import annotations

from collections.abc import Iterator

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yingnuo.desk import export as exports
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs, org_tree
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.org_tree import Tree
from yingnuo.exchange import sheets
from yingnuo.exchange.sheets import Answer
from yingnuo.kit.errors import NotFound, Refused
from yingnuo.people import moving, roles
from yingnuo.people.models import Staff

_SECTION = "organisation"


@require_safe
@signed_in_who_may("settings.view")
def tree(request: DeskRequest) -> HttpResponseBase:
    """The tree, folded; with `q` what is called so, with `show=gaps` what lacks something."""
    asked = request.GET.get("q", "")
    gaps = request.GET.get("show") == "gaps"
    found = org_tree.grown(request.actor, request.names.organisation)
    all_gaps, people, teams = found.gaps, found.people, found.teams
    found = org_tree.narrowed(org_tree.with_gaps(found) if gaps else found, asked)
    context = {
        "tree": found, "asked": asked, "gaps": gaps, "all_gaps": all_gaps, "people": people, "teams": teams,
        "found": bool(found.roots or found.homeless or found.others), "roles": _roles(request),
    }  # fmt: skip
    return show(request, "organisation.html", context, section=_SECTION, parts={"tree": "_org_tree.html"})


def _roles(request: DeskRequest) -> dict[str, str]:
    return {role.code: role.word for role in roles.standings(request.names.organisation)}


@require_safe
@signed_in_who_may("settings.view")
def people(request: DeskRequest, pk: int) -> HttpResponse:
    """The people at home in one team, a part of the tree that is read when the team is unfolded."""
    if pk not in request.names.organisation.teams:
        raise NotFound(_("Somebody has deleted it."))
    rows = Staff.objects.filter(team=pk, active=True).order_by("name")
    context = {"people": rows, "roles": _roles(request), "may_edit": request.actor.may("people.edit")}
    return render(request, "desk/settings/_org_people.html", context)


@require_safe
@signed_in_who_may("settings.view")
def paper(request: DeskRequest) -> HttpResponse:
    """The whole tree on paper."""
    found = org_tree.grown(request.actor, request.names.organisation)
    context = {"tree": found, "now": request.now, "roles": _roles(request)}
    return render(request, "desk/settings/organisation_print.html", context)


@require_safe
@signed_in_who_may("people.view")
def export(request: DeskRequest) -> Answer:
    """The organisation as a table, one row for each person, team without people and department without teams."""
    form = exports.allowed(request, "organisation")
    found = org_tree.grown(request.actor, request.names.organisation)
    head = [_("Department"), _("Team"), _("Code"), _("Tier"), _("Lead"), _("Name"), _("User name"), _("Role")]
    rows = list(_rows(found, _roles(request)))  # made while the reader's language is still active
    return sheets.answer(form, exports.named(request, "organisation"), head, rows)


def _rows(found: Tree, words: dict[str, str]) -> Iterator[list[sheets.Cell]]:
    for path, team, person in org_tree.flat(found):
        own: list[sheets.Cell] = [team.name, team.code, team.tier, team.lead] if team else ["", "", "", ""]
        who: list[sheets.Cell] = [person.name, person.username, words.get(person.role, "")] if person else ["", "", ""]
        yield [" › ".join(path), *own, *who]


class MoveForm(forms.Form):
    """Where it goes, and where it was when that was chosen."""

    was = forms.IntegerField(widget=forms.HiddenInput, required=False)


@signed_in_who_may("people.edit")
def move(request: DeskRequest, what: str, pk: int) -> HttpResponseBase:
    """The dialog that moves a team or a department: what changes with the place that is chosen, and the move itself."""
    known = request.names.organisation
    name, was = moving.place(known, what, pk)
    form = MoveForm(request.POST or None, initial={"was": was})
    top = [] if what == moving.TEAM or was is None else [(0, _("At the top"))]
    places = [*top, *((d.id, d.name) for d in moving.places(known, what, pk))]
    form.fields["to"] = Pick(places, gettext_lazy("Goes to"), required=True)
    chosen = request.POST.get("to") or request.GET.get("to") or ""
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            moving.move(request.actor, what=what, pk=pk, to=data["to"] or None, was=data["was"], now=request.now)
            messages.success(request, _("%(name)s is moved.") % {"name": name})
            return go(request, "settings_organisation")
        except Refused as refused:
            inputs.tell(form, refused)
    to = int(chosen) if chosen.isdigit() and int(chosen) in dict(places) else None
    context = {
        "form": form, "name": name, "what": what, "pk": pk, "chosen": to, "places": places,
        "inside": known.departments[was].name if was in known.departments else "",
        "foreseen": None if to is None else moving.foresee(known, what=what, pk=pk, to=to or None),
    }  # fmt: skip
    template = "_org_move_look.html" if request.GET.get("look") else "_org_move.html"
    return render(request, f"desk/settings/{template}", context, status=422 if form.errors else 200)
