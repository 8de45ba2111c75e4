"""Which notices does somebody have to see?"""

from __future__ import annotations

from django.db.models import Q

from yingnuo.alerts.models import Notice
from yingnuo.alerts.services import IN_APP
from yingnuo.people.roles import Actor


def unseen_count(actor: Actor, *, most: int = 100) -> int:
    """How many of the reader's notices he has not seen, counted up to `most`."""
    rows = Notice.objects.filter(staff_id=actor.id, way=IN_APP, seen_at=None)
    return rows.order_by()[:most].count()


ONLY: dict[str, Q] = {
    "": Q(),
    "unread": Q(seen_at=None),
    "waiting": Q(ack_by__isnull=False, acked_at=None),
    "tickets": Q(ticket_id__gt=0),
    "others": Q(ticket_id=0),
}
"""What a reader may narrow his notices to: not seen yet, to be taken up, about tickets, about anything else."""


def latest(actor: Actor, *, most: int = 30, only: str = "") -> list[Notice]:
    """The reader's newest notices, newest first; `only` is a key of ONLY."""
    rows = Notice.objects.filter(ONLY[only], staff_id=actor.id, way=IN_APP)
    return list(rows.order_by("-id")[:most])
