"""SMS are paid for before they are sent and never cost more than the cap, whoever sends them."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from tests import factories
from tests.factories import MONDAY
from yingnuo.alerts import budget
from yingnuo.alerts.budget import Spent
from yingnuo.alerts.models import SmsDay
from yingnuo.alerts.rules import Caps

PRICE = Decimal("0.05")
DAY = timedelta(days=1)


@pytest.mark.django_db
def test_up_to_the_cap_and_not_a_cent_more() -> None:
    alice = factories.house().alice.pk
    caps = Caps(price=PRICE, day=Decimal("0.15"))
    assert budget.pay(caps, staff=alice, parts=2, now=MONDAY) is not None
    assert budget.pay(caps, staff=alice, parts=2, now=MONDAY) is None
    assert budget.pay(caps, staff=alice, parts=1, now=MONDAY) is not None
    assert budget.spent_on(budget.today(MONDAY)) == Spent(3, Decimal("0.15"), 3, Decimal("0.15"))


@pytest.mark.django_db
def test_each_person_has_a_day_of_his_own_and_all_share_the_month() -> None:
    house = factories.house()
    caps = Caps(price=PRICE, person=Decimal("0.05"), month=Decimal("0.10"))
    pay = [budget.pay(caps, staff=s.pk, parts=1, now=MONDAY) for s in (house.alice, house.alice, house.bo, house.mia)]
    assert [p is not None for p in pay] == [True, False, True, False]
    assert budget.pay(caps, staff=house.alice.pk, parts=1, now=MONDAY + 30 * DAY) is not None  # in April


@pytest.mark.django_db
def test_what_was_not_sent_is_paid_back() -> None:
    alice = factories.house().alice.pk
    paid = budget.pay(Caps(price=PRICE, day=PRICE), staff=alice, parts=1, now=MONDAY)
    assert paid is not None
    budget.pay_back(paid)
    assert budget.spent_on(budget.today(MONDAY)) == Spent(0, Decimal(0), 0, Decimal(0))


def test_days_are_those_of_the_company_s_clock(settings) -> None:
    settings.YINGNUO = type(settings.YINGNUO)(time_zone="Asia/Shanghai")
    assert budget.today(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert budget.today(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)  # midnight in Shanghai


@pytest.mark.django_db
def test_without_a_cap_parts_are_counted_all_the_same() -> None:
    alice = factories.house().alice.pk
    assert budget.pay(Caps(), staff=alice, parts=4, now=MONDAY) is not None
    assert SmsDay.objects.get().parts == 4


@pytest.mark.django_db(transaction=True)
def test_workers_never_spend_more_than_the_cap_together() -> None:
    house = factories.house()
    caps = Caps(price=PRICE, day=Decimal("0.50"))
    paid: list[bool] = []

    def worker(staff: int) -> None:
        paid.extend(budget.pay(caps, staff=staff, parts=1, now=MONDAY) is not None for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=worker, args=(s.pk,)) for s in (house.alice, house.bo, house.mia, house.eve)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (paid.count(True), paid.count(False)) == (10, 10)
    assert budget.spent_on(budget.today(MONDAY)).day == Decimal("0.50")
