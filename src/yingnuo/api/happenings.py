"""How does a program read the ledger, and never miss a row?

By a cursor over the ids. Transactions commit in another order than they take their ids: a row is given out only when
all have ended that may still bring one before it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence

from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from yingnuo.api import render
from yingnuo.api.asked import PathId
from yingnuo.api.asked_house import EventQuery
from yingnuo.api.refused import READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told_more import EventOut, EventPage
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.ledger.models import Event
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import require
from yingnuo.tickets import queries

router = Router(tags=["ledger"])
_STATEMENT = f"""
SELECT (SELECT max(id) FROM {Event._meta.db_table}),
    pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint
FROM pg_current_snapshot() AS s
"""  # noqa: S608  # a name of ours
_LONGEST_S, _PAUSE_S = 0.5, 0.02


class Horizon:
    """Up to which id the ledger is complete. What one look saw is complete when all have ended that it saw at work."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=200)  # (greatest id, transactions below this one were known)
        self._complete = 0
        self._lock = threading.Lock()

    def look(self) -> int:
        """Looks once more."""
        with connection.cursor() as cursor:
            cursor.execute(_STATEMENT)
            greatest, oldest_open, following = cursor.fetchone()
        with self._lock:
            self._seen.append((greatest or 0, following))
            while self._seen and self._seen[0][1] <= oldest_open:
                self._complete = max(self._complete, self._seen.popleft()[0])
            return self._complete

    def reach(self, wanted: int) -> int:
        """Looks until the ledger is complete beyond `wanted`, or there is nothing, for half a second at most."""
        complete = self.look()
        for _n in range(int(_LONGEST_S / _PAUSE_S)):
            if complete > wanted or not self._seen:
                break
            time.sleep(_PAUSE_S)
            complete = self.look()
        return complete


horizon = Horizon()


@router.get("/events", response={200: EventPage, **READING}, summary="Read the ledger (ledger.view)")
def list_events(request: Asked, asked: Query[EventQuery]) -> HttpResponse:
    """Everything that happened, oldest first, from a cursor on. Of tickets only those within sight."""
    require(request.auth, "ledger.view")
    begin = _number(asked.after)
    rows = Event.objects.filter(pk__gt=begin, pk__lte=horizon.reach(begin))
    if request.auth.teams is not None:
        rows = rows.filter(Q(ticket_id=None) | Q(ticket_id__in=queries.visible_to(request.auth).values("pk")))
    if asked.code:
        rows = rows.filter(code=asked.code)
    if asked.since:
        rows = rows.filter(at__gte=asked.since)
    found = list(rows.order_by("pk")[: asked.limit + 1])
    return render.answer(_page(found, asked.limit, asked.after))


def _number(cursor: str) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Invalid(_("This page of the list does not exist."), code="bad_cursor")
    return int(cursor)


@router.get(
    "/tickets/{ticket_id}/events", response={200: EventPage, **READING}, summary="A ticket's history (ticket.view)"
)
def list_ticket_events(request: Asked, ticket_id: PathId, asked: Query[EventQuery]) -> HttpResponse:
    """What happened to one ticket, oldest first."""
    ticket = queries.bare_for(request.auth, ticket_id)
    rows = Event.objects.filter(ticket_id=ticket.pk, pk__gt=_number(asked.after)).order_by("pk")
    if asked.code:
        rows = rows.filter(code=asked.code)
    if asked.since:
        rows = rows.filter(at__gte=asked.since)
    return render.answer(_page(list(rows[: asked.limit + 1]), asked.limit, asked.after))


def _page(found: Sequence[Event], size: int, after: str) -> EventPage:
    shown, org = found[:size], organisation.at(revisions.current())
    last = str(shown[-1].pk) if shown else after or "0"
    return EventPage(items=[_event(e, org) for e in shown], next=last, more=len(found) > size)


def _event(e: Event, org: Organisation) -> EventOut:
    person = render.person(org.staff.get(e.actor_id)) if e.actor_kind == "staff" else None
    return EventOut(
        id=e.pk, at=e.at, code=e.code, actor=e.actor_kind, actor_id=e.actor_id, person=person, ticket=e.ticket_id,
        subject=e.subject, params=e.params,
    )  # fmt: skip
