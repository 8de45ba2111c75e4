"""What follows from calls that a log tells of: for old ones nothing, for young ones what follows from any call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from yingnuo.channels.models import Channel
from yingnuo.journey import calls, work
from yingnuo.kit import revisions
from yingnuo.people.roles import Actor
from yingnuo.telephony import book, importing
from yingnuo.telephony import calls as rows
from yingnuo.telephony.importing import Told


def run(
    actor: Actor, *, channel: Channel, form: str, lines: Iterable[str], zone: ZoneInfo, since: datetime | None = None,
    now: datetime,
) -> Told:  # fmt: skip
    """Takes a log in; missed calls that ended after `since` are owed a call. Running it again changes nothing."""
    told = importing.run(actor, channel=channel, form=form, lines=lines, zone=zone, since=since, now=now)
    for pk in told.fresh:
        with work.unit():
            call = rows.lock(pk)
            if call is not None:
                calls.follow(call, book.lines.at(revisions.current()), now=now)
    return told
