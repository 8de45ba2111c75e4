"""What becomes of open promises when a service time has a new version? They stay, until somebody moves them."""

from __future__ import annotations

from datetime import datetime

from yingnuo.journey import reactions, work
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises import moving
from yingnuo.promises.models import Calendar


def move(actor: Actor, *, calendar: Calendar, now: datetime) -> int:
    """Moves the open promises under earlier versions to the one in force; how many tickets that concerned."""
    require(actor, "settings.edit")
    with work.unit():
        tickets = moving.apply(actor, code=calendar.code, key=f"{calendar.code}@{calendar.current}", now=now)
        what = f"calendar:{calendar.code}"
        entry = Entry(
            Code.SETTING_CHANGED, 0, what, {"what": what, "version": calendar.current, "moved": len(tickets)}
        )  # fmt: skip
        ledger.record(actor, [entry], now=now)
        reactions.changed(tickets)
    return len(tickets)
