"""What is wrong at this moment that a lead should hear of before he looks for it?

Each alarm is a state with a level; whoever takes note of it makes it quiet until it is worse (`alerts.seen`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yingnuo.alerts import seen
from yingnuo.channels import health
from yingnuo.channels.models import Channel
from yingnuo.chat.models import Chat, Stage
from yingnuo.devices.models import Storm
from yingnuo.kit import formats
from yingnuo.people.roles import Actor
from yingnuo.promises.models import Promise
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


def of(actor: Actor, found: Sequence[Alarm], *, now: datetime) -> tuple[list[Alarm], list[Alarm]]:
    """All alarms of the moment: those to be heard, and those that somebody has taken note of."""
    alarms = [*found, *_chats(actor, now), *_storms(), *_channels(actor, now), *_sweep(now)]
    known = seen.of([alarm.key for alarm in alarms], now=now)
    loud, quiet = [], []
    for alarm in alarms:
        noted = known.get(alarm.key)
        if noted is None or noted.level < alarm.level:
            loud.append(alarm)
        else:
            quiet.append(_noted(alarm, noted.staff.name, noted.at))
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


def _chats(actor: Actor, now: datetime) -> Iterator[Alarm]:
    rows = Chat.objects.filter(stage=Stage.WAITING, asked_at__lt=now - CHAT_WAITS)
    if actor.teams is not None:
        rows = rows.filter(ticket__team__in=actor.teams)
    if n := rows.count():
        words = ngettext("%(n)s visitor waits in the chat", "%(n)s visitors wait in the chat", n) % {"n": n}
        yield Alarm("chats", n, words, reverse("desk:chats"), "messages")


def _storms() -> Iterator[Alarm]:
    for storm in Storm.objects.filter(ended_at=None).annotate(n=Count("alarms")).order_by("-began_at")[:5]:
        words = _("Alarms of %(n)s devices at once: %(place)s") % {"n": storm.n, "place": storm.place}
        address = reverse("desk:ticket", args=[storm.ticket_id]) if storm.ticket_id else ""
        yield Alarm(f"storm:{storm.pk}", storm.n, words, address, "devices")


def _channels(actor: Actor, now: datetime) -> Iterator[Alarm]:
    for one in health.of(Channel.objects.filter(active=True).order_by("name"), now=now):
        if one.state in _ILL:
            words = {"name": one.channel.name, "problem": one.channel.problem[:120], "lag": formats.duration(one.lag_s)}
            said = _("%(name)s: %(problem)s") if one.state == "failing" else _("%(name)s is %(lag)s late")
            address = reverse("desk:settings_channel", args=[one.channel.pk]) if actor.may("channel.edit") else ""
            yield Alarm(f"channel:{one.channel.pk}:{one.state}", 1, said % words, address, "plug", "orange")


def _sweep(now: datetime) -> Iterator[Alarm]:
    if Promise.objects.filter(next_at__lt=now - LATE).exists():
        yield Alarm("sweep", 1, _("Warnings come late: no work process is running, or it cannot keep up"))
