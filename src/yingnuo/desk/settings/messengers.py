"""By which robots and applications do notices reach the people of each team, and by which ids are those known there?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.alerts import routes
from yingnuo.alerts.messengers import KINDS
from yingnuo.alerts.models import Handle, Route
from yingnuo.alerts.routes import KNOWN_BY, RouteFacts
from yingnuo.alerts.rules import MESSENGERS
from yingnuo.channels.models import Channel
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs, words
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.people.models import Department, Staff, Team


def _ways() -> list[tuple[str, str]]:
    return [(way, words.ways()[way]) for way in MESSENGERS]


def _channels() -> list[tuple[int, str]]:
    kinds = [kind for served in KINDS.values() for kind in served]
    rows = Channel.objects.filter(kind__in=kinds, active=True).order_by("kind", "name")
    return [(row.pk, f"{row.get_kind_display()}: {row.name}") for row in rows]


class RouteForm(forms.Form):
    """A new route."""

    way = Pick(_ways, gettext_lazy("Way"), number=False, required=True)
    channel = Pick(
        _channels, gettext_lazy("Robot or application"), required=True,
        help_text=gettext_lazy("A robot speaks in its group and mentions people; an application writes to them alone."),
    )  # fmt: skip
    team = Pick(
        lambda: inputs.pairs(Team.objects.filter(active=True).order_by("name")),
        gettext_lazy("For the people of a team"),
    )
    department = Pick(
        lambda: inputs.pairs(Department.objects.order_by("name")), gettext_lazy("or of a department"),
        help_text=gettext_lazy("Neither: for everybody who has no nearer one."),
    )  # fmt: skip


class IdsForm(SettingForm):
    """How somebody is known."""

    wecom = forms.CharField(label=gettext_lazy("企业微信: userid"), max_length=80, required=False)
    dingtalk = forms.CharField(label=gettext_lazy("钉钉: userid"), max_length=80, required=False)
    feishu = forms.CharField(label=gettext_lazy("飞书: open_id"), max_length=80, required=False)


@dataclass(frozen=True, slots=True)
class Known:
    """A member of staff and his ids, in the order of the ways."""

    person: Staff
    ids: list[str]


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every route, and everybody's ids."""
    rows = Route.objects.select_related("channel", "team", "department").order_by("way", "team__name", "pk")
    handles = {(h.staff_id, h.way): h.value for h in Handle.objects.all()}
    people = Staff.objects.filter(active=True).select_related("team").order_by("team__name", "name")
    known = [Known(person, [handles.get((person.pk, way), "") for way in KNOWN_BY]) for person in people]
    context = {
        "rows": [(row, words.ways()[row.way]) for row in rows], "people": known, "ready": bool(_channels()),
        "names": [words.ways()[way] for way in KNOWN_BY], "may_people": request.actor.may("people.edit"),
    }  # fmt: skip
    return show(request, "messengers.html", context, section="messengers")


@signed_in_who_may("settings.edit")
def new(request: DeskRequest) -> HttpResponseBase:
    """A new route; one for the same people takes the place of the old."""
    form = RouteForm(request.POST or None)

    def save() -> Route:
        return routes.save(request.actor, facts=RouteFacts(**form.cleaned_data), now=request.now)

    def done(_saved: Any) -> HttpResponseBase:
        messages.success(request, _("Saved."))
        return go(request, "settings_messengers")

    return inputs.answer(
        request, form, save, done, section="messengers", title=_("New route of notices"),
        back="desk:settings_messengers",
    )  # fmt: skip


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a route away."""
    routes.remove(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_messengers")


@signed_in_who_may("people.edit")
def person(request: DeskRequest, pk: int) -> HttpResponseBase:
    """How one member of staff is known by each messenger."""
    row = get_object_or_404(Staff, pk=pk, active=True)
    form = IdsForm.over(request, initial=dict(Handle.objects.filter(staff=row).values_list("way", "value")))

    def save() -> None:
        ids = {way: form.cleaned_data[way].strip() for way in KNOWN_BY}
        routes.know(request.actor, staff=row.pk, ids=ids, now=request.now)

    def done(_saved: Any) -> HttpResponseBase:
        messages.success(request, _("Saved."))
        return go(request, "settings_messengers")

    return inputs.answer(
        request, form, save, done, section="messengers", title=row.name, back="desk:settings_messengers", row=row
    )
