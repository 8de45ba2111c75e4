"""Where are the rules about machines and their fault codes edited and tried?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.devices import card, curves, rule_form
from yingnuo.desk.devices.curves import Frame, Shown
from yingnuo.desk.devices.rule_form import RuleForm
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.devices import readings, rules
from yingnuo.devices.models import AlarmRule, Device, FaultCode, Severity, Standing
from yingnuo.devices.rules import FaultFacts, Trial
from yingnuo.kit import formats, pages
from yingnuo.kit.errors import Invalid, Refused

_TRIED = (
    ("24", gettext_lazy("the last 24 hours")), ("168", gettext_lazy("the last 7 days")),
    ("720", gettext_lazy("the last 30 days")),
)  # fmt: skip
MOST_SPANS = 30


class FaultForm(SettingForm):
    """A fault code."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    product_line = Pick(inputs.lines, gettext_lazy("Product line"), number=False)
    severity = Pick(Severity.choices, gettext_lazy("Severity"), number=False, required=True, initial=Severity.MAJOR)
    title_zh = forms.CharField(label=gettext_lazy("Meaning in Chinese"), max_length=120)
    title_en = forms.CharField(label=gettext_lazy("Meaning in English"), max_length=120)
    advice_zh = forms.CharField(label=gettext_lazy("What to do, in Chinese"), required=False, widget=forms.Textarea)
    advice_en = forms.CharField(label=gettext_lazy("What to do, in English"), required=False, widget=forms.Textarea)


@require_safe
@signed_in_who_may("device.view")
def index(request: DeskRequest) -> HttpResponse:
    """Every rule."""
    open_ones = Count("alarms", filter=Q(alarms__cleared_at=None, alarms__isnull=False))
    rows = AlarmRule.objects.annotate(open_alarms=open_ones).order_by("-active", "name")
    context = {
        "rows": [(row, said(row)) for row in rows], "now": request.now, "section": "rules",
        "tones": card.TONES, "may_set": request.actor.may("settings.edit"),
    }  # fmt: skip
    return pages.show(request, "desk/devices/rules.html", context)


def said(row: AlarmRule) -> str:
    """What the rule waits for, in a sentence."""
    spec = row.spec
    codes = ", ".join(spec.get("codes") or ()) or _("any code")
    words: Mapping[str, Any] = {
        "of": spec.get("of", ""), "limit": spec.get("limit", ""), "codes": codes, "n": spec.get("n", ""),
        **{name: formats.duration(int(spec.get(f"{name}_s", 0))) for name in ("after", "within")},
    }  # fmt: skip
    sentences = {
        "fault": _("fault: %(codes)s"), "absence": _("nothing heard for %(after)s"),
        "rate": _("%(of)s moves by %(limit)s within %(within)s"), "count": _("%(codes)s %(n)s times within %(within)s"),
    }  # fmt: skip
    kind = str(spec.get("kind"))
    found = " + ".join(map(_term, spec.get("all") or ())) if kind == "threshold" else sentences.get(kind, kind) % words
    hold = int(spec.get("hold_s", 0))
    return found + (", " + _("for %(span)s") % {"span": formats.duration(hold)} if hold else "")


def _term(term: Mapping[str, Any]) -> str:
    sign = {"above": ">", "below": "<", "outside": "∉"}.get(str(term.get("op")), "?")
    upper = f" … {term.get('upper'):g}" if term.get("op") == "outside" else ""
    return f"{term.get('of')} {sign} {term.get('limit'):g}{upper}"


@signed_in_who_may("settings.edit")
def rule(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One rule or a new one; with `try` it is not saved but tried."""
    row = get_object_or_404(AlarmRule, pk=pk) if pk else None
    form = RuleForm.over(request, initial=rule_form.initial_of(row) if row else {})
    tried: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            if "try" in request.POST:
                tried = _try(request, form)
            else:
                saved = rules.save(request.actor, pk=pk, facts=rule_form.facts_of(form.cleaned_data), now=request.now)
                messages.success(request, _("%(name)s is saved.") % {"name": saved})
                return redirect("desk:alarm_rules")
        except Refused as refused:
            inputs.tell(form, refused)
    devices = Device.objects.filter(standing=Standing.ADOPTED).order_by("identity")[:500]
    context = {
        "form": form, "row": row, "now": request.now, "section": "rules", "devices": devices, "spans": _TRIED,
        "chosen": request.POST.get("device", ""), "hours": request.POST.get("hours", "24"), **tried,
    }  # fmt: skip
    parts = {"trial": "desk/devices/_trial.html"} if not form.errors else {}
    return pages.show(request, "desk/devices/rule.html", context, parts=parts, status=422 if form.errors else 200)


def _try(request: DeskRequest, form: RuleForm) -> dict[str, Any]:
    """What the rule as typed would have done with the readings of a machine."""
    device = Device.objects.filter(pk=request.POST.get("device") or 0).first()
    if device is None:
        raise Invalid(_("Choose the device whose readings it is tried on."))
    hours = int(request.POST["hours"]) if request.POST.get("hours") in dict(_TRIED) else 24
    spec = rule_form.spec_of(form.cleaned_data)
    trial = rules.trial(device, spec, since=request.now - timedelta(hours=hours), now=request.now)
    limits = curves.limits([AlarmRule(spec=spec)])
    shown = [Shown(s.opened_at, s.cleared_at, s.code) for s in trial.spans]
    frame = Frame(trial.since, trial.until, limits, shown)
    names = readings.metrics(device.pk, since=trial.since)
    names.sort(key=lambda name: (name not in limits, name))
    return {"trial": trial, "trial_curves": curves.draw(device.pk, names, frame, most=2), "trial_rows": _spans(trial)}


def _spans(trial: Trial) -> list[tuple[rules.Span, str]]:
    rows = []
    for span in trial.spans[-MOST_SPANS:][::-1]:
        length = round(((span.cleared_at or trial.until) - span.opened_at).total_seconds())
        rows.append((span, formats.duration(max(0, length))))
    return rows


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a rule away."""
    rules.delete(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return redirect("desk:alarm_rules")


@require_safe
@signed_in_who_may("device.view")
def faults(request: DeskRequest) -> HttpResponse:
    """The table of fault codes."""
    rows = FaultCode.objects.order_by("product_line", "code")
    context = {
        "rows": [(row, request.names.line(row.product_line)) for row in rows], "now": request.now, "section": "faults",
        "tones": card.TONES, "may_set": request.actor.may("settings.edit"),
    }  # fmt: skip
    return pages.show(request, "desk/devices/faults.html", context)


@signed_in_who_may("settings.edit")
def fault(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One fault code, or a new one."""
    row = get_object_or_404(FaultCode, pk=pk) if pk else None
    names = FaultFacts.__dataclass_fields__
    form = FaultForm.over(request, initial={n: getattr(row, n) for n in names} if row else {})
    if request.method == "POST" and form.is_valid():
        try:
            rules.save_fault(request.actor, pk=pk, facts=FaultFacts(**form.cleaned_data), now=request.now)
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["code"]})
            return redirect("desk:faults")
        except Refused as refused:
            inputs.tell(form, refused)
    context = {"form": form, "row": row, "now": request.now, "section": "faults"}
    return pages.show(request, "desk/devices/fault.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in_who_may("settings.edit")
def delete_fault(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a fault code away."""
    rules.delete_fault(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return redirect("desk:faults")
