"""Which warnings has the member of staff for whom a token acts, and how does he take them up?"""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router

from yingnuo.alerts import queries, services
from yingnuo.alerts.models import Notice
from yingnuo.api import render
from yingnuo.api.asked import PathId
from yingnuo.api.asked_house import PageQuery, SeenIn
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked, staff_of
from yingnuo.api.told_more import NoticeOut, NoticePage, SeenOut
from yingnuo.kit import instants, pages
from yingnuo.people.roles import require

router = Router(tags=["notices"])


@router.get("/notices", response={200: NoticePage, **READING}, summary="List notices (notice.ack)")
def list_notices(request: Asked, asked: Query[PageQuery]) -> HttpResponse:
    """His notices, the newest first; reading them here does not mark them as seen."""
    require(request.auth, "notice.ack")
    staff = staff_of(request)
    rows = Notice.objects.filter(staff=staff, way=services.IN_APP)
    page = pages.keyset(rows, by=["-id"], after=asked.after, size=asked.limit)
    unseen = queries.unseen_count(request.auth)
    return render.answer(NoticePage(items=[_notice(n) for n in page.rows], next=page.next, unseen=unseen))


def _notice(n: Notice) -> NoticeOut:
    return NoticeOut(
        id=n.pk, ticket=n.ticket_id or None, promise=n.promise_id, milestone=n.milestone, reason=n.reason, step=n.step,
        at=n.at, due_at=n.due_at, ack_by=n.ack_by, acked_at=n.acked_at, seen_at=n.seen_at,
    )  # fmt: skip


@router.post("/notices/seen", response={200: SeenOut, **ALL}, summary="Mark as seen (notice.ack)")
def see(request: Asked, body: SeenIn) -> HttpResponse:
    """Marks his notices up to an id as seen."""
    staff_of(request)
    return render.answer(SeenOut(seen=services.see(request.auth, up_to=body.up_to, now=instants.now())))


@router.post("/notices/{notice_id}/ack", response={200: NoticeOut, **ALL}, summary="Take up (notice.ack)")
def acknowledge(request: Asked, notice_id: PathId) -> HttpResponse:
    """He takes a warning up: the next step of its ladder does not fire."""
    staff_of(request)
    return render.answer(_notice(services.acknowledge(request.auth, notice=notice_id, now=instants.now())))
