"""Where are lists of tickets saved, changed, ordered, deleted, brought back, and made to look otherwise?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import list_form, list_words, rows, tabs
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number, read
from yingnuo.desk.table_words import COLUMNS, GROUPS
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.tickets import asking
from yingnuo.worklists import looks, queries, services
from yingnuo.worklists.models import Audience
from yingnuo.worklists.queries import Tab
from yingnuo.worklists.services import SHARE, ListFacts


@require_safe
@signed_in
def index(request: DeskRequest) -> HttpResponse:
    """All lists that the reader sees, in his order, with what he may do to each."""
    seen = queries.seen_by(request.actor)
    lines = [(tab, _about(request, tab), services.may_change(request.actor, tab)) for tab in seen]
    return render(request, "desk/lists.html", {"lines": lines, "begins": any(tab.start for tab in seen)})


def _about(request: DeskRequest, tab: Tab) -> dict[str, str]:
    asked = asking.read(tab.asked)
    readers = {Audience.OWN: _("Only me"), Audience.ALL: _("Everybody")}.get(Audience(tab.audience))
    return {
        "asks": list_words.sentence(asked, request.names) if asked else "",
        "readers": readers or request.names.team(tab.team_id), "owner": request.names.person(tab.owner_id),
        "scope": str(rows.SCOPES[tab.scope]), "state": str(rows.STATES[tab.state]),
    }  # fmt: skip


@require_safe
@signed_in
def tabs_with_counts(request: DeskRequest) -> HttpResponse:
    """The tabs alone, counted; asked for by the page when it stands, and again when tickets change."""
    current = number(request.GET.get("view", "")) or 0
    context = {"heads": tabs.counted(request, current), "whole": not current, "current": current}
    return render(request, "desk/_lists.html", context)


@signed_in
def edit(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of one list, or of a new one that begins with the filter in the address."""
    if request.method == "POST":
        return _posted(request, pk)
    facts = _facts_of(_tab(request, pk)) if pk else _facts_here(request)
    return _form(request, pk, facts, {})


def _tab(request: DeskRequest, pk: int) -> Tab:
    tab = queries.named(request.actor, pk)
    if tab is None:
        raise NotFound(_("There is no such list."), code="list_not_found")
    return tab


def _facts_of(tab: Tab) -> ListFacts:
    return ListFacts(
        tab.name, tab.audience, tab.team_id, tab.scope, tab.state, tab.order, asking.read(tab.asked),
        looks.read(tab.look),
    )  # fmt: skip


def _facts_here(request: DeskRequest) -> ListFacts:
    """What the queue shows at the moment: the filter of the address, and the look the reader has it in."""
    view = read(request.GET, request.actor)
    f = view.filter
    asked = asking.joined(f.asked, list_words.tests_of(f))
    return ListFacts(
        "", scope=f.scope, state=f.state, order=f.order, asked=asked, look=tabs.look_of(request.actor, view)
    )


def _posted(request: DeskRequest, pk: int | None) -> HttpResponse:
    asked = list_form.asked_from(request.POST, request.names)
    change = request.POST.get("edit") or request.GET.get("edit")
    facts = list_form.facts_from(request.POST, list_form.edited(asked, change) if change else asked)
    if change:
        return _form(request, pk, facts, {})
    try:
        saved = services.save(request.actor, pk=pk, facts=facts, now=request.now)
    except Invalid as refused:
        return _form(request, pk, facts, refused.fields or {"": str(refused)})
    services.remember(request.actor, pk=saved.pk, look=facts.look)
    messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
    return _go(request, f"{reverse('desk:queue')}?view={saved.pk}")


def _form(request: DeskRequest, pk: int | None, facts: ListFacts, wrong: Mapping[str, Any]) -> HttpResponse:
    names, may_share = request.names, request.actor.may(SHARE)
    own = [g for g in names.groups if request.actor.teams is None or g.id in request.actor.teams]
    context = {
        "facts": facts, "wrong": wrong, "pk": pk, "blocks": list_form.blocks(facts.asked, names, wrong),
        "fields": list_words.fields(names).items(), "scopes": rows.SCOPES.items(), "states": rows.STATES.items(),
        "orders": rows.ORDERS.items(), "columns": COLUMNS.items(), "groups": GROUPS.items(), "may_share": may_share,
        "teams": [(f"team-{g.id}", g.name) for g in own] if may_share else [],
        "audience": f"team-{facts.team}" if facts.team else facts.audience,
        "here": reverse("desk:list", args=[pk]) if pk else reverse("desk:list_new"),
    }  # fmt: skip
    parts = {"list-form": "desk/_list_form.html"}
    return pages.show(request, "desk/list.html", context, parts=parts, status=422 if wrong else 200)


def _go(request: DeskRequest, address: str) -> HttpResponse:
    if pages.is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@require_POST
@signed_in
def deed(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """Moves a list, begins the day with it or not, deletes it, or brings it back."""
    if name in ("up", "down"):
        services.arrange(request.actor, pk=pk, by=-1 if name == "up" else 1)
        return redirect("desk:lists")
    if name in ("start", "no-start"):
        services.begin_with(request.actor, pk=pk if name == "start" else None)
        messages.success(request, _("Your day begins with it.") if name == "start" else _("Saved."))
        return redirect("desk:lists")
    if name == "delete":
        return _deleted(request, pk)
    if name == "restore":
        back = services.restore(request.actor, pk=pk, now=request.now)
        messages.success(request, _("%(name)s is back.") % {"name": back.name})
        return _go(request, f"{reverse('desk:queue')}?view={back.pk}")
    raise Http404


def _deleted(request: DeskRequest, pk: int) -> HttpResponse:
    gone = services.drop(request.actor, pk=pk, now=request.now)
    undo = f"undo:{reverse('desk:list_deed', args=[pk, 'restore'])}"
    messages.success(request, _("%(name)s is deleted.") % {"name": gone.name}, extra_tags=undo)
    return redirect("desk:lists")


@require_POST
@signed_in
def look(request: DeskRequest) -> HttpResponse:
    """Remembers how the reader wants to see this list, and shows it so."""
    back = read(QueryDict(request.POST.get("back", "").lstrip("?")), request.actor)
    saved = back.saved.id if back.saved else None
    services.remember(request.actor, pk=saved, look=list_form.look_from(request.POST))
    return redirect(reverse("desk:queue") + back.here)
