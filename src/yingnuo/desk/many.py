"""How is one deed done to many tickets of the queue, and taken back within a minute?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from yingnuo.desk import choices, linked, macros
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import View, number, read
from yingnuo.journey import many
from yingnuo.journey.many import MOST, Outcome, Wish
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.kit.middleware import add_trigger
from yingnuo.tickets import lists

ASIDE = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "3d": timedelta(days=3)}


@require_POST
@signed_in
def bulk(request: DeskRequest) -> HttpResponse:
    """One deed for all chosen tickets, or for all of the list they were chosen in."""
    back = read(QueryDict(request.POST.get("back", "").lstrip("?")), request.actor)
    ids = _chosen(request, back)
    if not ids:
        raise Invalid(_("Choose tickets first."), fields={"ids": _("Nothing was chosen.")})
    if request.POST.get("do") == "macro":
        told(request, macros.to_many(request.actor, ids, request.POST, now=request.now))
    else:
        wish = _wish(request.POST, back, request.names, request.now)
        told(request, many.do(request.actor, wish=wish, tickets=ids, now=request.now))
    return redirect(reverse("desk:queue") + back.here)


def _chosen(request: DeskRequest, view: View) -> list[int]:
    if request.POST.get("every"):
        return lists.ids(request.actor, view.filter, now=request.now, most=MOST)
    return [pk for text in request.POST.getlist("ids") if (pk := number(text))][:MOST]


def _wish(said: QueryDict, back: View, names: choices.Names, now: datetime) -> Wish:
    """What is wished, with what it needs; Invalid when that is missing."""
    do = said.get("do", "")
    if do == "take":
        return Wish(do, free=back.filter.scope == "unassigned")
    if do == "assign":
        team, agent = choices.holder(said.get("holder", ""))
        return Wish(do, team=team, agent=agent)
    if do == "snooze":
        return Wish(do, until=_until(said.get("for", ""), now))
    if do == "urgency":
        return Wish(do, word=said.get("urgency", ""), reason=said.get("reason", ""))
    if do == "child":
        return Wish(do, word=str(_parent(said)))
    if do == "note":
        return Wish(do, reason=_needed(said, "note", _("Write something first."))[:20_000])
    if do == "line" and said.get("line", "") not in {"", *names.lines}:
        raise Invalid(_("This value cannot be used."), fields={"line": _("Choose from the list.")})
    word = _needed(said, "word", _("Write a tag first.")) if do == "tag" else said.get("line", "")
    return Wish(do, word=word)


def _parent(said: QueryDict) -> int:
    problem = _("Write the number of the parent, such as YN-42.")
    parent = linked.named(_needed(said, "parent", problem))
    if parent is None:
        raise Invalid(problem, fields={"parent": problem})
    return parent


def _until(choice: str, now: datetime) -> datetime:
    if choice not in ASIDE:
        raise Invalid(_("Choose a moment in the future."), fields={"for": _("Choose from the list.")})
    return now + ASIDE[choice]


def _needed(said: QueryDict, name: str, problem: str) -> str:
    text = said.get(name, "").strip()
    if not text:
        raise Invalid(problem, fields={name: problem})
    return text


def told(request: DeskRequest, outcome: Outcome) -> None:
    """Says what came of it, with the way back while there is one."""
    n = outcome.done
    if n:
        text = ngettext("%(n)s ticket done.", "%(n)s tickets done.", n) % {"n": n}
        undo = f"undo:{reverse('desk:bulk_undo', args=[outcome.batch])}" if outcome.batch else ""
        messages.success(request, text, extra_tags=undo)
    _told_refused(request, outcome.refused, _("%(n)s refused.") % {"n": len(outcome.refused)})


def _told_refused(request: DeskRequest, refused: Sequence[tuple[int, str]], said: str) -> None:
    if refused:
        first = "; ".join(f"YN-{pk}: {why}" for pk, why in refused[:3])
        messages.warning(request, f"{said} {first}{' …' if len(refused) > 3 else ''}")


@require_POST
@signed_in
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Takes it back where nobody changed the ticket meanwhile, and names those that stay as they are."""
    outcome = many.undo(request.actor, batch=pk, now=request.now)
    n = outcome.done
    if n:
        messages.success(request, ngettext("%(n)s ticket as before.", "%(n)s tickets as before.", n) % {"n": n})
    _told_refused(request, outcome.refused, _("%(n)s stay as they are.") % {"n": len(outcome.refused)})
    if not pages.is_htmx(request):
        return redirect("desk:queue")
    response = HttpResponse(status=204)
    add_trigger(response, "yn:tickets", {"target": "body"})
    return response
