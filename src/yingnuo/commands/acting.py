"""For whom does a command act?"""

from __future__ import annotations

from yingnuo.host.errors import Trouble
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM, Actor, actor_for_staff


def actor(username: str) -> Actor:
    """The member of staff of this user name, the system for ""; Trouble where nobody active has it."""
    if not username:
        return SYSTEM
    staff = Staff.objects.filter(username=username, active=True).first()
    if staff is None:
        raise Trouble(f"there is nobody active with the user name {username}")
    return actor_for_staff(staff)
