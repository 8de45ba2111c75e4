"""However many notices, rounds and workers: nobody gets more than a few messages a minute, and then one digest."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts import storms
from yingnuo.alerts.models import Pace
from yingnuo.alerts.storms import Verdict

SECOND = timedelta(seconds=1)


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


def _pass(house: House, count: int, second: int, *, waited: str = "", threshold: int = 6) -> Verdict:
    return storms.pass_on(
        staff=house.alice.pk, way="mail", problems=[waited] * count, threshold=threshold, now=MONDAY + second * SECOND
    )


def test_a_few_a_minute_leave_each_by_itself(house: House) -> None:
    assert [_pass(house, 1, s) for s in (0, 10, 20, 30, 40)] == [Verdict()] * 5


def test_from_the_threshold_on_they_are_one_digest_across_rounds(house: House) -> None:
    assert _pass(house, 4, 0) == Verdict()
    assert _pass(house, 2, 5) == Verdict(digest=True)


def test_the_next_digest_comes_a_minute_after_the_last(house: House) -> None:
    _pass(house, 6, 0)
    assert _pass(house, 3, 1).wait == MONDAY + 60 * SECOND
    assert _pass(house, 9, 59).wait == MONDAY + 60 * SECOND
    assert _pass(house, 12, 60, waited="storm") == Verdict(digest=True)


def test_when_the_storm_is_over_they_leave_singly_again(house: House) -> None:
    _pass(house, 6, 0)
    assert _pass(house, 1, 61) == Verdict()


def test_what_waited_together_leaves_together_and_one_alone_as_itself(house: House) -> None:
    assert _pass(house, 2, 0, waited="quiet") == Verdict(digest=True)
    assert _pass(house, 1, 120, waited="quiet") == Verdict()


def test_people_and_ways_are_counted_apart(house: House) -> None:
    _pass(house, 5, 0)
    other = storms.pass_on(staff=house.bo.pk, way="mail", problems=[""] * 5, threshold=6, now=MONDAY)
    sms = storms.pass_on(staff=house.alice.pk, way="sms", problems=[""] * 5, threshold=6, now=MONDAY)
    assert (other, sms) == (Verdict(), Verdict())


def test_the_threshold_is_the_reader_s_own(house: House) -> None:
    assert _pass(house, 2, 0, threshold=2) == Verdict(digest=True)


@pytest.mark.django_db(transaction=True)
def test_workers_who_send_to_one_person_at_once_share_one_count() -> None:
    house = factories.house()
    verdicts: list[Verdict] = []

    def worker() -> None:
        verdicts.append(_pass(house, 3, 0))
        connection.close()

    _together(worker, 8)
    assert sum(v == Verdict() for v in verdicts) == 1  # three; with three more it is a storm
    assert sum(v.digest for v in verdicts) == 1
    assert sum(v.wait is not None for v in verdicts) == 6
    assert Pace.objects.get().count == 6


def _together(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
