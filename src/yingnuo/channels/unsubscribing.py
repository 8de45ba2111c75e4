"""Who asked by SMS for nothing more that is not owed?

What a person asked for himself is owed to him: answers to his requests go on. What we write by ourselves stops.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from yingnuo.channels.contract import Stop
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import Unsubscribed
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM


def take(channel: Channel, stops: Sequence[Stop]) -> None:
    """Notes these wishes; one that is told twice changes nothing."""
    for stop in stops:
        with transaction.atomic(durable=True):
            if _changed(channel, stop):
                params: dict[str, str | int] = {"word": stop.word, "again": int(stop.again), "channel": channel.code}
                entry = Entry(Code.NUMBER_UNSUBSCRIBED, 0, f"channel:{channel.code}", {**params})
                ledger.record(SYSTEM, [entry], now=stop.at)


def _changed(channel: Channel, stop: Stop) -> bool:
    number = stop.peer[:30]
    if stop.again:
        return bool(Unsubscribed.objects.filter(number=number, at__lte=stop.at).delete()[0])
    made = {"word": stop.word[:20], "channel": channel, "at": stop.at}
    return Unsubscribed.objects.get_or_create(number=number, defaults=made)[1]


def is_out(number: str) -> bool:
    """Whether this number gets nothing that is not owed."""
    return Unsubscribed.objects.filter(number=number).exists()
