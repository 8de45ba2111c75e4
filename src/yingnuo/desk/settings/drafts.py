"""Which draft of a standard is worked on, and how does one change reach it without undoing a colleague's?

A draft is one row for all (see `promises.life`). Every form carries the token of what its reader saw; a form that was
opened before somebody else's change is refused with what differs, and can be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from yingnuo.desk.access import DeskRequest
from yingnuo.promises import life, versions
from yingnuo.promises.life import Stale
from yingnuo.promises.models import Calendar, Policy, Version, VersionState
from yingnuo.promises.versions import Sort

_DRAFT_GONE = "-"  # a token that no draft has


@dataclass(frozen=True, slots=True)
class Draft:
    """A standard as it is worked on: `version` is the open draft, None where there is none yet.

    `spec` is what the draft says, else what is in force; `saved` what is in force, else nothing.
    """

    policy: Policy | Calendar
    sort: Sort
    version: Version | None
    spec: dict[str, Any]
    saved: dict[str, Any]
    name: str

    @property
    def changed(self) -> bool:
        """Whether there is a draft that says something else than what is in force."""
        return self.version is not None and self.spec != self.saved

    @property
    def stale(self) -> bool:
        """Whether another version came in force since the draft was begun."""
        return self.version is not None and self.version.base != self.policy.current

    @property
    def token(self) -> str:
        """What a form says it was opened on."""
        return f"{self.version.number}.{self.version.edition}" if self.version else f"v{self.policy.current}"


def of(code: str, sort: Sort = Sort.POLICY) -> Draft:
    """The draft of the standard of that code, 404 when there is no such standard."""
    standard = get_object_or_404(versions.standards_of(sort), code=code)
    rows = versions.rows(sort).filter(**{sort.value: standard}).select_related("edited_by", "created_by")
    open_one = rows.filter(state=VersionState.DRAFT).first()
    current = rows.filter(number=standard.current).first()
    shown = open_one or current or rows.order_by("-number").first()
    if shown is None:
        raise Http404
    saved = dict(current.spec) if current else {}
    return Draft(standard, sort, open_one, dict(shown.spec), saved, shown.name or standard.name)


def keep(request: DeskRequest, draft: Draft, spec: Mapping[str, Any], *, name: str = "") -> Version:
    """Stores a changed specification; Invalid when it could not be used, Stale when somebody was quicker."""
    if request.POST.get("at", _DRAFT_GONE) != draft.token:
        raise stale(draft, spec)
    if draft.version is None:
        return life.draft(
            request.actor, sort=draft.sort, code=draft.policy.code, spec=spec, name=name or draft.name,
            base=draft.policy.current, now=request.now,
        )  # fmt: skip
    return life.edit(
        request.actor, version=draft.version, edition=draft.version.edition, spec=spec, name=name, now=request.now
    )


def stale(draft: Draft, mine: Mapping[str, Any]) -> Stale:
    """The refusal of a form that was opened before somebody else's change."""
    return life.draft_changed(draft.version or life.in_force(draft.sort, draft.policy.code), mine)
