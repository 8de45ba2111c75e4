"""Where are the steps of an examination from afar written down, and begun?"""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.access import signed_in_who_may as who_may
from yingnuo.desk.devices import card
from yingnuo.desk.filters import number
from yingnuo.desk.settings import inputs, shown
from yingnuo.desk.settings.inputs import Ticks
from yingnuo.desk.settings.shown import Part, SettingForm
from yingnuo.devices import steps
from yingnuo.devices.models import StepList
from yingnuo.devices.steps import StepListFacts
from yingnuo.journey import device_steps
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, Refused

ROOM = 3  # empty lines of the form for more steps


class StepForm(forms.Form):
    """One step; a line without a command is none."""

    do = forms.CharField(label=gettext_lazy("Command"), max_length=80, required=False)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80, required=False)
    given = forms.CharField(label=gettext_lazy("With (JSON)"), max_length=500, required=False)
    wait_s = forms.IntegerField(label=gettext_lazy("Wait … seconds"), min_value=1, max_value=3_600, initial=20)
    expects = forms.CharField(label=gettext_lazy("Expects"), max_length=80, required=False)
    go_on = forms.BooleanField(label=gettext_lazy("Go on when it fails"), required=False)


class ListForm(SettingForm):
    """A list."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    code = inputs.code_field()
    product_lines = Ticks(inputs.lines, gettext_lazy("Only for product lines"))


Steps = forms.formset_factory(StepForm, extra=0, min_num=0, max_num=steps.MOST_STEPS)


@require_safe
@who_may("device.view")
def index(request: DeskRequest) -> HttpResponse:
    """Every list in force."""
    rows = StepList.objects.filter(current=True).select_related("made_by").order_by("name")
    listed = [(row, [card.name_of(row, n) for n in range(len(row.steps))]) for row in rows]
    context = {"rows": listed, "now": request.now, "section": "steps", "may_set": request.actor.may("settings.edit")}
    return pages.show(request, "desk/devices/steps.html", context)


@who_may("settings.edit")
def edit(request: DeskRequest, code: str = "") -> HttpResponseBase:
    """A new list, or the next version of one."""
    row = get_object_or_404(StepList, code=code, current=True) if code else None
    form = ListForm.over(request, initial=_initial(row), parts=[_part(Steps(initial=_lines(row), prefix="steps"))])
    if row:
        form.fields["code"].disabled = True
    lines = Steps(form.said if form.is_bound else None, initial=_lines(row), prefix="steps")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        try:
            facts = StepListFacts(steps=_read(lines), **form.cleaned_data)
            saved = steps.save(request.actor, facts, now=request.now)
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("desk:step_lists")
        except Refused as refused:
            inputs.tell(form, refused)
            for words in (refused.fields if isinstance(refused, Invalid) else {}).values():
                form.add_error(None, str(words))
    context = {"form": form, "lines": lines, "row": row, "now": request.now, "section": "steps"}
    status = 422 if form.errors or (lines.is_bound and not lines.is_valid()) else 200
    return pages.show(request, "desk/devices/step_list.html", context, status=status)


def _initial(row: StepList | None) -> dict[str, Any]:
    return {"name": row.name, "code": row.code, "product_lines": row.product_lines} if row else {}


def _part(lines: Any) -> Part:
    """The steps as one thing: whoever changed one of them changed the list."""
    now = {line.add_prefix(name): list(raw) for line in lines for name, raw in shown.stored(line).items()}
    marks = {name: list(raw) for name, raw in shown.stored(lines.management_form).items()}

    def word(said: QueryDict) -> str:
        return " → ".join(do for n in range(steps.MOST_STEPS) if (do := said.get(f"steps-{n}-do", "").strip()))

    return Part("steps-", gettext_lazy("Steps"), now | {f"steps-{name}": raw for name, raw in marks.items()}, word)


def _lines(row: StepList | None) -> list[dict[str, Any]]:
    found = [
        {**s, "given": json.dumps(s["with"], ensure_ascii=False) if s.get("with") else "", "expects": _expected(s)}
        for s in (row.steps if row else [])
    ]
    return [*found, *({} for _n in range(ROOM))]


def _expected(step: dict[str, Any]) -> str:
    given = step.get("expects")
    return f"{given['metric']} {given['op']} {given['value']:g}" if given else ""


def _read(lines: Any) -> list[dict[str, Any]]:
    return [_step(data) for data in (line.cleaned_data for line in lines) if data.get("do", "").strip()]


def _step(data: dict[str, Any]) -> dict[str, Any]:
    step = {name: data[name] for name in ("do", "name_zh", "name_en", "wait_s") if data.get(name)}
    if data.get("go_on"):
        step["go_on"] = True
    if data.get("given"):
        step["with"] = _json(data["given"])
    if data.get("expects"):
        step["expects"] = _expects(data["expects"])
    return step


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid(_("What goes with a command is a JSON object."), fields={"steps": text[:80]})
    return found


def _expects(text: str) -> dict[str, Any]:
    parts = text.split()
    try:
        metric, op, value = parts
        return {"metric": metric, "op": op, "value": float(value)}
    except ValueError as error:
        raise Invalid(_("What is expected is: metric, above, below or is, number."), fields={"steps": text}) from error


@require_POST
@signed_in
def run(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Begins an examination from a ticket."""
    device, chosen = number(request.POST.get("device", "")), number(request.POST.get("list", ""))
    if not device or not chosen:
        raise Invalid(_("Choose a device and its steps."))
    device_steps.run(request.actor, ticket_id=pk, device_id=device, list_id=chosen, now=request.now)
    if pages.is_htmx(request):
        return HttpResponse(status=204)
    return redirect("desk:ticket", pk)
