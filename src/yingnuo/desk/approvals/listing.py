"""What waits for my decision, what have I asked for, and what has been decided?"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yingnuo.approvals.models import Approval, Seat
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.approvals import cards
from yingnuo.desk.filters import number
from yingnuo.desk.rows import Choice
from yingnuo.journey import approving
from yingnuo.kit import pages

SIZE = 50
SCOPES = {"mine": _("Mine to decide"), "asked": _("Asked by me"), "decided": _("Decided by me"), "all": _("All")}


@require_safe
@signed_in_who_may("ticket.note")
def approvals(request: DeskRequest) -> HttpResponse:
    """The list, the next due first, those that have ended the newest first; it keeps itself fresh."""
    said = request.GET.get("scope", "")
    scope = said if said in SCOPES else "mine"
    page = number(request.GET.get("page", "")) or 1
    rows = list(_listed(request, scope)[(page - 1) * SIZE : page * SIZE + 1])
    shown, names = rows[:SIZE], request.names
    found = cards.cards(shown, [a.promise for a in shown], names, cards.waiting(shown, names), now=request.now)
    context: dict[str, Any] = {
        "cards": found, "scope": scope, "now": request.now, "page": page, "more": len(rows) > SIZE,
        "scopes": [Choice(word, address(code), code == scope) for code, word in SCOPES.items()],
        "here": address(scope, page=page), "previous": address(scope, page=page - 1),
        "following": address(scope, page=page + 1), "plain": reverse("desk:approvals"),
    }  # fmt: skip
    return pages.show(request, "desk/approvals/approvals.html", context, parts={
        "approvals": "desk/approvals/_approvals.html",
    })  # fmt: skip


def _listed(request: DeskRequest, scope: str) -> QuerySet[Approval]:
    actor, now = request.actor, request.now
    rows = approving.visible_to(actor, now=now).select_related("ticket", "promise").defer("ticket__search")
    if scope == "mine":
        open_to_me = approving.to_decide(actor, now=now).filter(approval=OuterRef("pk"), step=OuterRef("step"))
        return rows.filter(Exists(open_to_me)).order_by(F("promise__due_at").asc(nulls_last=True), "id")
    if scope == "asked":
        rows = rows.filter(asked_by=actor.id)
    if scope == "decided":
        rows = rows.filter(Exists(Seat.objects.filter(Q(by=actor.id), approval=OuterRef("pk"))))
    return rows.order_by(F("ended_at").desc(nulls_first=True), "-id")


def address(scope: str, *, page: int = 1) -> str:
    """The query string of a list; always begins with "?"."""
    said = {"scope": scope} if scope != "mine" else {}
    return "?" + urlencode(said | ({"page": str(page)} if page > 1 else {}))
