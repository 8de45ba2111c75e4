"""Who has called the hotline of the demonstration?

Ten days of calls, made up as a queue_log and taken in as one: so the hotline has its figures, and whoever called in
vain a short while ago is owed a call back. No telephone system is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.demo.told import told
from yingnuo.journey import call_import
from yingnuo.kit import revisions, secrets
from yingnuo.people.models import Contact, Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.telephony import generator
from yingnuo.telephony.generator import Plan
from yingnuo.telephony.models import AgentLine, QueueLine

DAYS, SCALE, OWED = 10, 0.5, timedelta(minutes=45)
_ZONE, _FIRST_EXTENSION = ZoneInfo("Asia/Shanghai"), 8001
_CALLER = 6  # where a line of ENTERQUEUE tells who calls


def found(*, now: datetime) -> None:
    """The channel, whose the extensions are, and which team answers; the caller holds the transaction."""
    data = told("hotline")
    channel = Channel.objects.create(
        code=data["code"], name=data["name"], kind=ChannelKind.CALLS, settings={},
        secret=secrets.seal(secrets.new_token()),
    )  # fmt: skip
    teams = dict(Team.objects.values_list("code", "pk"))
    QueueLine.objects.bulk_create(
        QueueLine(channel=channel, queue=q["queue"], name=q["name"], team_id=teams[q["team"]]) for q in data["queues"]
    )
    AgentLine.objects.bulk_create(
        AgentLine(channel=channel, extension=str(_FIRST_EXTENSION + n), staff=staff)
        for n, staff in enumerate(_operators())
    )
    revisions.bump()


def _operators() -> Sequence[Staff]:
    return list(Staff.objects.filter(team__code="hotline", active=True).order_by("pk"))


def play(*, seed: int, now: datetime) -> None:
    """The calls up to now, through the same function as everybody's logs."""
    channel = Channel.objects.get(code=told("hotline")["code"])
    plan = Plan(DAYS, seed, now.astimezone(_ZONE).date(), _ZONE, agents=len(_operators()), scale=SCALE)
    lines = list(_of_customers(_over(generator.lines(plan), now), Random(seed)))  # noqa: S311  # the same seed, the same calls
    call_import.run(SYSTEM, channel=channel, form="queue_log", lines=lines, zone=_ZONE, since=now - OWED, now=now)


def _over(lines: Iterator[str], now: datetime) -> list[str]:
    """The lines of calls that are over by now: one that nobody goes on telling of would wait for ever."""
    found, late = [line.split("|") for line in lines], now.timestamp()
    last: dict[str, int] = defaultdict(int)
    for at, call, *_rest in found:
        last[call] = max(last[call], int(at))
    return ["|".join(line) for line in found if last[line[1]] <= late]


def _of_customers(lines: Sequence[str], chance: Random) -> Iterator[str]:
    """Three calls in four come from customers whom the books know."""
    phones = list(Contact.objects.exclude(phone="").order_by("pk").values_list("phone", flat=True)[:400])
    for line in lines:
        parts = line.split("|")
        if parts[4] == "ENTERQUEUE" and phones and chance.random() < 0.75:
            parts[_CALLER] = chance.choice(phones)
        yield "|".join(parts)
