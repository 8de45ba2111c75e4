"""What needs whose consent, in which tickets, within which time, and what cannot be done before?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yingnuo.approvals import rulebook, templates
from yingnuo.approvals.models import Guard, Template
from yingnuo.approvals.rulebook import FACTS, Step
from yingnuo.approvals.templates import MOST_STEPS, TemplateFacts
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import action_form, condition_form, inputs, words
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Listed, Pick, Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.engine.automation import written_span
from yingnuo.engine.errors import EngineError
from yingnuo.engine.specs import duration
from yingnuo.kit.errors import Invalid, Refused

SECTION = "approvals"
_BOXES = tuple(fact for fact in FACTS if fact != "tags")
_ROLES = (("lead", gettext_lazy("The team’s lead")), ("head", gettext_lazy("The department’s head")))
_VERBS = (
    ("dashboard.view", gettext_lazy("every lead")), ("settings.approve", gettext_lazy("every manager")),
    ("admin", gettext_lazy("every administrator")),
)  # fmt: skip
_NEEDS = (
    (1, gettext_lazy("One is enough")), (0, gettext_lazy("All must agree")), (2, gettext_lazy("Two must agree")),
    (3, gettext_lazy("Three must agree")),
)  # fmt: skip


class TemplateForm(SettingForm):
    """One template; its conditions are filled in beside it, its steps are added below."""

    code = inputs.code_field()
    name_hans = forms.CharField(label=gettext_lazy("Name in simplified Chinese"), max_length=80)
    name_hant = forms.CharField(label=gettext_lazy("Name in traditional Chinese"), max_length=80, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80, required=False)
    limit = forms.CharField(
        label=gettext_lazy("To be decided within"), max_length=20, help_text=gettext_lazy("Such as 30m, 4h or 2d.")
    )
    calendar = Pick(
        inputs.calendars, gettext_lazy("in the service time"), number=False,
        help_text=gettext_lazy("None: round the clock."),
    )  # fmt: skip
    asks_amount = forms.BooleanField(label=gettext_lazy("It is about an amount"), required=False)
    own = forms.BooleanField(label=gettext_lazy("Whoever asks may decide it himself"), required=False)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)
    guard = Pick(
        [(g.value, g.label) for g in Guard if g.value], gettext_lazy("Not before it is approved"), number=False
    )
    guard_field = forms.CharField(
        label=gettext_lazy("Which value"), max_length=40, required=False,
        help_text=gettext_lazy("kind, urgency, product_line, or the code of a field."),
    )  # fmt: skip
    guard_values = Listed(label=gettext_lazy("Guarded values, or words of a reply"), required=False)
    guard_above = forms.DecimalField(
        label=gettext_lazy("or a number above"), required=False, max_digits=12, decimal_places=2
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        for n in range(1, MOST_STEPS + 1):
            self.fields[f"roles_{n}"] = Ticks(_ROLES, gettext_lazy("Who decides"))
            self.fields[f"people_{n}"] = Listed(label=gettext_lazy("or these people, by user name"), required=False)
            self.fields[f"verb_{n}"] = Pick(_VERBS, gettext_lazy("or"), number=False)
            self.fields[f"need_{n}"] = Pick(_NEEDS, gettext_lazy("How many"), required=True, initial=1)
            self.fields[f"above_{n}"] = forms.DecimalField(
                label=gettext_lazy("Only for an amount above"), required=False, max_digits=12, decimal_places=2
            )


_NAMED = ("code", "name_hans", "name_hant", "name_en", "limit", "calendar")
_GUARD = ("guard", "guard_field", "guard_values", "guard_above")
_REST = ("asks_amount", "own", "active")


@signed_in_who_may("settings.view")
def approvals(request: DeskRequest) -> HttpResponseBase:
    """Every template."""
    lexicon = words.lexicon()
    rows = [
        (rule, words.condition(row.conditions, lexicon) if row.conditions else "", row.get_guard_display(),
         written_span(row.seconds), len(rule.steps))
        for row in Template.objects.order_by("code") for rule in [rulebook.rule_of(row)]
    ]  # fmt: skip
    return show(request, "approvals.html", {"rows": rows}, section=SECTION)


@signed_in_who_may("settings.edit")
def approval(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One template, or a new one."""
    row = get_object_or_404(Template, pk=pk) if pk else None
    when = dict(row.conditions) if row else {}
    form = TemplateForm.over(request, initial=_initial(row), parts=[condition_form.part_of(when, _BOXES)])
    if request.method == "POST":
        if form.is_valid() and (saved := _saved(request, form, pk)):
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return go(request, "settings_approvals")
        when = _again(form, when)
    context = {
        "form": form, "row": row, "title": row or gettext_lazy("New approval"),
        "fields": condition_form.fields_of(when, _BOXES), "extra": form.said.get("when_extra", ""),
        "named": action_form.bound(form, _NAMED), "guard": action_form.bound(form, _GUARD),
        "rest": action_form.bound(form, _REST), "steps": [
            (n, action_form.bound(form, [f"{name}_{n}" for name in ("roles", "people", "verb", "need", "above")]))
            for n in range(1, MOST_STEPS + 1)
        ],
    }  # fmt: skip
    return show(request, "approval.html", context, section=SECTION, status=422 if form.errors else 200)


def _initial(row: Template | None) -> dict[str, Any]:
    if row is None:
        return {"active": True, "limit": "4h"}
    plain = {name: getattr(row, name) for name in TemplateForm.base_fields if name != "limit"}
    found = plain | {"limit": written_span(row.seconds)}
    for n, step in enumerate(rulebook.rule_of(row).steps, start=1):
        found |= {
            f"roles_{n}": list(step.roles), f"people_{n}": list(step.people), f"verb_{n}": step.verb,
            f"need_{n}": step.need, f"above_{n}": step.above,
        }  # fmt: skip
    return found


def _again(form: TemplateForm, before: dict[str, Any]) -> dict[str, Any]:
    try:
        return condition_form.when_from(form.said, _BOXES)
    except Invalid:  # told at the form already
        return before


def _saved(request: DeskRequest, form: TemplateForm, pk: int | None) -> Template | None:
    """The saved template; None when it was refused, which the form then says."""
    given = form.cleaned_data
    try:
        plain = {name: given[name] for name in TemplateForm.base_fields if name not in ("limit", "guard_values")}
        facts = TemplateFacts(
            steps=_steps(given), seconds=_seconds(given["limit"]), guard_values=tuple(given["guard_values"]),
            conditions=condition_form.when_from(form.said, _BOXES), **plain,
        )  # fmt: skip
        return templates.save(request.actor, pk=pk, facts=facts, now=request.now)
    except Refused as refused:
        action_form.tell(form, refused)
        return None


def _seconds(text: str) -> int:
    try:
        return duration(text, "limit")
    except EngineError as error:
        problem = _("From a minute to 90 days, such as 4h or 2d.")
        raise Invalid(problem, fields={"limit": problem}) from error


def _steps(given: dict[str, Any]) -> tuple[Step, ...]:
    """The steps that were filled in."""
    found = []
    for n in range(1, MOST_STEPS + 1):
        roles, people, verb = tuple(given[f"roles_{n}"]), tuple(given[f"people_{n}"]), given[f"verb_{n}"]
        if roles or people or verb:
            found.append(Step(roles, people, verb, given[f"need_{n}"], given[f"above_{n}"]))
    return tuple(found)


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a template away."""
    templates.delete(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_approvals")
