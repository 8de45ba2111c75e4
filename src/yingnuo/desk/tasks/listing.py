"""Which tasks wait for me and my team, and what have I asked of others?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.filters import number
from yingnuo.desk.rows import Choice
from yingnuo.desk.tasks import cards
from yingnuo.kit import pages
from yingnuo.subtasks import queries
from yingnuo.subtasks.queries import SCOPES, STATES, Asked

SIZE = 50
_SCOPES = {"mine": _("Mine"), "team": _("My teams"), "asked": _("Asked by me"), "all": _("All")}
_STATES = {"open": _("Open"), "question": _("Asked back"), "ended": _("Ended by now")}


@require_safe
@signed_in_who_may("ticket.note")
def tasks(request: DeskRequest) -> HttpResponse:
    """The list, the next due first; it keeps itself fresh."""
    asked = read(request.GET)
    page = number(request.GET.get("page", "")) or 1
    rows = list(queries.listed(request.actor, asked)[(page - 1) * SIZE : page * SIZE + 1])
    found = cards.cards(rows[:SIZE], [t.promise for t in rows[:SIZE]], request.names, now=request.now)
    own = [g for g in request.names.groups if request.actor.teams is None or g.id in request.actor.teams]
    context: dict[str, Any] = {
        "cards": found, "asked": asked, "now": request.now, "here": address(asked, page=page),
        "scopes": [_choice(asked, "scope", code, word) for code, word in _SCOPES.items()],
        "states": [_choice(asked, "state", code, word) for code, word in _STATES.items()],
        "teams": [(g.id, g.name) for g in own], "plain": reverse("desk:tasks"), "page": page,
        "previous": address(asked, page=page - 1), "following": address(asked, page=page + 1), "more": len(rows) > SIZE,
    }  # fmt: skip
    return pages.show(request, "desk/tasks/tasks.html", context, parts={"tasks": "desk/tasks/_tasks.html"})


def _choice(asked: Asked, name: str, code: str, word: object) -> Choice:
    return Choice(word, address(replace(asked, **{name: code})), getattr(asked, name) == code)  # type: ignore[arg-type]


def read(query: QueryDict) -> Asked:
    """What an address asks for; what makes no sense in it is left out."""
    scope, state = query.get("scope", ""), query.get("state", "")
    return Asked(
        scope if scope in SCOPES else "mine", state if state in STATES else "open", number(query.get("team", "")),
        query.get("q", "").strip()[:100],
    )  # fmt: skip


def address(asked: Asked, *, page: int = 1) -> str:
    """The query string of a list; always begins with "?"."""
    pairs = {"scope": asked.scope, "state": asked.state, "team": asked.team, "q": asked.words}
    said = {key: value for key, value in pairs.items() if value and value not in ("mine", "open")}
    return "?" + urlencode(said | ({"page": page} if page > 1 else {}))
