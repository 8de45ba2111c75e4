"""What is wrong at this moment that a lead should hear of before he looks for it?

Each alarm is a state with a level; whoever takes note of it makes it quiet until it is worse (`alerts.seen`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yingnuo.alerts.models import SeenAlarm
from yingnuo.channels import health
from yingnuo.channels.models import Channel
from yingnuo.desk.choices import Names
from yingnuo.kit import formats, reading
from yingnuo.people.roles import Actor
from yingnuo.telephony.queries import Now

LATE = timedelta(minutes=1)  # promises that were due for so long and were not noticed: nobody sweeps
CHAT_WAITS = timedelta(minutes=1)
_ILL = {"failing", "late"}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `by` and `at`: who has taken note of it at this level or a worse one."""

    key: str
    level: int
    text: str
    href: str = ""
    symbol: str = "alert-triangle"
    tone: str = "red"
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the wall has read already: channels in use by name, and what somebody has taken note of."""

    channels: Sequence[Channel]
    noted: Sequence[SeenAlarm]


def of(
    actor: Actor, found: Sequence[Alarm], known: Known, names: Names, *, now: datetime
) -> tuple[list[Alarm], list[Alarm]]:  # fmt: skip
    """All alarms of the moment: those to be heard, and those that somebody has taken note of."""
    alarms = [*found, *_pressing(actor, now), *_channels(actor, known.channels, now)]
    notes = {note.key: note for note in known.noted}
    loud, quiet = [], []
    for alarm in alarms:
        note = notes.get(alarm.key)
        if note is None or note.level < alarm.level:
            loud.append(alarm)
        else:
            quiet.append(_noted(alarm, names.person(note.staff_id), note.at))
    return loud, quiet


def _noted(a: Alarm, by: str, at: datetime) -> Alarm:
    return Alarm(a.key, a.level, a.text, a.href, a.symbol, "gray", by, at)


def forsaken(team: int, name: str, count: int) -> Alarm:
    """Overdue tickets of a team that nobody has."""
    words = ngettext(
        "%(team)s: %(n)s ticket is overdue and nobody has it",
        "%(team)s: %(n)s tickets are overdue and nobody has them", count,
    ) % {"team": name, "n": count}  # fmt: skip
    address = f"{reverse('desk:queue')}?scope=unassigned&state=overdue&team={team}"
    return Alarm(f"forsaken:{team}", count, words, address, "user-question")


def hotline(line: Now, patience_s: int, *, now: datetime) -> Iterator[Alarm]:
    """Callers who wait longer than they should."""
    since = [c.asked_at or c.began_at for c in line.waiting]
    late = [at for at in since if (now - at).total_seconds() > patience_s]
    if late:
        longest = formats.duration(int((now - min(late)).total_seconds()))
        words = ngettext(
            "%(n)s caller waits too long: %(longest)s", "%(n)s callers wait too long, the first %(longest)s", len(late)
        )
        said = words % {"n": len(late), "longest": longest}
        yield Alarm("hotline", len(late), said, reverse("desk:hotline"), "phone-incoming")


_PRESSING = """
SELECT
  (SELECT count(*) FROM chat_chat c JOIN tickets_ticket ON tickets_ticket.id = c.ticket_id
   WHERE c.stage = 'waiting' AND c.asked_at < %s AND (%s OR tickets_ticket.team_id = ANY(%s::bigint[]))),
  (SELECT json_agg(json_build_array(s.id, s.place, s.ticket_id,
     (SELECT count(*) FROM devices_alarm a WHERE a.storm_id = s.id)) ORDER BY s.began_at DESC)::text
   FROM (SELECT * FROM devices_storm WHERE ended_at IS NULL ORDER BY began_at DESC LIMIT 5) s),
  EXISTS (SELECT 1 FROM promises_promise WHERE next_at < %s)
"""


def _pressing(actor: Actor, now: datetime) -> Iterator[Alarm]:
    """Chats, storms and the sweep, asked for at once."""
    values = (now - CHAT_WAITS, actor.teams is None, sorted(actor.teams or ()), now - LATE)
    [(chats, storms, late)] = reading.tuples(_PRESSING, values)
    yield from _chats(chats)
    yield from _storms(json.loads(storms or "[]"))
    yield from _sweep(late)


def _chats(n: int) -> Iterator[Alarm]:
    if n:
        words = ngettext("%(n)s visitor waits in the chat", "%(n)s visitors wait in the chat", n) % {"n": n}
        yield Alarm("chats", n, words, reverse("desk:chats"), "messages")


def _storms(rows: Sequence[tuple[int, str, int | None, int]]) -> Iterator[Alarm]:
    for pk, place, ticket, n in rows:
        words = _("Alarms of %(n)s devices at once: %(place)s") % {"n": n, "place": place}
        address = reverse("desk:ticket", args=[ticket]) if ticket else ""
        yield Alarm(f"storm:{pk}", n, words, address, "devices")


def _channels(actor: Actor, channels: Sequence[Channel], now: datetime) -> Iterator[Alarm]:
    for one in health.of(channels, now=now):
        if one.state in _ILL:
            words = {"name": one.channel.name, "problem": one.channel.problem[:120], "lag": formats.duration(one.lag_s)}
            said = _("%(name)s: %(problem)s") if one.state == "failing" else _("%(name)s is %(lag)s late")
            address = reverse("desk:settings_channel", args=[one.channel.pk]) if actor.may("channel.edit") else ""
            yield Alarm(f"channel:{one.channel.pk}:{one.state}", 1, said % words, address, "plug", "orange")


def _sweep(late: bool) -> Iterator[Alarm]:
    if late:
        yield Alarm("sweep", 1, _("Warnings come late: no work process is running, or it cannot keep up"))
