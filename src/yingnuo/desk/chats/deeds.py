"""What can an agent do on the chat page? Each answers with the page's part as it stands then."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yingnuo.chat import queries, services, typing
from yingnuo.desk import choices, composing
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.chats import pages as chat_pages
from yingnuo.desk.filters import number
from yingnuo.journey import chat_handling
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.kit.middleware import add_trigger

_ENDS = ("end", "resolve")


def _after(request: DeskRequest) -> HttpResponse:
    return chat_pages.show(request) if pages.is_htmx(request) else redirect("desk:chats")


@require_POST
@signed_in_who_may("chat.work")
def accept(request: DeskRequest, pk: int) -> HttpResponse:
    """Takes a chat."""
    chat_handling.accept(request.actor, chat_id=pk, now=request.now)
    return _after(request)


@require_POST
@signed_in_who_may("chat.work")
def say(request: DeskRequest, pk: int) -> HttpResponse:
    """Says something, with files or without."""
    text, files = request.POST.get("text", ""), composing.uploaded(request.FILES.getlist("files"))
    chat_handling.answer(request.actor, chat_id=pk, text=text, files=files, now=request.now)
    return _after(request)


@require_POST
@signed_in_who_may("chat.work")
def seen(request: DeskRequest, pk: int) -> HttpResponse:
    """The agent has read all up to a message."""
    chat_handling.seen(request.actor, chat_id=pk, upto=number(request.POST.get("upto", "")) or 0, now=request.now)
    return HttpResponse(status=204)


@require_POST
@signed_in_who_may("chat.work")
def types(request: DeskRequest, pk: int) -> HttpResponse:
    """The agent is writing."""
    typing.by_agent(queries.get_for(request.actor, pk), request.actor.id)
    return HttpResponse(status=204)


@require_POST
@signed_in_who_may("chat.work")
def end(request: DeskRequest, pk: int) -> HttpResponse:
    """Ends a chat, and solves its ticket where that is said."""
    how = request.POST.get("how", "")
    if how not in _ENDS:
        raise Invalid(gettext_lazy("Choose how it ends."), fields={"how": gettext_lazy("Choose from the list.")})
    chat_handling.end(request.actor, chat_id=pk, resolve=how == "resolve", now=request.now)
    messages.success(request, _("The chat has ended."))
    return _after(request)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may("chat.work")
def transfer(request: DeskRequest, pk: int) -> HttpResponse:
    """Hands a chat on: the form in a dialog, and what it sends."""
    chat = queries.get_for(request.actor, pk)
    if request.method != "POST":
        groups = choices.groups(request.names)
        context = {"chat": chat, "ticket": chat.ticket, "groups": groups, "now": request.now}
        parts = {"dialog-body": "desk/chats/_transfer.html"}
        return pages.show(request, "desk/chats/transfer.html", context, parts=parts)
    team, agent = choices.holder(request.POST.get("holder", ""))
    words = request.POST.get("words", "")
    chat_handling.transfer(request.actor, chat_id=pk, team=team or 0, agent=agent, words=words, now=request.now)
    messages.success(request, _("Handed on with your note."))
    response = _after(request)
    if pages.is_htmx(request):
        add_trigger(response, "yn:close", {"target": "body"})
    return response


@require_POST
@signed_in_who_may("chat.work")
def capacity(request: DeskRequest) -> HttpResponse:
    """How many chats the reader takes at a time."""
    wish = request.POST.get("capacity", "")
    if not (wish.isascii() and wish.isdigit() and len(wish) < 4):
        raise Invalid(gettext_lazy("From 0 to 20 chats."), fields={"capacity": gettext_lazy("From 0 to 20 chats.")})
    services.set_capacity(request.actor, staff=request.actor.id, capacity=int(wish))
    return _after(request)
