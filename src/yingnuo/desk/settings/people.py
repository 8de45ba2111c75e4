"""Where is the organisation changed: departments, teams, regions and absences?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick, Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Refused
from yingnuo.people import organisation as services
from yingnuo.people.models import Absence, Department, Region, Staff, Team, TeamKind, TeamStrategy
from yingnuo.people.organisation import DepartmentFacts, RegionFacts, TeamFacts
from yingnuo.tickets.models import Kind


def _staff() -> list[tuple[int, str]]:
    return inputs.pairs(Staff.objects.filter(active=True).order_by("name"))


class DepartmentForm(SettingForm):
    """One department."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()
    parent_id = Pick(lambda: inputs.pairs(Department.objects.order_by("name")), gettext_lazy("Part of"))
    head_id = Pick(_staff, gettext_lazy("Head"), help_text=gettext_lazy("Is told when warnings go up the line."))
    kinds = Ticks(Kind.choices, gettext_lazy("Concerned by tickets of the kind"))
    product_lines = Ticks(inputs.lines, gettext_lazy("Concerned by the product lines"))


class TeamForm(SettingForm):
    """One team."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()
    department_id = Pick(
        lambda: inputs.pairs(Department.objects.order_by("name")), gettext_lazy("Department"), required=True
    )
    tier = Pick(
        [
            (1, gettext_lazy("1 · front line")),
            (2, gettext_lazy("2 · technical support")),
            (3, gettext_lazy("3 · senior experts")),
        ],
        gettext_lazy("Tier"),
        required=True,
    )
    lead_id = Pick(
        _staff, gettext_lazy("Lead"), help_text=gettext_lazy("Is warned when a promise of the team is at risk.")
    )
    calendar = Pick(inputs.calendars, gettext_lazy("Service time"), number=False, required=True)
    region_id = Pick(lambda: inputs.pairs(Region.objects.order_by("name")), gettext_lazy("Region"))
    kind = Pick(TeamKind.choices, gettext_lazy("Whose team"), number=False, required=True)
    strategy = Pick(
        TeamStrategy.choices,
        gettext_lazy("Who gets a ticket"),
        number=False,
        required=True,
        help_text=gettext_lazy("Among those who are online, on shift, with room, and have the skill and language."),
    )
    away_after = forms.IntegerField(
        label=gettext_lazy("Away after minutes without an open desk"),
        min_value=0,
        max_value=240,
        initial=0,
        help_text=gettext_lazy("0: never. At least 5, so that a short loss of the network takes nobody out of work."),
    )
    asks_note = forms.BooleanField(
        label=gettext_lazy("Asks for a hand-off note"),
        required=False,
        help_text=gettext_lazy("When a ticket comes from another tier or department."),
    )
    active = forms.BooleanField(label=gettext_lazy("Takes tickets"), required=False)


class RegionForm(SettingForm):
    """One region."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()
    zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=40, initial="Asia/Shanghai")


class AbsenceForm(forms.Form):
    """One leave."""

    staff_id = Pick(_staff, gettext_lazy("Who"), required=True)
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=80, required=False)


@signed_in_who_may("settings.view")
def departments(request: DeskRequest) -> HttpResponseBase:
    """The tree of departments with their teams."""
    rows = list(Department.objects.select_related("head").prefetch_related("teams__lead").order_by("name"))
    kinds = {code: str(word) for code, word in Kind.choices}
    lines = dict(inputs.lines())
    return show(request, "departments.html", {"tree": _branch(rows, None, kinds, lines)}, section="departments")


def _branch(
    rows: list[Department], parent: int | None, kinds: dict[str, str], lines: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "row": row, "teams": list(row.teams.all()), "below": _branch(rows, row.pk, kinds, lines),
            "concerned": [kinds.get(k, k) for k in row.kinds] + [lines.get(x, x) for x in row.product_lines],
        }
        for row in rows
        if row.parent_id == parent
    ]  # fmt: skip


def _values(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names} if row else {}


@signed_in_who_may("people.edit")
def department(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One department, or a new one."""
    row = get_object_or_404(Department, pk=pk) if pk else None
    form = DepartmentForm.over(request, initial=_values(row, tuple(DepartmentForm.base_fields)))

    def save() -> Department:
        facts = DepartmentFacts(**form.cleaned_data)
        return services.save_department(request.actor, pk=pk, facts=facts, now=request.now)

    return _answer(request, form, save, "departments", row, gettext_lazy("New department"))


def _answer(
    request: DeskRequest, form: forms.Form, save: Any, section: str, row: Any, new: Any, *, delete: bool = True
) -> HttpResponseBase:
    def done(saved: Any) -> HttpResponseBase:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return go(request, f"settings_{section}")

    name = row._meta.model_name if row and delete else ""
    return inputs.answer(
        request, form, save, done, section=section, title=row or new, back=f"desk:settings_{section}",
        delete=f"desk:settings_{name}_delete" if name else "", row=row,
    )  # fmt: skip


@signed_in_who_may("settings.view")
def teams(request: DeskRequest) -> HttpResponseBase:
    """Every team."""
    rows = Team.objects.select_related("department", "lead", "region").prefetch_related("members")
    context = {"rows": rows.order_by("-active", "tier", "name"), "calendars": dict(inputs.calendars())}
    return show(request, "teams.html", context, section="teams")


_NEW_TEAM = {"calendar": "office", "tier": 1, "active": True, "strategy": "least_loaded", "away_after": 0}


@signed_in_who_may("people.edit")
def team(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One team, or a new one."""
    row = get_object_or_404(Team, pk=pk) if pk else None
    values = _values(row, tuple(TeamForm.base_fields)) or _NEW_TEAM
    form = TeamForm.over(request, initial=values)

    def save() -> Team:
        return services.save_team(request.actor, pk=pk, facts=TeamFacts(**form.cleaned_data), now=request.now)

    return _answer(request, form, save, "teams", row, gettext_lazy("New team"), delete=False)


@signed_in_who_may("settings.view")
def regions(request: DeskRequest) -> HttpResponseBase:
    """Every region."""
    return show(request, "regions.html", {"rows": Region.objects.order_by("name")}, section="regions")


@signed_in_who_may("people.edit")
def region(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One region, or a new one."""
    row = get_object_or_404(Region, pk=pk) if pk else None
    form = RegionForm.over(request, initial=_values(row, ("code", "name", "zone")))

    def save() -> Region:
        return services.save_region(request.actor, pk=pk, facts=RegionFacts(**form.cleaned_data), now=request.now)

    return _answer(request, form, save, "regions", row, gettext_lazy("New region"))


@signed_in_who_may("settings.view")
def absences(request: DeskRequest) -> HttpResponseBase:
    """Who is on leave now and later, and the form for another leave."""
    form = AbsenceForm(request.POST or None)
    if request.method == "POST":
        return _absence(request, form)
    return _absences(request, form)


def _absence(request: DeskRequest, form: AbsenceForm) -> HttpResponseBase:
    if form.is_valid():
        try:
            services.save_absence(request.actor, **form.cleaned_data, now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            messages.success(request, _("The absence is noted."))
            return go(request, "settings_absences")
    return _absences(request, form, status=422)


def _absences(request: DeskRequest, form: AbsenceForm, status: int = 200) -> HttpResponseBase:
    rows = Absence.objects.filter(ends_at__gt=request.now).select_related("staff__deputy").order_by("starts_at")
    return show(request, "absences.html", {"rows": rows, "form": form}, section="absences", status=status)


_DELETED = {"absence": Absence, "region": Region, "department": Department}


@require_POST
@signed_in_who_may("people.edit")
def delete(request: DeskRequest, what: str, pk: int) -> HttpResponseBase:
    """Takes an absence, a region or a department away."""
    row: Any = get_object_or_404(_DELETED[what], pk=pk)
    services.delete(request.actor, row=row, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, f"settings_{what}s")
