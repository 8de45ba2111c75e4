"""Where does an agent chat: all his chats side by side, and those that wait for somebody?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yingnuo.chat import queries
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.chats import panes
from yingnuo.kit import pages
from yingnuo.people.models import Presence

_PARTS = {"chats": "desk/chats/_chats.html"}
_MOST_WAITING = 30


@require_safe
@signed_in_who_may("chat.work")
def chats(request: DeskRequest) -> HttpResponse:
    """The page; its part `chats` is fetched again by itself when something changes."""
    return show(request)


def show(request: DeskRequest, *, status: int = 200, **more: object) -> HttpResponse:
    """The page or its part; `more` is what a refused form wants to say."""
    return pages.show(request, "desk/chats/chats.html", _context(request) | more, parts=_PARTS, status=status)


def _context(request: DeskRequest) -> dict[str, Any]:
    mine = panes.of(request.actor, request.names)
    waiting = [(chat, panes.visitor_name(chat)) for chat in queries.waiting(request.actor)[:_MOST_WAITING]]
    return {
        "now": request.now, "panes": mine, "waiting": waiting, "capacity": queries.capacity_of(request.actor.id),
        "online": request.staff.presence == Presence.ONLINE, "unread": _waits_for_me(mine),
        "topic": f"chats:{request.actor.id}", "typing_topic": f"chat-typing:{request.actor.id}",
    }  # fmt: skip


def _waits_for_me(mine: list[panes.Pane]) -> int:
    return sum(max(pane.unread, pane.offered) for pane in mine)


@require_safe
@signed_in_who_may("chat.work")
def badge(request: DeskRequest) -> HttpResponse:
    """How much waits for the reader in his chats, for the top of every page."""
    mine = list(queries.of_agent(request.actor.id))
    unread = queries.unread_of(mine)
    count = sum(max(unread.get(chat.pk, 0), chat.stage == "waiting") for chat in mine)
    return render(request, "desk/chats/_badge.html", {"count": count})
