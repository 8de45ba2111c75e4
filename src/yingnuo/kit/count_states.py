"""How near is a moment that was promised, and which word says so to those who see no colour?"""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape

from django.utils.translation import gettext as _


def state(due: datetime, now: datetime, started: datetime | None, warn: datetime | None) -> str:
    """`ok`, `soon`, `risk` or `over`. The due second is still in time. Without `warn`: the last quarter, or 30 min.

    Soon is as long before `warn` as that is before the due moment.
    """
    if now > due:
        return "over"
    lead = (due - started) / 4 if started else timedelta(minutes=30)
    begins = warn or due - lead
    if now >= begins:
        return "risk"
    return "soon" if now >= begins - (due - begins) else "ok"


def words() -> dict[str, str]:
    """The word for each state; the page's script has the same, in the same order."""
    return {"ok": _("In time"), "soon": _("Due soon"), "risk": _("At risk"), "over": _("Overdue")}


def line() -> str:
    """The same in one line, for the script."""
    return "|".join(words().values())


def word(state: str) -> str:
    """The hidden word before the time."""
    return f'<span class="visually-hidden">{escape(words()[state])} </span>'
