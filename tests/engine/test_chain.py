"""Who used the time of a promise?"""

from __future__ import annotations

from tests.engine.clockwork import HOUR, MIN, calendars, on
from yingnuo.engine.chain import NOBODY, Culprit, attribute, culprit

OFFICE = calendars("office@1")
START, END = on("mon 16:00"), on("tue 11:00")


def test_each_holder_gets_the_working_time_it_held() -> None:
    held = [("front", on("mon 16:00"), on("mon 17:00")), ("support", on("mon 17:00"), on("tue 11:00"))]
    assert attribute(held, START, END, [], OFFICE) == {"front": HOUR, "support": 3 * HOUR}


def test_time_without_a_holder_is_nobodys() -> None:
    used = attribute([("front", on("mon 17:30"), END)], START, END, [], OFFICE)
    assert used == {NOBODY: 90 * MIN, "front": 150 * MIN}


def test_pauses_are_nobodys_time() -> None:
    held = [("front", START, END)]
    assert attribute(held, START, END, [(on("mon 17:00"), on("tue 10:00"))], OFFICE) == {"front": 2 * HOUR}


def test_where_stretches_overlap_the_one_handed_over_last_holds() -> None:
    held = [("support", on("mon 17:00"), END), ("front", START, END)]
    assert attribute(held, START, END, [], OFFICE) == {"front": HOUR, "support": 3 * HOUR}


def test_only_the_time_of_the_promise_counts() -> None:
    held = [("front", on("mon 09:00"), on("mon 17:00")), ("support", on("mon 17:00"), on("tue 18:00"))]
    assert attribute(held, START, END, [], OFFICE) == {"front": HOUR, "support": 3 * HOUR}


def test_a_ticket_that_came_back_adds_up() -> None:
    noon = on("tue 10:00")
    held = [("front", START, on("mon 17:00")), ("support", on("mon 17:00"), noon), ("front", noon, END)]
    assert attribute(held, START, END, [], OFFICE) == {"front": 2 * HOUR, "support": 2 * HOUR}


def test_a_holder_at_night_used_nothing_and_is_named() -> None:
    held = [("front", START, on("mon 18:00")), ("night", on("mon 18:00"), on("tue 09:00"))]
    assert attribute(held, START, on("tue 09:00"), [], OFFICE) == {"front": 2 * HOUR, "night": 0}


def test_the_culprit_is_the_one_furthest_beyond_its_own_budget() -> None:
    used = {"front": 3 * HOUR, "support": 2 * HOUR}
    assert culprit(used, {"front": 3 * HOUR, "support": HOUR}) == Culprit("support", 2 * HOUR, HOUR)


def test_without_budgets_the_culprit_is_the_longest_holder() -> None:
    assert culprit({"front": HOUR, "support": 2 * HOUR}) == Culprit("support", 2 * HOUR, 0)


def test_ties_go_to_the_first_holder() -> None:
    assert culprit({"front": HOUR, "support": HOUR}) == Culprit("front", HOUR, 0)


def test_no_time_used_is_nobodys_fault() -> None:
    assert culprit({}) is None
    assert culprit({"night": 0}) is None


def test_a_budget_is_judged_by_its_own_clock_where_that_is_known() -> None:
    used, budgets = {"front": 10 * HOUR, "support": 2 * HOUR}, {"front": 3 * HOUR, "support": HOUR}
    assert culprit(used, budgets, {"front": 2 * HOUR, "support": 2 * HOUR}) == Culprit("support", 2 * HOUR, HOUR)
