"""Who takes the ticket, and why not the others?"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from yingnuo.engine.routing import Because, Candidate, Need, Strategy, Why, rank

ALICE = Candidate("alice", frozenset({"pump", "boiler"}), frozenset({"en", "zh"}), load=1, capacity=4)
BO = Candidate("bo", frozenset({"pump"}), frozenset({"en"}), load=1, capacity=4)


def chosen(need: Need, *candidates: Candidate) -> str | None:
    return rank(need, candidates).chosen


def test_nobody_is_chosen_where_nobody_is() -> None:
    assert rank(Need(), []).chosen is None


@pytest.mark.parametrize(
    ("change", "need", "because"),
    [
        ({"present": False}, Need(), Because(Why.AWAY)),
        ({"on_shift": False}, Need(), Because(Why.OFF_SHIFT)),
        ({"load": 4}, Need(), Because(Why.AT_CAPACITY, "4/4")),
        ({"capacity": 0, "load": 0}, Need(), Because(Why.AT_CAPACITY, "0/0")),
        ({}, Need(skills=frozenset({"pump", "laser"})), Because(Why.MISSING_SKILL, "laser")),
        ({}, Need(language="fr"), Because(Why.LANGUAGE, "fr")),
    ],
)
def test_who_may_not_take_it_is_told_why(change: dict[str, Any], need: Need, because: Because) -> None:
    ranking = rank(need, [replace(ALICE, **change)])
    assert ranking.chosen is None
    assert (ranking.scored[0].score, ranking.scored[0].reasons) == (None, (because,))


def test_all_bars_are_told() -> None:
    (scored,) = rank(Need(language="fr"), [replace(ALICE, present=False, load=9)]).scored
    assert [one.why for one in scored.reasons] == [Why.AWAY, Why.AT_CAPACITY, Why.LANGUAGE]


def test_the_smaller_share_of_capacity_wins() -> None:
    assert chosen(Need(), replace(ALICE, load=2), replace(BO, load=3, capacity=8)) == "bo"


def test_a_preferred_skill_breaks_a_tie_of_load() -> None:
    ranking = rank(Need(preferred=frozenset({"boiler"})), [BO, ALICE])
    assert ranking.chosen == "alice"
    assert ranking.scored[0].reasons == (Because(Why.LOAD, "1/4"), Because(Why.PREFERRED_SKILL, "boiler"))


def test_who_knows_the_customer_goes_first_at_equal_load() -> None:
    assert chosen(Need(known_by="bo"), ALICE, BO) == "bo"


def test_ties_go_to_who_waited_longest_and_then_by_id() -> None:
    assert chosen(Need(), replace(ALICE, last_assigned=20), replace(BO, last_assigned=10)) == "bo"
    assert chosen(Need(), BO, ALICE) == "alice"


def test_the_order_of_candidates_does_not_matter() -> None:
    three = [ALICE, BO, replace(BO, id="cy", load=0)]
    assert len({rank(Need(), order) for order in permutations(three)}) == 1


def test_those_who_may_not_stand_at_the_end() -> None:
    assert [one.id for one in rank(Need(), [replace(ALICE, present=False), BO]).scored] == ["bo", "alice"]


@pytest.mark.parametrize(
    ("spoken", "asked", "serves"),
    [("zh", "zh-Hant", True), ("zh-Hant", "zh", True), ("zh-Hans", "zh-Hant", False), ("EN", "en", True)],
)
def test_a_plain_language_serves_its_variants(spoken: str, asked: str, serves: bool) -> None:
    speaker = replace(ALICE, languages=frozenset({spoken}))
    assert (chosen(Need(language=asked), speaker) == "alice") is serves


WATER = Need(skills=frozenset({"pump"}))


def test_round_robin_takes_who_has_waited_longest_whatever_his_load() -> None:
    ranking = rank(
        Need(), [replace(ALICE, last_assigned=50), replace(BO, load=3, last_assigned=40)], Strategy.ROUND_ROBIN
    )
    assert ranking.chosen == "bo"
    assert ranking.scored[0].reasons[0] == Because(Why.LONGEST_WITHOUT, "40")


def test_skill_first_takes_the_higher_level_whatever_his_load() -> None:
    expert = replace(BO, load=3, levels=(("pump", 4),))
    assert rank(WATER, [ALICE, expert], Strategy.SKILL_FIRST).chosen == "bo"
    assert rank(WATER, [ALICE, expert], Strategy.LEAST_LOADED).chosen == "alice"


def test_sticky_takes_who_served_the_customer_unless_he_is_full() -> None:
    known = replace(BO, load=3)
    assert rank(Need(known_by="bo"), [ALICE, known], Strategy.STICKY).chosen == "bo"
    assert rank(Need(known_by="bo"), [ALICE, replace(known, load=4)], Strategy.STICKY).chosen == "alice"


def test_manual_only_suggests() -> None:
    ranking = rank(Need(), [ALICE], Strategy.MANUAL)
    assert (ranking.chosen, ranking.best) == (None, "alice")


@pytest.mark.parametrize("strategy", list(Strategy))
def test_no_strategy_gives_to_who_may_not(strategy: Strategy) -> None:
    assert rank(WATER, [replace(ALICE, present=False)], strategy).best is None
