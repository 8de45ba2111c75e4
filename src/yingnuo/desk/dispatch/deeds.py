"""What does a lead do at the board: accept, choose another, give all out, balance?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.dispatch import board
from yingnuo.desk.filters import number
from yingnuo.journey import handing
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, Refused


@require_POST
@signed_in_who_may("wall.view")
def give(request: DeskRequest, pk: int) -> HttpResponse:
    """A waiting ticket to the person suggested, or to another of its team."""
    agent = request.POST.get("agent", "")
    agent = request.POST.get("other", "") if agent == "other" else agent
    _give(request, pk, agent, request.POST.get("suggested", ""))
    words = {"number": f"YN-{pk}", "who": request.names.person(number(agent))}
    messages.success(request, _("%(number)s is with %(who)s now.") % words)
    return _after(request)


def _give(request: DeskRequest, pk: int, agent: str, suggested: str) -> None:
    chosen = number(agent)
    if not chosen:
        raise Invalid(_("Choose who gets it."), fields={"agent": _("Choose from the list.")})
    handing.decide(request.actor, ticket_id=pk, agent=chosen, suggested=number(suggested), now=request.now)


@require_POST
@signed_in_who_may("wall.view")
def give_all(request: DeskRequest) -> HttpResponse:
    """Every pair `ticket-agent` as it was suggested on the page; what one refuses does not stop the others."""
    done, refusals = 0, []
    for pair in request.POST.getlist("pairs")[: board.MOST_WAITING]:
        ticket, _dash, agent = pair.partition("-")
        try:
            _give(request, number(ticket) or 0, agent, agent)
            done += 1
        except Refused as error:
            refusals.append(f"YN-{ticket}: {error}")
    if done:
        messages.success(request, ngettext("%(n)s ticket given out.", "%(n)s tickets given out.", done) % {"n": done})
    if refusals:
        messages.warning(request, refusals[0])
    return _after(request)


@require_POST
@signed_in_who_may("wall.view")
def balance(request: DeskRequest) -> HttpResponse:
    """Some tickets from one person to another."""
    source, target = (number(request.POST.get(name, "")) or 0 for name in ("source", "target"))
    most = number(request.POST.get("most", "")) or 0
    moved = handing.balance(request.actor, source=source, target=target, most=most, now=request.now)
    words = {"n": len(moved), "who": request.names.person(target)}
    said = ngettext("%(n)s ticket is with %(who)s now.", "%(n)s tickets are with %(who)s now.", len(moved))
    messages.success(request, said % words)
    return _after(request)


def _after(request: DeskRequest) -> HttpResponse:
    return board.show(request) if pages.is_htmx(request) else redirect("desk:dispatch")
