"""Does the queue obey the laws of queues, and does it say how far it is from what was?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.clockwork import CALENDARS, HOUR, MIN, MONDAY, on
from yingnuo.engine import staffing
from yingnuo.engine.staffing import Crew, Work

ALWAYS, OFFICE = CALENDARS["always@1"], CALENDARS["office@1"]


def of(*tickets: tuple[int, int, float]) -> Work:
    """Tickets as (arrived, due, effort), in order of arrival."""
    arrived, due, effort = zip(*tickets, strict=True)
    return Work(np.array(arrived), np.array(due), np.array(effort, dtype=float))


def busy(n: int = 300, target: int = HOUR, gap: float = 600.0) -> Work:
    """A stream of tickets through Monday to Friday, at office hours and outside."""
    arrived = MONDAY + np.cumsum(np.random.default_rng(7).exponential(gap, n)).astype(np.int64)
    return staffing.work(arrived, arrived + target)


def test_one_after_the_other_by_the_due_moment() -> None:
    run = staffing.simulate(of((0, 900, 1), (1, 800, 1), (2, 100, 1)), [Crew(ALWAYS, 1)], 10)
    assert run.begun.tolist() == [0, 20, 10]
    assert run.answered.tolist() == [10, 30, 20]


def test_work_waits_for_the_shift_and_rests_at_closing() -> None:
    told = of((on("mon 08:00"), on("mon 20:00"), 1.0), (on("mon 17:59"), on("tue 20:00"), 1.0))
    run = staffing.simulate(told, [Crew(OFFICE, 1)], HOUR)
    assert run.begun.tolist() == [on("mon 09:00"), on("mon 17:59")]
    assert run.answered.tolist() == [on("mon 10:00"), on("tue 09:59")]


def test_a_second_shift_takes_what_comes_in_its_hours() -> None:
    told = of((on("mon 20:00"), on("mon 20:30"), 1.0))
    assert staffing.simulate(told, [Crew(OFFICE, 3)], 10 * MIN).begun.tolist() == [on("tue 09:00")]
    both = staffing.simulate(told, [Crew(OFFICE, 3), Crew(ALWAYS, 1)], 10 * MIN)
    assert both.begun.tolist() == [on("mon 20:00")]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40)), min_size=1, max_size=40), st.integers(1, 4),
)  # fmt: skip
def test_with_equal_targets_one_more_never_makes_an_answer_later(given_: list[tuple[int, int]], people: int) -> None:
    tickets = sorted((MONDAY + 60 * at, MONDAY + 60 * at + HOUR, float(effort)) for at, effort in given_)
    fewer = staffing.simulate(of(*tickets), [Crew(ALWAYS, people)], MIN)
    more = staffing.simulate(of(*tickets), [Crew(ALWAYS, people + 1)], MIN)
    assert (more.begun <= fewer.begun).all()


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 400), st.integers(1, 40)), min_size=1, max_size=30),
    st.integers(2, 3), st.sampled_from(sorted(CALENDARS)),
)  # fmt: skip
def test_one_shift_counted_in_working_time_is_the_same_as_by_the_calendar(
    given_: list[tuple[int, int, int]], people: int, key: str
) -> None:
    tickets = sorted((MONDAY + 900 * at, MONDAY + 900 * (at + due), float(effort)) for at, due, effort in given_)
    told, calendar = of(*tickets), CALENDARS[key]
    fast = staffing.simulate(told, [Crew(calendar, people)], 10 * MIN)
    slow = staffing.simulate(told, [Crew(calendar, 1)] * people, 10 * MIN)
    assert fast.begun.tolist() == slow.begun.tolist()
    assert fast.answered.tolist() == slow.answered.tolist()


def test_the_known_exception_where_targets_differ() -> None:
    """Two long matters that one person had not begun yet are in the hands of both when the urgent one comes."""
    told = of((0, 500, 1), (0, 501, 1), (0, 9_000, 100), (0, 9_001, 100), (19, 40, 1))
    alone = staffing.simulate(told, [Crew(ALWAYS, 1)], 10)
    two = staffing.simulate(told, [Crew(ALWAYS, 2)], 10)
    assert alone.answered[-1] < two.answered[-1]


def test_more_people_keep_more_of_a_busy_week() -> None:
    told = busy()
    kept = [staffing.simulate(told, [Crew(OFFICE, n)], 30 * MIN).kept(told.due) for n in range(1, 8)]
    assert kept == sorted(kept)
    assert kept[-1] > kept[0]


@pytest.mark.parametrize("recorded", [0.35, 0.55])
def test_without_a_change_the_model_keeps_what_was_kept_within_its_gap(recorded: float) -> None:
    told, crews = busy(target=8 * HOUR), [Crew(OFFICE, 2)]
    fit = staffing.fit(told, crews, recorded)
    again = staffing.simulate(told, crews, fit.handling).kept(told.due) / len(told)
    assert again == fit.modelled
    assert again - recorded == pytest.approx(fit.gap)
    assert 0 <= fit.gap < 0.05


def test_a_share_that_no_handling_time_reaches_is_told_by_a_negative_gap() -> None:
    told = busy(target=MIN)  # most tickets come at night, and are due then
    assert staffing.fit(told, [Crew(OFFICE, 5)], 0.99).gap < 0


def test_needed_people_are_the_fewest_that_are_enough() -> None:
    told = busy(target=2 * HOUR)

    def share(people: int) -> float:
        return staffing.simulate(told, [Crew(ALWAYS, people)], 45 * MIN).kept(told.due) / len(told)

    found = staffing.needed(share, 0.9, begin=1)
    assert found is not None
    assert share(found) >= 0.9 > share(found - 1)
    assert staffing.needed(share, 0.9, begin=40) == found
    assert staffing.needed(lambda people: 0.5, 0.9, begin=3) is None


def test_the_same_work_on_every_run() -> None:
    arrived = np.array([5, 3, 4])
    one, two = staffing.work(arrived, arrived + 9), staffing.work(arrived, arrived + 9)
    assert one.effort.tolist() == two.effort.tolist()
    assert one.arrived.tolist() == [3, 4, 5]


def test_hours_on_duty() -> None:
    assert staffing.hours([Crew(OFFICE, 2), Crew(ALWAYS, 1)], on("mon 00:00"), on("tue 00:00")) == 2 * 9 + 24


def test_a_queue_that_nobody_serves_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        staffing.simulate(busy(3), [Crew(OFFICE, 0)], MIN)
