"""Which warnings make a difference, and which could as well be left out?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yingnuo.desk import choices, faces
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.dashboard import asked, figures, words
from yingnuo.engine.kpi import Share
from yingnuo.scorecards import listing, warnings
from yingnuo.scorecards.queries import VERB
from yingnuo.scorecards.warnings import Effect

_GROUPS: dict[str, str | Promise] = {
    "step": gettext_lazy("Step"), "team": gettext_lazy("Team"), "milestone": gettext_lazy("Milestone"),
    "way": gettext_lazy("By"),
}  # fmt: skip
_USES: dict[str, tuple[str | Promise, str]] = {
    "": (gettext_lazy("works"), "green"), "few": (gettext_lazy("too few to tell"), "gray"),
    "ignored": (gettext_lazy("nobody reads it"), "red"),
    "anyway": (gettext_lazy("kept also without being read"), "orange"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    name: str
    kept: str
    interval: str
    n: int
    taken_up: str
    read: str
    median: str
    unread: str
    use: str | Promise
    tone: str


@require_safe
@signed_in_who_may(VERB)
def effect(request: DeskRequest) -> HttpResponse:
    """The warnings of a period by step, team, milestone and way."""
    wanted = asked.read(request.GET, zone=listing.zone(timezone.get_current_timezone_name()), now=request.now)
    found, known = warnings.effects(request.actor, wanted.period, wanted.filters), choices.names()
    tables = [(word, [_row(e, group, known) for e in found.groups[group]]) for group, word in _GROUPS.items()]
    context: dict[str, Any] = {
        "now": request.now, "asked": wanted, "total": _row(found.total, "", known), "tables": tables,
        "unwarned": words.percent(found.unwarned.value), "unwarned_note": _note(found.unwarned),
        "kept_note": _note(found.total.kept), "cut": found.cut,
        "most": warnings.MOST, "periods": figures.periods_of(wanted), "tab": "warnings",
        "useless": [(_name(e.code, "step", known), *_USES[e.use]) for e in warnings.useless(found.groups["step"])],
        "plain": reverse("desk:warnings"),
    }  # fmt: skip
    return render(request, "desk/dashboard/warnings.html", context)


def _row(e: Effect, group: str, known: Names) -> Row:
    use, tone = _USES[e.use]
    return Row(
        _name(e.code, group, known), words.percent(e.kept.value), words.interval(e.kept), e.kept.n,
        words.percent(e.taken_up.value), words.percent(e.read.value if e.read else None), words.span(e.median),
        _of(e.unread_kept), use, tone,
    )  # fmt: skip


def _note(share: Share) -> str:
    return _("%(interval)s, n = %(n)s") % {"interval": words.interval(share), "n": share.n}


def _of(share: Share) -> str:
    return _("%(share)s of %(n)s") % {"share": words.percent(share.value), "n": share.n} if share.n else words.NOTHING


def _name(code: str, group: str, known: Names) -> str:
    if group == "team":
        return known.team(int(code)) if code else _("No team")
    if group == "milestone":
        return faces.milestone(code)
    return faces.way(code) if group == "way" else code
