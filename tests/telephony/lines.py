"""What do the tests of the telephone begin with? A channel with two extensions and a queue, and bodies that tell.

line = lines.connected(house)                       # Alice has 8001, Bo 8002, the queue is the front team's
line.tells(lines.queued("c-1", at), lines.gone("c-1", at))
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.factories import House
from yingnuo.channels import accounts
from yingnuo.channels.models import Channel, Raw
from yingnuo.journey import heard
from yingnuo.kit import revisions
from yingnuo.telephony.models import AgentLine, Call, QueueLine

CHEN = "+8613800002210"
STRANGER = "+8613911112222"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Line:
    """A connected telephone system."""

    channel: Channel

    def body(self, *events: dict[str, Any], now: datetime) -> Raw:
        """A body with these events, as it lies stored."""
        content = json.dumps({"events": events}).encode()
        return Raw.objects.create(
            channel=self.channel, key=f"body-{next(_numbers)}", received_at=now, content=content, size=len(content)
        )

    def tells(self, *events: dict[str, Any], now: datetime) -> Raw:
        """A body that is taken in at once."""
        raw = self.body(*events, now=now)
        heard.take_waiting(now=now)
        raw.refresh_from_db()
        assert raw.state == "taken", raw.problem
        return raw

    def call(self, external_id: str) -> Call:
        """A call as it stands."""
        return Call.objects.get(channel=self.channel, external_id=external_id)


def connected(house: House, **settings: object) -> Line:
    """The telephone system, mapped."""
    channel = Channel.objects.create(
        code="pbx", name="Hotline", kind="calls", settings=settings,
        secret=accounts.sealed({"secret": "made-up-secret-of-calls"}),
    )  # fmt: skip
    AgentLine.objects.create(channel=channel, extension="8001", staff=house.alice)
    AgentLine.objects.create(channel=channel, extension="8002", staff=house.bo)
    QueueLine.objects.create(channel=channel, queue="service", name="Service", team=house.front)
    revisions.bump()
    return Line(channel)


def event(kind: str, call: str, at: datetime, **more: Any) -> dict[str, Any]:
    """One event of a body."""
    return {"event": kind, "call": call, "at": at.timestamp(), **more}


def queued(call: str, at: datetime, caller: str = CHEN, queue: str = "service") -> dict[str, Any]:
    """A caller waits."""
    return event("queued", call, at, caller=caller, queue=queue)


def taken(call: str, at: datetime, agent: str = "8001") -> dict[str, Any]:
    """An agent takes it."""
    return event("answered", call, at, agent=agent, queue="service")


def gone(call: str, at: datetime) -> dict[str, Any]:
    """The caller gives up."""
    return event("abandoned", call, at)


def over(call: str, at: datetime) -> dict[str, Any]:
    """It is over."""
    return event("ended", call, at)


def missed(line: Line, call: str, at: datetime, *, caller: str = CHEN, waits: int = 40) -> Call:
    """A whole missed call."""
    end = at + timedelta(seconds=waits)
    line.tells(queued(call, at, caller), gone(call, end), now=end)
    return line.call(call)
