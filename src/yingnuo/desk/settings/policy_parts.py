"""Where are the parts of a standard filled in: a cell of the table, a rule, a ladder, a pause set?

Each is a page of its own and the content of a dialog over the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import condition_form, drafts, promise_form, words
from yingnuo.desk.settings import policy_edit as edits
from yingnuo.desk.settings.condition_form import POLICY_FACTS
from yingnuo.desk.settings.drafts import Draft
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.policies import SECTION, change, labels
from yingnuo.desk.settings.promise_form import CellForm, StepForm
from yingnuo.engine.errors import EngineError
from yingnuo.kit.errors import Invalid
from yingnuo.promises import complaints


def _dialog(
    request: DeskRequest, draft: Draft, part: str, context: Mapping[str, Any], errors: Mapping[str, Any]
) -> HttpResponseBase:
    """The form as the content of the common dialog, or on a page of its own."""
    full = {**labels(draft), **context, "errors": errors, "part": f"desk/settings/{part}"}
    return show(request, "part.html", full, section=SECTION, parts={"dialog-body": part}, status=422 if errors else 200)


@signed_in_who_may("settings.draft")
def cell(request: DeskRequest, code: str, rule: str, milestone: str) -> HttpResponseBase:
    """What one rule says about one milestone."""
    draft = drafts.of(code)
    known = words.milestones(draft.spec)
    if milestone not in known:
        raise Http404
    written = draft.spec["rules"][edits.place_of(draft.spec, rule)]
    before = promise_form.cell_of(written.get("promises", {}), milestone)
    form, errors = before, {}
    if request.method == "POST":
        form = promise_form.cell_from(request.POST)
        errors = _put_cell(request, draft, (rule, milestone), form, before)
        if not errors:
            return go(request, "settings_policy", code)
    context = {
        "form": form, "rule": rule, "milestone": milestone, "milestone_name": known[milestone],
        "rule_title": written.get("title") or rule, "when": words.condition(written.get("when"), words.lexicon()),
    }  # fmt: skip
    return _dialog(request, draft, "_cell.html", context, errors)


def _put_cell(
    request: DeskRequest, draft: Draft, at: tuple[str, str], form: CellForm, before: CellForm
) -> dict[str, Any]:
    return change(request, draft, lambda spec: edits.put_cell(spec, *at, promise_form.promise_of(form, before)))


@signed_in_who_may("settings.draft")
def rule(request: DeskRequest, code: str, rule: str) -> HttpResponseBase:
    """For which tickets a rule speaks."""
    draft = drafts.of(code)
    written = draft.spec["rules"][edits.place_of(draft.spec, rule)]
    errors: dict[str, Any] = {}
    title, when = str(written.get("title", "")), dict(written.get("when") or {})
    if request.method == "POST":
        title = request.POST.get("title", "").strip()
        when, errors = _when(request)
        errors = errors or change(request, draft, lambda s: edits.change_rule(s, rule, title=title, when=when))
        if not errors:
            return go(request, "settings_policy", code)
    silent = [(m, label) for m, label in words.milestones(draft.spec).items() if m not in written.get("promises", {})]
    fields = condition_form.fields_of(when, POLICY_FACTS)
    context = {
        "rule": rule,
        "title": title,
        "fields": fields,
        "extra": request.POST.get("when_extra", ""),
        "silent": silent,
    }
    return _dialog(request, draft, "_rule.html", context, errors)


def _when(request: DeskRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """The posted condition, and what is wrong with it."""
    try:
        return condition_form.when_from(request.POST, POLICY_FACTS), {}
    except Invalid as refused:
        return {}, {"": str(refused)}


@signed_in_who_may("settings.draft")
def new_rule(request: DeskRequest, code: str) -> HttpResponseBase:
    """A further rule with its first promise; it stands at the top."""
    draft = drafts.of(code)
    form = promise_form.cell_from(request.POST) if request.method == "POST" else CellForm(target="1h")
    errors: dict[str, Any] = {}
    when: dict[str, Any] = {}
    if request.method == "POST":
        when, errors = _when(request)
        errors = errors or change(request, draft, lambda spec: edits.add_rule(spec, _new(request, form, when)))
        if not errors:
            return go(request, "settings_policy", code)
    context = {
        "form": form, "rule": "", "code": request.POST.get("code", ""), "title": request.POST.get("title", ""),
        "fields": condition_form.fields_of(when, POLICY_FACTS), "extra": request.POST.get("when_extra", ""),
        "milestones": words.milestones(draft.spec).items(),
        "milestone": request.POST.get("milestone", "first_response"),
    }  # fmt: skip
    return _dialog(request, draft, "_rule.html", context, errors)


def _new(request: DeskRequest, form: CellForm, when: dict[str, Any]) -> dict[str, Any]:
    promise = promise_form.promise_of(form, form)
    said = None if isinstance(promise, edits.Cell) else dict(promise)
    return {
        "code": request.POST.get("code", "").strip(), "title": request.POST.get("title", "").strip(), "when": when,
        "promises": {request.POST.get("milestone", ""): said},
    }  # fmt: skip


@signed_in_who_may("settings.draft")
def ladder(request: DeskRequest, code: str, name: str = "") -> HttpResponseBase:
    """The steps of one ladder; without a name a new one."""
    draft = drafts.of(code)
    stored = (draft.spec.get("ladders") or {}).get(name, [])
    steps, errors = promise_form.steps_of(stored), {}
    if request.method == "POST":
        steps = promise_form.steps_from(request.POST)
        name = name or request.POST.get("name", "").strip()
        if request.POST.get("do") != "more":
            errors = _put_ladder(request, draft, name, steps)
            if not errors:
                return go(request, "settings_policy", code)
    blank = 1 if steps else 2
    context = {"name": name, "new": not stored, "steps": [*steps, *(StepForm() for _n in range(blank))]}
    return _dialog(request, draft, "_ladder.html", context, errors)


def _put_ladder(request: DeskRequest, draft: Draft, name: str, steps: list[StepForm]) -> dict[str, Any]:
    if request.POST.get("do") == "delete":
        return change(request, draft, lambda spec: edits.drop_named(spec, "ladders", name))
    if not name or not steps:
        return {"": _("Give the ladder a name and at least one step.")}
    try:
        content = promise_form.ladder_from(steps)
    except EngineError as error:
        return {"": str(complaints.sentence(error))}
    return change(request, draft, lambda spec: edits.put_named(spec, "ladders", name, content))


@signed_in_who_may("settings.draft")
def pause_set(request: DeskRequest, code: str, name: str = "") -> HttpResponseBase:
    """The reasons of one pause set; without a name a new one."""
    draft = drafts.of(code)
    stored = (draft.spec.get("pause_sets") or {}).get(name, [])
    chosen, errors = list(stored), {}
    if request.method == "POST":
        chosen = request.POST.getlist("reasons")
        name = name or request.POST.get("name", "").strip()
        errors = _put_pauses(request, draft, name, chosen)
        if not errors:
            return go(request, "settings_policy", code)
    return _dialog(request, draft, "_pauses.html", {"name": name, "new": not stored, "chosen": chosen}, errors)


def _put_pauses(request: DeskRequest, draft: Draft, name: str, chosen: list[str]) -> dict[str, Any]:
    if request.POST.get("do") == "delete":
        return change(request, draft, lambda spec: edits.drop_named(spec, "pause_sets", name))
    if not name or not chosen:
        return {"": _("Give the set a name and at least one reason.")}
    return change(request, draft, lambda spec: edits.put_named(spec, "pause_sets", name, list(chosen)))
