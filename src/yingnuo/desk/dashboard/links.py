"""Which team, supplier or dealer used the time of the promises that were broken in a period?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.desk import choices
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.dashboard import asked, figures, words
from yingnuo.desk.links import kind_of, name_of
from yingnuo.kit import formats
from yingnuo.promises.models import MilestoneCode
from yingnuo.scorecards import links as scored
from yingnuo.scorecards import listing
from yingnuo.scorecards.links import Blamed
from yingnuo.scorecards.queries import VERB


@require_safe
@signed_in_who_may(VERB)
def links(request: DeskRequest) -> HttpResponse:
    """The links of a period's breaches."""
    wanted = asked.read(request.GET, zone=listing.zone(timezone.get_current_timezone_name()), now=request.now)
    found = scored.by_link(request.actor, wanted.period, wanted.filters, now=request.now)
    context: dict[str, Any] = {
        "now": request.now, "asked": wanted, "rows": [_row(one, request.names) for one in found.lines],
        "n": found.n, "more": found.more, "most": scored.MOST, "periods": figures.periods_of(wanted),
        "excused": figures.excused_of(wanted), "agreements": words.AGREEMENTS.items(), "tab": "links",
        "all_milestones": MilestoneCode.choices, "plain": reverse("desk:figures_links"),
    }  # fmt: skip
    return render(request, "desk/dashboard/links.html", context | choices.for_queue(request.actor, request.names))


def _row(one: Blamed, names: Names) -> dict[str, Any]:
    return {
        "name": name_of(one.team, names), "kind": kind_of(one.team, names) or (_("Own team") if one.team else "—"),
        "n": one.share.hits, "share": words.percent(one.share.value), "percent": 100 * (one.share.value or 0),
        "interval": words.interval(one.share), "mean": formats.duration(one.used // one.share.hits),
        "over_budget": one.over_budget,
        "over": formats.duration(one.over // one.over_budget) if one.over_budget else words.NOTHING,
    }  # fmt: skip
