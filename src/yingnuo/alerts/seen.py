"""Who has taken note of an alarm of the wall?

An alarm is a state, such as "tickets of this team are overdue and nobody has them": named by a key, with a level that
says how bad it is. Whoever has seen it makes it quiet for everybody until it is worse than it was then, or for a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.alerts.models import SeenAlarm
from yingnuo.kit import live
from yingnuo.kit.errors import Invalid
from yingnuo.kit.reading import Wanted
from yingnuo.people.roles import Actor, require

LASTS = timedelta(hours=24)
_LONGEST = 80


def mark(actor: Actor, *, key: str, level: int, now: datetime) -> None:
    """Takes note of the alarm at this level; every wall shows it quietly from now on."""
    require(actor, "wall.view")
    if not key or len(key) > _LONGEST or not 0 <= level < 2**31:
        raise Invalid(_("There is no such alarm."), fields={"key": _("Choose from the list.")})
    with transaction.atomic():
        SeenAlarm.objects.filter(at__lt=now - LASTS).delete()
        SeenAlarm.objects.update_or_create(key=key, defaults={"level": level, "staff_id": actor.id, "at": now})
        live.publish("tickets")


def lately(*, now: datetime) -> Wanted:
    """What was seen within a day, to be read along with other things: no more rows than there were alarms."""
    return Wanted(SeenAlarm, "WHERE at >= %s", (now - LASTS,))
