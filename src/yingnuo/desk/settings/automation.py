"""Where are rules of automation ordered, changed, tried on the past, watched, and read from a file?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.automation import as_yaml, dry_run
from yingnuo.automation import rules as services
from yingnuo.automation.models import Rule, Run, RunState
from yingnuo.automation.rules import RuleFacts
from yingnuo.desk import automation_words
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import action_form, condition_form, files, inputs, words
from yingnuo.desk.settings.action_form import ActionForm
from yingnuo.desk.settings.condition_form import AUTOMATION_FACTS
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.rules import neighbour, number
from yingnuo.engine.automation import read_actions
from yingnuo.engine.conditions import Condition, Every
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, NotFound, Refused
from yingnuo.people.models import Staff
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket

_SECTION = "automation"
DAYS = (7, 30)
_SHOWN = 50
_TONES = {
    RunState.DONE: "green", RunState.PARTLY: "orange", RunState.FAILED: "red", RunState.HELD: "gray",
    RunState.PENDING: "blue",
}  # fmt: skip
_EXAMPLE = """rules:
  - name: Smoke is urgent
    when: {event: opened}
    if: {text: {contains: [smoke, 冒烟]}}
    then: {urgency: urgent, add_tags: [safety], notify: [lead]}
    stop: true
  - name: Close what the customer leaves unanswered
    when: {after: 3d, since: answered}
    if: {status: waiting}
    then: {send: "Dear {customer}, we close {number} for now. Write to us and it opens again.", status: resolve}
"""


def _events() -> list[tuple[str, str]]:
    return list(automation_words.events().items())


def _moments() -> list[tuple[str, str]]:
    return list(automation_words.moments().items())


class RuleForm(ActionForm):
    """One rule; its conditions are filled in beside it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    description = forms.CharField(label=gettext_lazy("What it is for"), max_length=300, required=False)
    event = Pick(_events, gettext_lazy("When something happens"), number=False)
    after = forms.CharField(
        label=gettext_lazy("or when time has passed"), required=False, max_length=20,
        help_text=gettext_lazy("Such as 30m, 4h or 2d."),
    )  # fmt: skip
    since = Pick(_moments, gettext_lazy("counted"), number=False)
    calendar = Pick(
        inputs.calendars, gettext_lazy("in the service time"), number=False,
        help_text=gettext_lazy("None: round the clock."),
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("In force"), required=False)
    stop = forms.BooleanField(label=gettext_lazy("No later rule acts on the same event"), required=False)
    most_per_day = forms.IntegerField(
        label=gettext_lazy("At most so often a day on one ticket"), min_value=1, max_value=100
    )
    owner_id = Pick(
        lambda: inputs.pairs(Staff.objects.filter(active=True).order_by("name")), gettext_lazy("Owner"),
        help_text=gettext_lazy("Is told when the rule fails and switches itself off."),
    )  # fmt: skip


_WHEN = ("event", "after", "since", "calendar")
_THEN = tuple(ActionForm.base_fields)
_REST = ("active", "stop", "most_per_day", "owner_id")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in the list, in words."""

    rule: Rule
    when: str
    conditions: str
    actions: str


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """The rules in their order."""
    lexicon = words.lexicon()
    rows = Rule.objects.select_related("owner")
    context = {"lines": [_line(row, lexicon) for row in rows], "failures": services.FAILURES}
    return show(request, "automation.html", context, section=_SECTION)


def _line(row: Rule, lexicon: words.Lexicon) -> Line:
    return Line(
        row, automation_words.trigger(row.when),
        words.condition(row.conditions, lexicon) if row.conditions else "",
        automation_words.summary(read_actions(row.actions), lexicon),
    )  # fmt: skip


@signed_in_who_may("automation.edit")
def rule(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """One rule, or a new one."""
    row = get_object_or_404(Rule, pk=pk) if pk else None
    when = dict(row.conditions) if row else {}
    part = condition_form.part_of(when, AUTOMATION_FACTS)
    form = RuleForm.over(request, initial=_initial(row, request), parts=[part])
    if request.method == "POST":
        if form.is_valid() and (saved := _saved(request, form, pk)):
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return go(request, "settings_automation")
        when = _again(form, when)
    context = {
        "form": form, "row": row, "fields": condition_form.fields_of(when, AUTOMATION_FACTS),
        "extra": form.said.get("when_extra", ""), "title": row or gettext_lazy("New rule"),
        "when": action_form.bound(form, _WHEN), "then": action_form.bound(form, _THEN),
        "rest": action_form.bound(form, _REST), "named": action_form.bound(form, ("name", "description")),
    }  # fmt: skip
    return show(request, "automation_rule.html", context, section=_SECTION, status=422 if form.errors else 200)


def _initial(row: Rule | None, request: DeskRequest) -> dict[str, Any]:
    if row is None:
        return {"active": True, "most_per_day": 10, "owner_id": request.actor.id}
    plain = {name: getattr(row, name) for name in ("name", "description", *_REST)}
    return plain | {name: row.when.get(name, "") for name in _WHEN} | action_form.initial_of(row.actions)


def _again(form: RuleForm, before: dict[str, Any]) -> dict[str, Any]:
    try:
        return condition_form.when_from(form.said, AUTOMATION_FACTS)
    except Invalid:  # told at the form already
        return before


def _saved(request: DeskRequest, form: RuleForm, pk: int | None) -> Rule | None:
    """The saved rule; None when it was refused, which the form then says."""
    given = form.cleaned_data
    when = {"event": given["event"]} if given["event"] else {name: given[name] for name in _WHEN[1:] if given[name]}
    try:
        facts = RuleFacts(
            given["name"], when, action_form.actions_from(given),
            condition_form.when_from(form.said, AUTOMATION_FACTS),
            given["description"], given["stop"], given["most_per_day"], given["active"], given["owner_id"],
        )  # fmt: skip
        return services.save(request.actor, pk=pk, facts=facts, now=request.now)
    except Refused as refused:
        action_form.tell(form, refused)
        return None


@require_POST
@signed_in_who_may("automation.edit")
def move(request: DeskRequest) -> HttpResponseBase:
    """A rule up or down one place, or in front of another one (dragged)."""
    pk = number(request.POST.get("rule"))
    order = list(Rule.objects.values_list("pk", flat=True))
    to = request.POST.get("to")
    before = neighbour(order, pk, to) if to else number(request.POST.get("before")) or None
    services.move(request.actor, pk=pk, before=before, now=request.now)
    return go(request, "settings_automation")


@require_POST
@signed_in_who_may("automation.edit")
def delete(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Takes a rule away."""
    services.delete(request.actor, pk=pk, now=request.now)
    messages.success(request, _("Deleted."))
    return go(request, "settings_automation")


@dataclass(frozen=True, slots=True)
class Logged:
    """One run, in words."""

    run: Run
    tone: str
    done: str
    refused: tuple[str, ...]
    why: str


@require_safe
@signed_in_who_may("settings.view")
def log(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """What rules did, the newest first, to tickets that the reader sees."""
    row = get_object_or_404(Rule, pk=pk) if pk else None
    rows = Run.objects.select_related("rule").order_by("-event_id", "position")
    rows = rows.filter(rule=row) if row else rows
    if request.actor.teams is not None:
        rows = rows.filter(ticket_id__in=queries.visible_to(request.actor).values("pk"))
    state = request.GET.get("state", "")
    rows = rows.filter(state=state) if state in RunState.values else rows
    page = pages.numbered(rows, number=request.GET.get("page", "1"), size=50)
    context = {
        "page": page, "lines": [_logged(run) for run in page.rows], "row": row, "state": state,
        "states": RunState.choices,
    }  # fmt: skip
    return show(request, "automation_log.html", context, section=_SECTION)


def _logged(run: Run) -> Logged:
    labels = automation_words.actions()
    refused = tuple(
        f"{labels.get(name, name)}: {automation_words.refusal(code)}" if name else automation_words.refusal(code)
        for name, code in run.refused
    )
    done = ", ".join(labels.get(name, name) for name in run.done)
    return Logged(run, _TONES[RunState(run.state)], done, refused, automation_words.refusal(run.why) if run.why else "")


@require_safe
@signed_in_who_may("settings.view")
def trying(request: DeskRequest, pk: int) -> HttpResponseBase:
    """What a rule would do with one ticket, and would have done in the last days; nothing is changed."""
    row = get_object_or_404(Rule, pk=pk)
    lexicon = words.lexicon()
    asked = request.GET.get("ticket", "").strip()[:30]
    chosen = number(request.GET.get("days"))
    context: dict[str, Any] = {
        "row": row, "line": _line(row, lexicon), "asked": asked, "days": [(n, n == chosen) for n in DAYS],
        "actions": automation_words.told(row.actions, lexicon), "shown": _SHOWN, "most": dry_run.MOST,
    }  # fmt: skip
    if asked:
        context |= _tried(request, row, asked, lexicon)
    if chosen in DAYS:
        context["found"] = dry_run.of_last(request.actor, row, days=chosen, now=request.now)
    return show(request, "automation_try.html", context, section=_SECTION)


@dataclass(frozen=True, slots=True)
class Judged:
    """One condition in words, and why the ticket does not fit; none: it fits."""

    asked: str
    problems: tuple[str, ...]


def _tried(request: DeskRequest, row: Rule, asked: str, lexicon: words.Lexicon) -> dict[str, Any]:
    try:
        found: Ticket = queries.get_for(request.actor, number(asked.lower().removeprefix("yn-")))
    except NotFound as refused:
        return {"problem": str(refused)}
    parts = [
        Judged(
            words.told(Condition(Every((part.node,))), lexicon), tuple(words.reason(r, lexicon) for r in part.reasons)
        )
        for part in dry_run.parts_of(row, found)
    ]
    return {"ticket": found, "parts": parts, "fits": not any(part.problems for part in parts)}


@require_safe
@signed_in_who_may("settings.view")
def export(request: DeskRequest) -> HttpResponse:
    """All rules as a YAML file."""
    headers = {"Content-Disposition": 'attachment; filename="automation.yaml"'}
    return HttpResponse(as_yaml.write(), content_type="application/yaml; charset=utf-8", headers=headers)


@signed_in_who_may("automation.edit")
def load(request: DeskRequest) -> HttpResponseBase:
    """Rules out of a file: all of it, or the line that is wrong. `check` changes nothing."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            found = as_yaml.read(files.posted_text(request))
            if request.POST.get("do") == "check":
                messages.success(request, _("Nothing is wrong; rules in the file: %(count)s.") % {"count": len(found)})
            else:
                count = services.put_all(request.actor, rules=found, now=request.now)
                messages.success(request, _("Rules taken in: %(count)s.") % {"count": count})
                return go(request, "settings_automation")
        except Refused as refused:
            errors = {"text": str(refused)}
    context = {"errors": errors, "text": request.POST.get("text", ""), "example": _EXAMPLE}
    return show(request, "automation_load.html", context, section=_SECTION, status=422 if errors else 200)
