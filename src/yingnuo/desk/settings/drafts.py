"""Where do changes to a policy wait until somebody gives the reason and saves them as one version?

In the session of the person who makes them: nobody else sees a half-made standard, and a closed browser loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from yingnuo.promises import versions
from yingnuo.promises.models import Policy, PolicyVersion


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy as its reader sees it: with his changes, or as version `base` says. `stale`: a newer one is in force."""

    policy: Policy
    spec: dict[str, Any]
    saved: dict[str, Any]
    base: int
    changed: bool

    @property
    def stale(self) -> bool:
        """Whether somebody saved another version since these changes began."""
        return self.changed and self.base != self.policy.current


def _key(code: str) -> str:
    return f"policy_draft:{code}"


def of(request: HttpRequest, code: str) -> Draft:
    """The reader's draft of the policy of that code, 404 when there is no such policy."""
    policy = get_object_or_404(Policy, code=code)
    kept = request.session.get(_key(code)) or {}
    base = int(kept.get("base") or policy.current)
    saved = dict(get_object_or_404(PolicyVersion, policy=policy, number=base).spec)
    spec = kept.get("spec")
    return Draft(policy, spec or saved, saved, base, bool(spec) and spec != saved)


def keep(request: HttpRequest, draft: Draft, spec: Mapping[str, Any]) -> None:
    """Keeps a changed specification; Invalid, and nothing kept, when it could not be used."""
    versions.check_policy(spec)
    request.session[_key(draft.policy.code)] = {"base": draft.base, "spec": dict(spec)}


def drop(request: HttpRequest, code: str) -> None:
    """Forgets the changes."""
    request.session.pop(_key(code), None)
