"""Where is the promise table read and changed?

Changes gather in a draft (see drafts.py) until they are saved together, with the reason, as one version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import drafts, files, policy_faces, words
from yingnuo.desk.settings import policy_edit as edits
from yingnuo.desk.settings.calendars import code_problem
from yingnuo.desk.settings.drafts import Draft
from yingnuo.desk.settings.frame import go, show
from yingnuo.kit.errors import Conflict, Invalid, Refused
from yingnuo.promises import versions
from yingnuo.promises.models import Policy, PolicyVersion

SECTION = "policies"
_ORDER = ("code", "title", "agreement", "milestones", "ladders", "pause_sets", "rules")
_RULE_ORDER = ("code", "title", "when", "promises")


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every standard, in the order they are asked."""
    rows = [policy_faces.summary(policy) for policy in Policy.objects.order_by("position", "id")]
    return show(request, "policies.html", {"rows": rows}, section=SECTION)


@signed_in_who_may("settings.view")
def table(request: DeskRequest, code: str) -> HttpResponseBase:
    """The promise table of one standard, with the reader's changes, lint and history."""
    draft = drafts.of(request, code)
    version = request.GET.get("version", "")
    if version.isascii() and version.isdigit() and len(version) < 9:
        return _old(request, draft.policy, int(version))
    return _table(request, draft, {})


def _table(request: DeskRequest, draft: Draft, errors: Mapping[str, Any], status: int = 200) -> HttpResponseBase:
    context = {
        "draft": draft, "errors": errors, **policy_faces.grid(draft.spec, draft.saved),
        "changes": policy_faces.changes(draft.saved, draft.spec) if draft.changed else (),
        "history": _history(draft.policy), "justification": request.POST.get("justification", ""),
    }  # fmt: skip
    return show(request, "policy.html", context, section=SECTION, status=status)


def _history(policy: Policy) -> list[PolicyVersion]:
    return list(policy.versions.select_related("created_by").order_by("-number")[:50])


def _old(request: DeskRequest, policy: Policy, number: int) -> HttpResponseBase:
    version = get_object_or_404(PolicyVersion, policy=policy, number=number)
    before = PolicyVersion.objects.filter(policy=policy, number=number - 1).first()
    context = {
        "policy": policy, "version": version, **policy_faces.grid(version.spec, version.spec), "may_edit": False,
        "changes": policy_faces.changes(before.spec, version.spec) if before else (), "history": _history(policy),
    }  # fmt: skip
    return show(request, "policy_old.html", context, section=SECTION)


def change(request: DeskRequest, draft: Draft, edit: Callable[[Mapping[str, Any]], edits.Spec]) -> dict[str, Any]:
    """Keeps one change in the draft; what is wrong with it, by field, when it cannot be used."""
    try:
        drafts.keep(request, draft, edit(draft.spec))
    except Invalid as refused:
        return {"": str(refused)}
    return {}


@require_POST
@signed_in_who_may("settings.edit")
def move(request: DeskRequest, code: str, rule: str) -> HttpResponseBase:
    """A rule one place up or down."""
    draft = drafts.of(request, code)
    by = 1 if request.POST.get("to") == "down" else -1
    drafts.keep(request, draft, edits.move_rule(draft.spec, rule, by))
    return go(request, "settings_policy", code)


@require_POST
@signed_in_who_may("settings.edit")
def delete(request: DeskRequest, code: str, rule: str) -> HttpResponseBase:
    """Takes a rule out of the draft."""
    draft = drafts.of(request, code)
    drafts.keep(request, draft, edits.drop_rule(draft.spec, rule))
    return go(request, "settings_policy", code)


@require_POST
@signed_in_who_may("settings.edit")
def discard(request: DeskRequest, code: str) -> HttpResponseBase:
    """Forgets the reader's changes."""
    drafts.drop(request, code)
    messages.info(request, _("Your changes are gone; version in force is shown."))
    return go(request, "settings_policy", code)


@require_POST
@signed_in_who_may("settings.edit")
def save(request: DeskRequest, code: str) -> HttpResponseBase:
    """Saves the draft with its reason as the next version."""
    draft = drafts.of(request, code)
    reason = request.POST.get("justification", "").strip()
    try:
        _refuse_unsaveable(draft, reason)
    except Refused as refused:
        return _table(request, draft, {"justification": str(refused)}, status=422)
    version = versions.save_policy(
        request.actor, code=code, name=draft.policy.name, spec=draft.spec, justification=reason, now=request.now
    )
    drafts.drop(request, code)
    messages.success(request, _("Version %(number)s is in force for tickets from now on.") % {"number": version.number})
    return go(request, "settings_policy", code)


def _refuse_unsaveable(draft: Draft, reason: str) -> None:
    if not draft.changed:
        raise Conflict(_("There is nothing to save."))
    if draft.stale:
        raise Conflict(_("Somebody saved another version meanwhile. Discard your changes and make them again."))
    if len(reason) < 5:
        raise Invalid(_("Say in a few words why the standard changes."))


@signed_in_who_may("settings.view")
def export(request: DeskRequest, code: str) -> HttpResponseBase:
    """The standard as a YAML file, the reader's changes included."""
    draft = drafts.of(request, code)
    spec = _in_order({"code": code, "title": draft.policy.name} | draft.spec, _ORDER)
    spec["rules"] = [_in_order(rule, _RULE_ORDER) for rule in spec["rules"]]
    return files.as_yaml(spec, f"standard-{code}.yaml")


def _in_order(given: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """The mapping in the order people read it: the database keeps keys by their length."""
    first = {key: given[key] for key in order if key in given}
    return first | given


@signed_in_who_may("settings.edit")
def load(request: DeskRequest) -> HttpResponseBase:
    """A standard out of a YAML file or text: the next version of the one whose code it names, or a new one."""
    text, errors = request.POST.get("text", ""), {}
    if request.method == "POST":
        try:
            return _loaded(request)
        except Refused as refused:
            errors = {"text": str(refused)}
    context = {
        "text": text, "errors": errors, "example": policy_faces.EXAMPLE, "back": reverse("desk:settings_policies"),
        "justify": True, "justification": request.POST.get("justification", ""),
    }  # fmt: skip
    return show(request, "load.html", context, section=SECTION, status=422 if errors else 200)


def _loaded(request: DeskRequest) -> HttpResponseBase:
    spec = files.posted_yaml(request)
    reason = request.POST.get("justification", "").strip()
    if len(reason) < 5:
        raise Invalid(_("Say in a few words why the standard changes."))
    code = str(spec.get("code", ""))
    if wrong := code_problem(code, taken=False):
        raise Invalid(wrong["code"])
    known = Policy.objects.filter(code=code).first()
    name = str(spec.get("title") or (known.name if known else code))[:80]
    version = versions.save_policy(
        request.actor, code=code, name=name, spec=spec, justification=reason, now=request.now
    )
    drafts.drop(request, code)
    messages.success(request, _("Version %(number)s is in force for tickets from now on.") % {"number": version.number})
    return go(request, "settings_policy", code)


@require_POST
@signed_in_who_may("settings.edit")
def switch(request: DeskRequest, code: str) -> HttpResponseBase:
    """Puts a standard in force or out of it, or changes when it is asked."""
    policy = get_object_or_404(Policy, code=code)
    versions.place_policy(request.actor, policy=policy, to=request.POST.get("to", ""), now=request.now)
    return go(request, "settings_policies")


def labels(draft: Draft) -> dict[str, Any]:
    """What the forms of one standard offer to choose from."""
    return {
        "draft": draft, "ladders": list(draft.spec.get("ladders") or {}),
        "sets": list(draft.spec.get("pause_sets") or {}),
        "calendars": policy_faces.calendars(), "reasons": words.reasons(), "guides": words.guides(),
        "audiences": words.audiences(), "ways": words.ways(),
    }  # fmt: skip
