"""What has a member of staff looked for lately? His own affair: nobody else reads it, and he may have it forgotten."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from yingnuo.kit import texts
from yingnuo.people.models import Searched
from yingnuo.people.roles import Actor

KEPT = 12
_KEEP = """
WITH there AS (
  INSERT INTO people_searched (staff_id, text, at) VALUES (%s, %s, %s)
  ON CONFLICT (staff_id, text) DO UPDATE SET at = excluded.at
)
DELETE FROM people_searched WHERE id IN (
  SELECT id FROM people_searched WHERE staff_id = %s AND text <> %s ORDER BY at DESC OFFSET %s
)
"""


def keep(actor: Actor, *, text: str, now: datetime) -> None:
    """Remembers what was searched, the last dozen; of others than staff nothing."""
    said = texts.keepable(text).strip()[:200]
    if actor.kind == "staff" and said:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [actor.id, said, now, actor.id, said, KEPT - 1])


def of(actor: Actor, *, like: str = "") -> list[str]:
    """The last searches, newest first; with `like`, those that begin so."""
    if actor.kind != "staff":
        return []
    rows = (
        Searched.objects.filter(staff=actor.id, text__istartswith=like)
        if like
        else Searched.objects.filter(staff=actor.id)
    )
    return list(rows.order_by("-at").values_list("text", flat=True)[:KEPT])


def forget(actor: Actor) -> None:
    """Forgets them all."""
    Searched.objects.filter(staff=actor.id if actor.kind == "staff" else 0).delete()
