"""How is the chance that a promise breaks shown, and what is said of how it was come by?"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from django.http import HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from yingnuo.desk import faces
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.engine import risk, risk_fit
from yingnuo.kit import formats, pages
from yingnuo.kit.templatetags import ui
from yingnuo.scorecards import risk_history
from yingnuo.scorecards.models import RiskModel

Why = Mapping[str, str | int]
SHOWN_FROM = 0.25  # in lists of another order: a small chance beside every ticket would say nothing
_HIGH, _MIDDLE = 0.6, 0.3


def chip(chance: float | None, why: Why | None, *, least: float = 0.0) -> SafeString:
    """A chance from `least` on, with its reasons on hovering and on focus; "" for none."""
    if chance is None or why is None or chance < least:
        return SafeString("")
    told = escape(" · ".join([_("Breach risk"), faces.milestone(str(why["milestone"])), *reasons(why)]))
    level = "high" if chance >= _HIGH else "middle" if chance >= _MIDDLE else "low"
    icon = ui.icon("alert-triangle" if level == "high" else "gauge", size="sm")
    shown = f'class="desk-chance" data-level="{level}" data-why="{told}" title="{told}"'
    return SafeString(f"<span {shown}>{icon}{percent(chance)}</span>")


def percent(chance: float) -> str:
    """A chance in whole hundredths."""
    return _("%(n)s %%") % {"n": round(100 * chance)}


def reasons(why: Why) -> list[str]:
    """What the chance rests on, the comparable ones first."""
    of = int(why.get("of", 0))
    span = {"span": formats.duration(int(why.get("after", 0)))}
    if of:
        first = ngettext(
            "%(share)s %% of %(n)s comparable one still open after %(span)s broke",
            "%(share)s %% of %(n)s comparable ones still open after %(span)s broke", of,
        ) % (span | {"share": why.get("broke", 0), "n": of})  # fmt: skip
    else:
        first = _("no comparable ones yet: judged by the time used, %(span)s") % span
    return [first, *_special(why)]


def _special(why: Why) -> list[str]:
    ahead = int(why.get("ahead", 0))
    told = [
        (ahead, ngettext("%(n)s waits longer in the same list", "%(n)s wait longer in the same list", ahead)
         % {"n": ahead}),
        (why.get("away"), _("nobody who has it is there now")),
        (why.get("urged"), _("the customer urged")),
        (why.get("broken_link"), _("another promise of the ticket is broken")),
        (why.get("paused"), _("its clock stands still")),
    ]  # fmt: skip
    return [words for so, words in told if so]


@require_safe
@signed_in
def page(request: DeskRequest) -> HttpResponse:
    """How breach risk is computed, and how good the model in force is."""
    context = {
        "model": RiskModel.objects.order_by("-pk").defer("spec").first(), "days": risk_history.DAYS,
        "lean": round(risk.LEAN), "told_from": risk.TOLD_FROM, "least": risk_fit.LEAST_SEEN, "now": request.now,
    }  # fmt: skip
    return pages.show(request, "desk/risk.html", context)
