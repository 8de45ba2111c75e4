"""Where is the promise table read and changed?

Changes gather in a draft that colleagues see (see drafts.py) until it is proposed, with the reason, as one version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import drafts, files, lives, policy_faces, words
from yingnuo.desk.settings import policy_edit as edits
from yingnuo.desk.settings.drafts import Draft
from yingnuo.desk.settings.frame import go, show
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.promises import versions
from yingnuo.promises.life import Stale
from yingnuo.promises.models import Policy
from yingnuo.promises.versions import Sort

SECTION = "policies"


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every standard, in the order they are asked."""
    policies = Policy.objects.order_by("position", "id")
    rows = [policy_faces.summary(policy, now=request.now) | {"waiting": lives.waiting(policy)} for policy in policies]
    context = {"rows": rows, "may_place": request.actor.may("settings.edit")}
    return show(request, "policies.html", context, section=SECTION)


@signed_in_who_may("settings.view")
def table(request: DeskRequest, code: str) -> HttpResponseBase:
    """The promise table of one standard: the draft where there is one, with lint and history."""
    asked = request.GET.get("version", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        return go(request, "settings_policy_version", code, int(asked))
    draft = drafts.of(code)
    context = {
        "draft": draft, **policy_faces.grid(draft.spec, draft.saved, now=request.now), **lives.around(request, draft),
    }  # fmt: skip
    return show(request, "policy.html", context, section=SECTION)


def change(request: DeskRequest, draft: Draft, edit: Callable[[Mapping[str, Any]], edits.Spec]) -> dict[str, Any]:
    """Keeps one change in the draft; what is wrong with it, by field, when it cannot be used."""
    try:
        drafts.keep(request, draft, edit(draft.spec))
    except Stale as refused:
        return {"": lives.stale_words(Sort.POLICY, refused)}
    except (Invalid, NotFound) as refused:
        return {"": str(refused)}
    return {}


def _changed(request: DeskRequest, code: str, edit: Callable[[Mapping[str, Any]], edits.Spec]) -> HttpResponseBase:
    """One change by a button of the table; what is wrong with it is said above the table."""
    for wrong in change(request, drafts.of(code), edit).values():
        messages.error(request, wrong)
    return go(request, "settings_policy", code)


@require_POST
@signed_in_who_may("settings.draft")
def move(request: DeskRequest, code: str, rule: str) -> HttpResponseBase:
    """A rule one place up or down."""
    by = 1 if request.POST.get("to") == "down" else -1
    return _changed(request, code, lambda spec: edits.move_rule(spec, rule, by))


@require_POST
@signed_in_who_may("settings.draft")
def delete(request: DeskRequest, code: str, rule: str) -> HttpResponseBase:
    """Takes a rule out of the draft."""
    return _changed(request, code, lambda spec: edits.drop_rule(spec, rule))


@signed_in_who_may("settings.view")
def export(request: DeskRequest, code: str) -> HttpResponseBase:
    """The standard as a YAML file: the version asked for, else the draft, else what is in force."""
    return files.download(lives.asked_version(request, Sort.POLICY, code), f"standard-{code}.yaml")


@signed_in_who_may("settings.draft")
def load(request: DeskRequest) -> HttpResponseBase:
    """A standard out of a YAML file or text: a draft of the one whose code it names, or of a new one."""
    return files.load(request, Sort.POLICY, policy_faces.EXAMPLE, reverse("desk:settings_policies"))


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
