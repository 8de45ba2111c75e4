"""Which promises are broken, who decides about excuses, and which reasons can be given?"""

from __future__ import annotations

from typing import Annotated

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from ninja import Path, Query, Router

from yingnuo.api import breaches, render
from yingnuo.api import told_breach as out
from yingnuo.api.asked import PathId
from yingnuo.api.asked_house import BreachQuery, ExcuseIn, ReasonIn
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked, staff_of
from yingnuo.journey import breaches as deeds
from yingnuo.kit import instants, pages, revisions
from yingnuo.people.models import Team
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, require
from yingnuo.promises import breach_reasons
from yingnuo.promises.breach_reasons import Reason
from yingnuo.promises.models import Promise
from yingnuo.tickets import queries

router = Router(tags=["breaches"])
ReasonPath = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
_STATES = {
    "unexplained": Q(breach__isnull=True) | Q(breach__reason=""),
    "explained": Q(breach__isnull=False) & ~Q(breach__reason=""), "any": Q(),
    **{state: Q(breach__excuse=state) for state in ("asked", "granted", "refused")},
}  # fmt: skip


@router.get("/breaches", response={200: out.BreachPage, **READING}, summary="List broken promises (breach.list)")
def list_breaches(request: Asked, asked: Query[BreachQuery]) -> HttpResponse:
    """Broken promises within sight, the last broken first, each with its file."""
    require(request.auth, "breach.list")
    rows = _wanted(request.auth, asked)
    page = pages.keyset(rows, by=["-broken_at", "-id"], after=asked.after, size=asked.limit)
    known = organisation.at(revisions.current())
    items = [breaches.file_of(p, getattr(p, "breach", None), known) for p in page.rows]
    return render.answer(out.BreachPage(items=items, next=page.next))


def _wanted(actor: Actor, asked: BreachQuery) -> QuerySet[Promise]:
    rows = Promise.objects.filter(_STATES[asked.state], broken_at__isnull=False)
    if actor.teams is not None:
        rows = rows.filter(ticket__in=queries.visible_to(actor))
    if asked.team:
        rows = rows.filter(team_id=Team.objects.filter(code=asked.team).values("pk")[:1])
    named = {"milestone": asked.milestone, "breach__reason": asked.reason}
    rows = rows.filter(**{name: value for name, value in named.items() if value})
    return rows.select_related("breach").prefetch_related("breach__evidence__attachment")


@router.post(
    "/promises/{promise_id}/breach/decide", response={200: out.BreachOut, **ALL},
    summary="Decide about an excuse (breach.excuse)",
)  # fmt: skip
def decide(request: Asked, promise_id: PathId, body: ExcuseIn) -> HttpResponse:
    """Grants or refuses the excuse that was asked for: another person than who asked, so no program by itself."""
    require(request.auth, "breach.excuse")
    staff_of(request)
    now, ticket = instants.now(), breaches.promise_of(request, promise_id).ticket_id
    deeds.decide(
        request.auth, ticket_id=ticket, promise_id=promise_id, verdict=body.verdict, note=body.note,
        version=body.version, now=now,
    )  # fmt: skip
    return breaches.answer(request, promise_id, now)


@router.put("/breach-reasons/{code}", response={200: out.BreachReasons, **ALL}, summary="Set a reason (settings.edit)")
def put_reason(request: Asked, code: ReasonPath, body: ReasonIn) -> HttpResponse:
    """Adds a reason, or rewords, orders or switches off the one of this code; the answer is the list."""
    reason = Reason(code, body.name, body.needs_words, body.active, body.position)
    breach_reasons.save(request.auth, reason=reason, now=instants.now())
    return breaches.reasons_told()
