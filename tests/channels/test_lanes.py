"""Does a provider that is slow or away delay anybody else, and is it left alone?"""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.channels import accounts, lanes, post, registry, talks, ways
from yingnuo.channels.adapters.telegram import Telegram
from yingnuo.channels.contract import Account, ChannelError, Outgoing
from yingnuo.channels.models import Channel, Conversation, Delivery, DeliveryState
from yingnuo.journey import reply
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket


def _channel(code: str) -> Channel:
    return factories.lawful(Channel.objects.create(code=code, name=code, kind="telegram", settings={"mode": "hook"}))


def _answered(house: House, channel: Channel) -> Delivery:
    """A customer of this channel has been answered; the delivery waits."""
    ticket: Ticket = factories.ticket(house, contact=house.wang, agent=house.alice)
    talk = talks.meet(house.wang, channel, f"peer-{ticket.pk}")
    Conversation.objects.filter(pk=talk.pk).update(ticket=ticket, last_in_at=instants.now())
    Delivery.objects.filter(message__ticket=ticket).delete()  # the receipt
    said = reply.Said("Words", way=f"talk-{talk.pk}")
    message = reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=instants.now())
    return Delivery.objects.get(message=message)


class _Pair:
    """Two providers behind one adapter: what is sent to `slow` waits until it is let go."""

    profile = Telegram.profile

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.sent: list[str] = []

    def send(self, account: Account, out: Outgoing) -> str:
        if account.code == "slow":
            self.let_go.wait(20)
        self.sent.append(account.code)
        return "id"


@pytest.mark.django_db(transaction=True)
def test_a_slow_provider_delays_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    pair, house = _Pair(), factories.house()
    monkeypatch.setattr(registry, "adapter_of", lambda kind: pair)
    _answered(house, _channel("slow"))
    quick = _channel("quick")
    rows = [_answered(house, quick) for _n in range(3)]
    worker = lanes.Round()
    worker.step()
    assert _soon(lambda: pair.sent == ["quick"] * 3)
    late = _answered(house, quick)
    assert _soon(lambda: bool(worker.step()) and len(pair.sent) == 4)
    pair.let_go.set()
    assert _soon(lambda: Delivery.objects.filter(state=DeliveryState.SENT).count() == len(rows) + 2)
    assert late.pk


def _soon(true: object, seconds: float = 15.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


@pytest.mark.django_db
def test_a_channel_that_rests_is_not_asked() -> None:
    house = factories.house()
    channel = _channel("tired")
    _answered(house, channel)
    Channel.objects.update(retry_at=instants.now() + timedelta(minutes=1))
    assert post.claim(10) == []
    Channel.objects.update(retry_at=instants.now() - timedelta(seconds=1))
    assert len(post.claim(10)) == 1


@pytest.mark.django_db
def test_the_circuit_opens_after_some_failures_and_closes_with_a_success() -> None:
    channel, now = _channel("there"), instants.now()
    for _n in range(accounts.PATIENCE - 1):
        accounts.failed(channel.pk, "unreachable", now=now)
    channel.refresh_from_db()
    assert (channel.failures, channel.retry_at) == (accounts.PATIENCE - 1, None)
    accounts.failed(channel.pk, "unreachable", now=now)
    channel.refresh_from_db()
    assert channel.retry_at is not None
    assert channel.retry_at > now
    accounts.worked(channel.pk, sent=True, now=now)
    channel.refresh_from_db()
    assert (channel.failures, channel.retry_at, channel.problem, channel.last_out_at) == (0, None, "", now)


@pytest.mark.django_db
def test_what_the_provider_asks_us_to_wait_is_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    house = factories.house()
    row = _answered(house, _channel("busy"))

    class _Busy(_Pair):
        def send(self, account: Account, out: Outgoing) -> str:
            raise ChannelError("refused", "429", permanent=False, after_s=500)

    monkeypatch.setattr(registry, "adapter_of", lambda kind: _Busy())
    before = instants.now()
    post.deliver_due()
    row.refresh_from_db()
    assert row.retry_at is not None
    assert row.retry_at >= before + timedelta(seconds=499)


@pytest.mark.django_db
def test_what_is_off_waits_and_is_no_failure() -> None:
    house = factories.house()
    channel = _channel("off")
    row = _answered(house, channel)
    Channel.objects.update(active=False)
    post.deliver_due()
    row.refresh_from_db()
    channel.refresh_from_db()
    assert (row.state, channel.failures) == (DeliveryState.PENDING, 0)


@pytest.mark.django_db
def test_the_natural_way_is_that_of_the_last_words() -> None:
    house = factories.house()
    ticket = _answered(house, _channel("there")).message.ticket
    Message.objects.filter(ticket=ticket, author="customer").update(via="social")
    assert [way.kind for way in ways.of(ticket)] == ["telegram", "mail"]
    Message.objects.filter(ticket=ticket, author="customer").update(via="mail")
    assert [way.kind for way in ways.of(ticket)] == ["mail", "telegram"]
    chosen = ways.chosen(ticket, "mail")
    assert chosen is not None
    assert chosen.to == house.wang.email
