"""Everything about one ticket on one page: its story, its promises, its customer, and what can be done now."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yingnuo.brands import books
from yingnuo.desk import (
    around,
    beside,
    broken,
    chapters,
    explain,
    faces,
    facts,
    guides,
    handoffs,
    links,
    mail_marks,
    rows,
    speaking,
    steps,
    strip,
    talk,
    warned,
)
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.approvals import cards as approval_cards
from yingnuo.desk.chapters import Asked
from yingnuo.desk.devices import card
from yingnuo.desk.filters import View, read
from yingnuo.desk.rows import Row
from yingnuo.desk.talk import Message
from yingnuo.desk.tasks import cards
from yingnuo.desk.writing import composer
from yingnuo.kit import pages, revisions
from yingnuo.kit.errors import NotFound
from yingnuo.promises import giving
from yingnuo.promises.models import Promise
from yingnuo.tickets import lists, queries
from yingnuo.tickets.models import Author, Ticket
from yingnuo.tickets.queries import Filter

PANE = 25  # tickets in the list beside, twice what a screen shows; the whole queue is a click away
OTHERS = 5  # other tickets of the same customer


@require_safe
@signed_in
def ticket(request: DeskRequest, pk: int) -> HttpResponse:
    """The page; its parts `queue` and `ticket` are fetched again by themselves when something changes."""
    if _asks_for(request, "queue"):
        return pages.show(request, "desk/_pane.html", _pane(request, pk))
    return show(request, queries.shown_to(request.actor, pk))


def _asks_for(request: DeskRequest, part: str) -> bool:
    return pages.is_htmx(request) and request.headers.get("HX-Target", "").rpartition("#")[2] == part


def show(request: DeskRequest, found: Ticket, *, status: int = 200, **more: object) -> HttpResponse:
    """The page of a ticket, or its part; `more` is what a refused form wants to say."""
    if found.merged_into_id and not pages.is_htmx(request) and request.method == "GET" and "stay" not in request.GET:
        return redirect("desk:ticket", found.merged_into_id)
    writing = composer.of(request, found)
    asked = chapters.asked(request, _asked(request), usual=writing["usual_story"])
    context = _about(request, found, asked) | writing | broken.telling(request, found) | more
    if not _asks_for(request, "ticket"):
        context |= _pane(request, found.pk)
    return pages.show(request, "desk/ticket.html", context, parts={"ticket": "desk/_ticket.html"}, status=status)


def _pane(request: DeskRequest, pk: int) -> dict[str, Any]:
    """The list beside: the same filter as in the address."""
    view = read(_asked(request), request.actor)
    page = rows.page_of(request.actor, view, now=request.now, names=request.names, size=PANE)
    return {
        "here_pane": reverse("desk:ticket", args=[pk]) + view.here, "page": page, "current": pk, "view": view,
        "query": view.here, "now": request.now, "scopes": rows.scopes(view),
    }  # fmt: skip


def _asked(request: DeskRequest) -> QueryDict:
    """The filter in the address of the page; a form posted by htmx says by a header on which page it stands."""
    if request.method in ("GET", "HEAD"):
        return request.GET
    return QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)


def _query(request: DeskRequest) -> str:
    return read(_asked(request), request.actor).here


def _about(request: DeskRequest, t: Ticket, asked: Asked) -> dict[str, Any]:
    names = request.names
    most = asked.most(talk.MOST_MESSAGES)
    messages = talk.messages_of(t.pk, most=most)
    near = around.of(t.pk, t.contact_id, messages=most, events=asked.most(talk.MOST_EVENTS))
    told = talk.told(t, messages, near.beside, names, asked)
    inside, promises = cards.apart(near.promises)  # what is owed inside the house stands in cards of its own
    strips = strip.of_ticket(promises, now=request.now, rows=near.marks)
    tasks = cards.cards(near.tasks, inside, names, now=request.now, marks=near.marks)
    may, query = request.actor.may, _query(request)
    plain = reverse("desk:ticket", args=[t.pk]) + query
    return {
        "ticket": t, "now": request.now, "story": told.parts, **chapters.shown(asked, told.counts, told.more, plain),
        "forwarded": mail_marks.forwarder(messages), "strips": strips, "owed": [s for s in strips if s.open],
        "ended": [s for s in strips if not s.open], "broken": sum(s.standing == "broken" for s in strips),
        "guide": guides.owed([s for s in strips if s.open]), "seen": _last_public(messages),
        "may": {verb: may(f"ticket.{verb}") for verb in _VERBS}, "may_edit_customer": may("customer.edit"),
        "status": faces.status(t.status, t.waiting_for), "channel": faces.channel(t.via), "kind": faces.kind(t.kind),
        "region": names.region(t.region), "line": names.line(t.product_line), "facts": facts.of(t, names.book),
        "brand": books.now().of(t.brand).name(get_language() or "") if t.brand else "",
        "fillable": bool(names.book.form(t.kind)), "unready": facts.unready(t, names.book),
        "tier": faces.tier(t.tier), "phone": masked(t.contact.phone), "notices": warned.told(near.notices, names),
        "agent": names.person(t.agent_id), "team": names.team(t.team_id), "others": _others(request, t),
        "mine": t.agent_id == request.actor.id, "ways": speaking.choices(t, now=request.now),
        "back": reverse("desk:queue") + query,
        "unexplained": broken.unexplained(promises, near.breaches, now=request.now),
        "here": asked.at(plain), **card.of(request, t),
        **handoffs.on_top(t, messages, near.handoffs, names),
        "checklist": steps.of_ticket(t, near.ticks, names), **beside.of(request, t),
        "tasks": sorted(tasks, key=lambda c: not c.task.is_open),
        "approvals": approval_cards.of_ticket(near.approvals, inside, names, now=request.now, marks=near.marks),
    }  # fmt: skip


_VERBS = (
    "reply", "note", "fill", "edit", "assign", "pause", "resolve", "close", "reopen", "merge", "record", "create",
    "export",
)  # fmt: skip


def _last_public(messages: list[Message]) -> int:
    """The id of the last public reply by a person that this page shows; 0 for none."""
    return max((m.id for m in messages if m.public and m.author == Author.STAFF), default=0)


def _others(request: DeskRequest, t: Ticket) -> list[Row]:
    """The customer's newest other tickets."""
    theirs = View(Filter(state="any", contact=t.contact_id, order="newest"), 1, "")
    found = lists.page(request.actor, theirs.filter, now=request.now, start=0, size=OTHERS + 1)
    return rows.of([row for row in found if row.id != t.pk][:OTHERS], now=request.now, names=request.names)


def masked(phone: str) -> str:
    """A phone number with its middle hidden: +86138****2210; short ones are hidden whole."""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 9 else "****" if phone else ""


@require_safe
@signed_in
def promise(request: DeskRequest, pk: int, promise_id: int) -> HttpResponse:
    """Why one promise of the ticket is due when it is; opened in a dialog, a page of its own without scripts."""
    t = queries.get_for(request.actor, pk)
    p = Promise.objects.filter(pk=promise_id, ticket=t).first()
    if p is None:
        raise NotFound(_("There is no such promise."), code="promise_not_found")
    told = strip.told(p, request.names, now=request.now)
    match = giving.matches_for(t, revision=revisions.current()).get(p.milestone)
    same = match is not None and match.terms is not None and match.rule == told.terms.rule
    context = {
        "ticket": t, "promise": p, "told": told, "label": faces.milestone(p.milestone), "now": request.now,
        "passed": explain.passed_over(match) if same else [], "same": same, "legend": explain.legend(told.days),
        "links": links.of_promise(p, request.names, request.actor, now=request.now),
        "breach": broken.file_of(p, request.names, now=request.now),
        "zone": told.zone if told.zone != str(timezone.get_current_timezone()) else "",
    }  # fmt: skip
    return pages.show(request, "desk/promise.html", context, parts={"dialog-body": "desk/_promise.html"})
