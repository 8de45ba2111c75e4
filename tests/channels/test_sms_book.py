"""Do SMS stay within the limits of their numbers and the month's cap, whoever sends, and is their cost kept?"""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from tests.factories import MONDAY
from yingnuo.channels import sms_book, unsubscribing
from yingnuo.channels.contract import ChannelError, Receipt, ReceiptState, Stop
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_book import Leaving
from yingnuo.channels.sms_models import Sms, Unsubscribed
from yingnuo.ledger.models import Event

CHEN, WANG = "+8613800002210", "+8613800001111"


def _channel(**settings: object) -> Channel:
    return Channel.objects.create(code="sms", name="SMS", kind="sms", settings={"price": "0.045", **settings})


def _leaving(key: str, to: str = CHEN, text: str = "words", purpose: str = "answer", **more: bool) -> Leaving:
    return Leaving(key, to, text, purpose, **more)


@pytest.mark.django_db
def test_what_an_sms_costs_is_kept_by_its_parts() -> None:
    channel = _channel(currency="EUR")
    for key, text in (("a", "x" * 160), ("b", "x" * 161), ("c", "诺" * 71)):
        sms_book.book(channel, _leaving(key, text=text), now=MONDAY)
    found = list(Sms.objects.order_by("key").values_list("parts", "cost", "currency"))
    assert found == [(1, Decimal("0.045"), "EUR"), (2, Decimal("0.09"), "EUR"), (2, Decimal("0.09"), "EUR")]


@pytest.mark.django_db
def test_a_number_has_its_limits_and_others_have_theirs() -> None:
    channel = _channel(per_minute=1, per_hour=2)
    sms_book.book(channel, _leaving("a"), now=MONDAY)
    sms_book.book(channel, _leaving("b", WANG), now=MONDAY)
    with pytest.raises(ChannelError) as error:
        sms_book.book(channel, _leaving("c"), now=MONDAY + timedelta(seconds=20))
    assert (error.value.code, error.value.waits, error.value.after_s) == ("number_limit", True, 41)
    sms_book.book(channel, _leaving("c"), now=MONDAY + timedelta(seconds=60))
    assert sms_book.waits(channel, CHEN, now=MONDAY + timedelta(minutes=30)) == 1_801
    assert Sms.objects.count() == 3


@pytest.mark.django_db
def test_each_provider_has_its_defaults() -> None:
    tencent = Channel.objects.create(code="t", name="T", kind="sms_tencent")
    for number in range(2):
        sms_book.book(tencent, _leaving(f"k{number}"), now=MONDAY)
    with pytest.raises(ChannelError):
        sms_book.book(tencent, _leaving("k2"), now=MONDAY)


@pytest.mark.django_db
def test_the_same_sms_again_is_neither_counted_nor_refused() -> None:
    channel = _channel(per_day=1)
    first = sms_book.book(channel, _leaving("a"), now=MONDAY)
    assert sms_book.book(channel, _leaving("a"), now=MONDAY + timedelta(minutes=5)) == first


@pytest.mark.django_db
def test_what_failed_costs_nothing_and_may_be_tried_again() -> None:
    channel = _channel(per_day=1)
    sms_book.failed(sms_book.book(channel, _leaving("a"), now=MONDAY), "unreachable")
    assert sms_book.month(channel, now=MONDAY).cost == 0
    row = sms_book.book(channel, _leaving("a"), now=MONDAY + timedelta(minutes=5))
    assert (row.state, row.cost, Sms.objects.count()) == ("sending", Decimal("0.045"), 1)


@pytest.mark.django_db
def test_the_month_s_cap_holds_and_ends_with_the_month() -> None:
    channel = _channel(month_cap="0.09")
    for key in ("a", "b"):
        sms_book.book(channel, _leaving(key), now=MONDAY)
    with pytest.raises(ChannelError) as error:
        sms_book.book(channel, _leaving("c"), now=MONDAY)
    assert (error.value.code, error.value.permanent) == ("sms_budget", True)
    assert sms_book.book(channel, _leaving("c"), now=MONDAY + timedelta(days=31)).cost == Decimal("0.045")


@pytest.mark.django_db
def test_a_month_is_told_by_purpose() -> None:
    channel = _channel()
    for key, purpose in (("a", "answer"), ("b", "answer"), ("c", "notice")):
        sms_book.book(channel, _leaving(key, purpose=purpose), now=MONDAY)
    sms_book.book(channel, _leaving("d"), now=MONDAY - timedelta(days=3))
    found = sms_book.month(channel, now=MONDAY)
    assert (found.count, found.parts, found.cost) == (3, 3, Decimal("0.135"))
    assert [line[:2] for line in found.by] == [("answer", 2), ("notice", 1)]


@pytest.mark.django_db
def test_who_unsubscribed_gets_what_is_owed_and_no_more() -> None:
    channel = _channel()
    unsubscribing.take(channel, [Stop(CHEN, MONDAY, "td")] * 2)
    assert Event.objects.filter(code="number.unsubscribed").count() == 1
    with pytest.raises(ChannelError) as error:
        sms_book.book(channel, _leaving("a", owed=False), now=MONDAY)
    assert (error.value.code, error.value.permanent) == ("unsubscribed", True)
    assert sms_book.book(channel, _leaving("b"), now=MONDAY).state == "sending"


@pytest.mark.django_db
def test_who_comes_back_is_written_to_again_and_an_older_wish_changes_nothing() -> None:
    channel = _channel()
    unsubscribing.take(channel, [Stop(CHEN, MONDAY, "stop")])
    unsubscribing.take(channel, [Stop(CHEN, MONDAY - timedelta(days=1), "start", again=True)])
    assert unsubscribing.is_out(CHEN)
    unsubscribing.take(channel, [Stop(CHEN, MONDAY + timedelta(days=1), "start", again=True)])
    assert not Unsubscribed.objects.exists()


@pytest.mark.django_db
def test_news_moves_an_sms_forward_only() -> None:
    channel = _channel()
    row = sms_book.book(channel, _leaving("a"), now=MONDAY)
    sms_book.sent(row, "g-1")
    for state in (ReceiptState.DELIVERED, ReceiptState.SENT, ReceiptState.FAILED):
        sms_book.receipt(channel, Receipt("g-1", state, MONDAY))
    row.refresh_from_db()
    assert (row.state, row.external_id) == ("delivered", "g-1")


@pytest.mark.parametrize("odd", ["", "free", "-1", "NaN", "1e999999"])
@pytest.mark.django_db
def test_a_price_that_is_none_costs_nothing(odd: str) -> None:
    assert sms_book.price_of(_channel(price=odd)).each == 0


@pytest.mark.django_db(transaction=True)
def test_workers_never_go_over_a_number_s_limit_together() -> None:
    channel, refused = _channel(per_minute=3), []

    def worker(number: int) -> None:
        try:
            sms_book.book(channel, _leaving(f"k{number}"), now=MONDAY)
        except ChannelError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Sms.objects.count(), refused) == (3, ["number_limit"] * 5)
