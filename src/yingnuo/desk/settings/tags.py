"""Where are the tags of the house seen, described, coloured, renamed, merged and retired?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.journey import tagging
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people import finding, roles
from yingnuo.tickets import tags as services
from yingnuo.tickets.tag_models import Tag, TagRun, Tone
from yingnuo.tickets.tags import Used

_SECTION, _LATEST = "tags", 10


class TagForm(SettingForm):
    """What is said of a tag."""

    name = forms.CharField(label=gettext_lazy("Tag"), max_length=services.LONGEST)
    description = forms.CharField(
        label=gettext_lazy("What it means"), max_length=200, required=False,
        help_text=gettext_lazy("Shown when the pointer rests on it, and beside it in this list."),
    )  # fmt: skip
    tone = forms.ChoiceField(label=gettext_lazy("Colour"), choices=Tone.choices, widget=forms.RadioSelect)


@dataclass(frozen=True, slots=True)
class Line:
    """A tag of the list with how much it is used."""

    tag: Tag
    used: Used


@require_safe
@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every tag by name; retired ones on demand, found by name or sound."""
    asked, retired = request.GET.get("q", "").strip()[:40], request.GET.get("show") == "retired"
    rows = Tag.objects.filter(active=not retired).order_by("name")
    if asked:
        rows = rows.filter(pk__in=finding.staff(asked, rows.values_list("pk", "name")))
    page = pages.numbered(rows, number=request.GET.get("page", "1"))
    used = services.used([row.name for row in page.rows])
    inventors = [role.word for role in roles.standings(request.names.organisation) if "tag.invent" in role.verbs]
    context = {
        "page": page, "lines": [Line(row, used[row.name]) for row in page.rows], "asked": asked, "retired": retired,
        "runs": TagRun.objects.select_related("by").order_by("-pk")[:_LATEST], "inventors": inventors,
    }  # fmt: skip
    return show(request, "tags.html", context, section=_SECTION, parts={"tags": "_tags.html"})


@signed_in_who_may("settings.view")
def tag(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One tag, or a new one: what it means, its colour, and what can be done with it."""
    row = get_object_or_404(Tag, pk=pk) if pk else None
    initial = {"name": row.name, "description": row.description, "tone": row.tone} if row else {"tone": Tone.GRAY}
    form = TagForm.over(request, initial=initial)
    if row:
        form.fields["name"].disabled = True

    def save() -> Tag:
        active = row.active if row else True
        return services.save(request.actor, pk=pk, **form.cleaned_data, active=active, now=request.now)

    return _answered(request, form, save, row, {})


def _answered(
    request: DeskRequest, form: forms.Form, save: Any, row: Tag | None, more: dict[str, Any]
) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            saved = save()
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return go(request, "settings_tag", saved.pk)
        except Refused as refused:
            inputs.tell(form, refused)
    others = Tag.objects.filter(active=True).exclude(pk=row.pk).order_by("name") if row else ()
    touched = tagging.touched(row.name) if row and row.active and request.actor.may("settings.edit") else None
    context = {"form": form, "row": row, "others": others, "touched": touched, "problem": "", **more}
    status = 422 if form.errors or context["problem"] else 200
    return show(request, "tag.html", context, section=_SECTION, status=status)


@require_POST
@signed_in_who_may("settings.edit")
def change(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Renames, merges or retires a tag, or offers it again."""
    row = get_object_or_404(Tag, pk=pk)
    what = request.POST.get("do", "")
    try:
        run = _changed(request, row, what)
    except Refused as refused:
        fields = refused.fields if isinstance(refused, Invalid) else {}
        problem = " ".join(str(words) for words in fields.values()) or str(refused)
        initial = {"name": row.name, "description": row.description, "tone": row.tone}
        return _answered(request, TagForm(initial=initial), None, row, {"problem": problem, "method": what})
    if run is None:
        messages.success(request, _("Saved."))
        return go(request, "settings_tags")
    tagging.at_once(run, now=request.now)
    return go(request, "settings_tag_run", run.pk)


def _changed(request: DeskRequest, row: Tag, what: str) -> TagRun | None:
    said, actor, now = request.POST, request.actor, request.now
    if what == "rename":
        return tagging.rename(actor, pk=row.pk, to=said.get("to", ""), now=now)
    if what == "merge":
        into = said.get("into", "")
        return tagging.merge(actor, pk=row.pk, into=int(into) if into.isdigit() else row.pk, now=now)
    if what == "retire":
        return tagging.retire(actor, pk=row.pk, strip=said.get("strip") == "on", now=now)
    services.save(actor, pk=row.pk, name=row.name, description=row.description, tone=row.tone, active=True, now=now)
    return None


@require_safe
@signed_in_who_may("settings.view")
def run(request: DeskRequest, pk: int) -> HttpResponseBase:
    """How far a change has come; asked again until it is through."""
    row = get_object_or_404(TagRun.objects.select_related("by"), pk=pk)
    may_undo = row.what == "renamed" and row.ended_at and not row.undone and request.actor.may("settings.edit")
    percent = 100 if row.ended_at else min(99, round(100 * row.done / max(row.total, 1)))
    context = {"run": row, "percent": percent, "may_undo": may_undo}
    return show(request, "tag_run.html", context, section=_SECTION, parts={"run": "_tag_run.html"})


@require_POST
@signed_in_who_may("settings.edit")
def undo(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Gives a renamed tag its old name back."""
    back = tagging.undo(request.actor, run=pk, now=request.now)
    tagging.at_once(back, now=request.now)
    return go(request, "settings_tag_run", back.pk)
