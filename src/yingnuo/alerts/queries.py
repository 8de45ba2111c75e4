"""Which notices does somebody have to see?"""

from __future__ import annotations

from yingnuo.alerts.models import Notice
from yingnuo.alerts.services import IN_APP
from yingnuo.people.roles import Actor


def unseen_count(actor: Actor, *, most: int = 100) -> int:
    """How many of the reader's notices he has not seen, counted up to `most`."""
    rows = Notice.objects.filter(staff_id=actor.id, way=IN_APP, seen_at=None)
    return rows.order_by()[:most].count()


def latest(actor: Actor, *, most: int = 30) -> list[Notice]:
    """The reader's newest notices, newest first."""
    return list(Notice.objects.filter(staff_id=actor.id, way=IN_APP).order_by("-id")[:most])
