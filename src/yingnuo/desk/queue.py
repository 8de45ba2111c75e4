"""Which tickets wait, which is due next, and what is done to many of them at once?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import choices, macros, rows
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number, read
from yingnuo.journey import closing, upkeep
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries

MOST_AT_ONCE = 200


@require_safe
@signed_in
def queue(request: DeskRequest) -> HttpResponse:
    """The queue; its part `queue` is fetched again whenever a ticket changes."""
    view = read(request.GET, request.actor)
    scopes, states = rows.chips(request.actor, view, now=request.now)
    page = rows.page_of(request.actor, view, now=request.now, names=request.names)
    context: dict[str, Any] = {"view": view, "page": page, "scopes": scopes, "states": states, "now": request.now}
    context |= {"previous": view.address(page=view.page - 1), "following": view.address(page=view.page + 1)}
    context |= {"searched": bool(view.filter.words), "narrowed": view.narrowed, "plain": reverse("desk:queue")}
    context["may_export"] = request.actor.may("ticket.export")
    context |= choices.for_queue(request.actor, request.names) | {"macros": macros.offered(request.actor)}
    return pages.show(request, "desk/queue.html", context, parts={"queue": "desk/_queue.html"})


Deed = Callable[[Actor, int, QueryDict, datetime], object]


def _take(actor: Actor, pk: int, said: QueryDict, now: datetime) -> object:
    team = queries.get_for(actor, pk).team_id
    return upkeep.assign(actor, ticket_id=pk, team=team, agent=actor.id, now=now)


def _assign(actor: Actor, pk: int, said: QueryDict, now: datetime) -> object:
    team, agent = choices.holder(said.get("holder", ""))
    return upkeep.assign(actor, ticket_id=pk, team=team, agent=agent, now=now)


def _resolve(actor: Actor, pk: int, said: QueryDict, now: datetime) -> object:
    return closing.resolve(actor, ticket_id=pk, now=now)


def _tag(actor: Actor, pk: int, said: QueryDict, now: datetime) -> object:
    word = said.get("word", "").strip()
    if not word:
        raise Invalid(_("Write a tag first."), fields={"word": _("Write a tag first.")})
    tags = {*queries.get_for(actor, pk).tags, word}
    return upkeep.tag(actor, ticket_id=pk, tags=sorted(tags), now=now)


_DEEDS: dict[str, Deed] = {
    "take": _take, "assign": _assign, "resolve": _resolve, "tag": _tag, "macro": macros.to_one_of_many,
}  # fmt: skip


@require_POST
@signed_in
def bulk(request: DeskRequest) -> HttpResponse:
    """One deed for all chosen tickets, each by itself: what one refuses does not stop the others."""
    deed = _DEEDS.get(request.POST.get("do", ""))
    ids = [pk for text in request.POST.getlist("ids") if (pk := number(text))][:MOST_AT_ONCE]
    if deed is None:
        raise Invalid(_("Choose what to do."), fields={"do": _("Unknown choice.")})
    if not ids:
        raise Invalid(_("Choose tickets first."), fields={"ids": _("Nothing was chosen.")})
    refusals = _each(deed, request, ids)
    _report(request, len(ids) - len(refusals), refusals)
    back = read(QueryDict(request.POST.get("back", "").lstrip("?")), request.actor)
    return redirect(reverse("desk:queue") + back.here)


def _each(deed: Deed, request: DeskRequest, ids: Sequence[int]) -> list[str]:
    refusals = []
    for pk in ids:
        try:
            deed(request.actor, pk, request.POST, request.now)
        except Refused as error:
            refusals.append(f"YN-{pk}: {error}")
    return refusals


def _report(request: DeskRequest, done: int, refusals: Sequence[str]) -> None:
    if done:
        messages.success(request, ngettext("%(n)s ticket done.", "%(n)s tickets done.", done) % {"n": done})
    if refusals:
        said = ngettext("%(n)s refused.", "%(n)s refused.", len(refusals)) % {"n": len(refusals)}
        messages.warning(request, f"{said} {refusals[0]}")
