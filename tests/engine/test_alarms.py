"""When is an alarm raised, and when is it over? Time is told in seconds here; the engine counts milliseconds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingnuo.engine import alarm_specs, expressions
from yingnuo.engine.alarm_course import Change, Memory, Sample
from yingnuo.engine.alarms import Rules

HOT = {"kind": "threshold", "all": [{"of": "t", "op": "above", "limit": 80, "margin": 5}]}
MONDAY_10 = 1_772_416_800  # 2026-03-02 10:00 in Shanghai


class Watch:
    """One machine under rules; `turns` are (turn, second, code)."""

    def __init__(self, *specs: dict[str, Any]) -> None:
        self.rules = Rules([alarm_specs.read(spec, id=n) for n, spec in enumerate(specs, 1)])
        self.memory = Memory()
        self.turns: list[tuple[str, float, str]] = []

    def _note(self, changes: list[Change]) -> None:
        self.turns += [(c.turn.value, c.at / 1000, c.code) for c in changes]
        self.memory = Memory.of(self.memory.packed())  # as from one batch to the next

    def at(self, second: float, *, fault: str = "", over: bool = False, online: bool | None = None, **v: float) -> None:
        sample = Sample(round(second * 1000), v, fault, over, online)
        self._note(self.rules.judge(self.memory, sample))

    def later(self, second: float) -> None:
        self._note(self.rules.tick(self.memory, round(second * 1000)))

    @property
    def next_s(self) -> float | None:
        due = self.rules.next_at(self.memory)
        return None if due is None else due / 1000


def test_a_value_beyond_the_limit_raises_and_hysteresis_keeps_it() -> None:
    watch = Watch(HOT)
    for second, value in enumerate([80, 81, 79, 76, 75, 74]):
        watch.at(second, t=value)
    assert watch.turns == [("raised", 1, ""), ("cleared", 4, "")]


def test_a_short_peak_is_none_where_it_must_hold() -> None:
    watch = Watch(HOT | {"hold_s": 30})
    watch.at(0, t=90)
    watch.at(20, t=70)
    watch.at(25, t=90)
    watch.at(54, t=90)
    assert watch.turns == []
    watch.at(55, t=90)
    assert watch.turns == [("raised", 55, "")]


def test_a_hold_that_runs_out_between_two_values_is_noticed_by_time_alone() -> None:
    watch = Watch(HOT | {"hold_s": 30})
    watch.at(0, t=90)
    assert watch.next_s == 30
    watch.later(29.999)
    assert watch.turns == []
    watch.later(500)
    assert watch.turns == [("raised", 30, "")]


def test_flapping_is_one_alarm() -> None:
    watch = Watch(HOT | {"calm_s": 60})
    for second in range(0, 100, 10):
        watch.at(second, t=90 if second % 20 == 0 else 60)
    assert [turn for turn, _at, _code in watch.turns] == ["raised"] + ["repeated"] * 4
    watch.later(149)
    assert watch.turns[-1][0] == "repeated"
    watch.later(150)
    assert watch.turns[-1] == ("cleared", 150, "")


def test_all_terms_of_a_rule_must_hold() -> None:
    cold = {"of": "process - air", "op": "below", "limit": 8.6}
    watch = Watch({"kind": "threshold", "all": [cold, {"of": "rpm", "op": "below", "limit": 1380}]})
    watch.at(0, process=308, air=300)
    assert watch.turns == []  # the speed is not known yet
    watch.at(1, rpm=1400)
    watch.at(2, rpm=1300)
    assert watch.turns == [("raised", 2, "")]


def test_outside_of_a_band_is_either_side() -> None:
    watch = Watch({"kind": "threshold", "all": [{"of": "p", "op": "outside", "limit": 10, "upper": 20, "margin": 1}]})
    for second, value in enumerate([15, 21, 19.5, 18.9, 9, 10.5, 11.1]):
        watch.at(second, p=value)
    assert [t[:2] for t in watch.turns] == [("raised", 1), ("cleared", 3), ("raised", 4), ("cleared", 6)]


def test_each_fault_code_is_an_alarm_of_its_own_and_repeats_are_counted() -> None:
    watch = Watch({"kind": "fault", "codes": ["E3", "E4"]})
    for second, code in enumerate(["E3", "E4", "E3", "E9"]):
        watch.at(second, fault=code)
    assert watch.turns == [("raised", 0, "E3"), ("raised", 1, "E4"), ("repeated", 2, "E3")]
    watch.at(9, fault="E4", over=True)
    watch.at(10, over=True)
    assert watch.turns[3:] == [("cleared", 9, "E4"), ("cleared", 10, "E3")]


def test_a_fault_that_is_not_told_again_is_over() -> None:
    watch = Watch({"kind": "fault", "silence_s": 60})
    watch.at(0, fault="E3")
    watch.at(30, fault="E3")
    watch.later(89)
    assert watch.turns[-1][0] == "repeated"
    watch.later(90)
    assert watch.turns[-1] == ("cleared", 90, "E3")


def test_silence_is_an_alarm_at_the_very_moment() -> None:
    watch = Watch({"kind": "absence", "after_s": 300})
    watch.at(1, t=1)
    watch.later(300)
    assert watch.turns == []
    watch.later(400)
    watch.at(500, t=1)
    assert watch.turns == [("raised", 301, ""), ("cleared", 500, "")]


def test_a_last_will_is_silence_at_once() -> None:
    watch = Watch({"kind": "absence", "after_s": 300, "hold_s": 10})
    watch.at(0, online=True)
    watch.at(5, online=False)
    watch.later(15)
    assert watch.turns == [("raised", 15, "")]
    watch.at(20, online=True)
    assert watch.turns[-1] == ("cleared", 20, "")


def test_a_machine_that_comes_back_in_time_raises_nothing() -> None:
    watch = Watch({"kind": "absence", "after_s": 300, "hold_s": 10})
    watch.at(5, online=False)
    watch.at(14, online=True)
    watch.later(100)
    assert watch.turns == []


def test_a_value_that_moves_too_fast() -> None:
    watch = Watch({"kind": "rate", "of": "t", "way": "up", "limit": 10, "within_s": 60})
    for second, value in ((0, 20), (50, 25), (100, 34), (110, 35), (200, 36)):
        watch.at(second, t=value)
    assert watch.turns == [("raised", 110, ""), ("cleared", 200, "")]


def test_faults_that_come_too_often() -> None:
    watch = Watch({"kind": "count", "codes": ["E3"], "n": 3, "within_s": 60})
    for second in (0, 50, 70, 100):
        watch.at(second, fault="E3")
    assert watch.turns == [("raised", 100, "")]
    assert watch.next_s == 110
    watch.later(110)
    assert watch.turns[-1] == ("cleared", 110, "")


def test_no_alarm_in_a_quiet_window_but_at_its_end() -> None:
    quiet = [{"from": "09:00", "to": "11:00", "days": [0]}]
    watch = Watch(HOT | {"quiet": quiet, "zone": "Asia/Shanghai"})
    watch.at(MONDAY_10, t=90)
    watch.later(MONDAY_10 + 3_599)
    assert watch.turns == []
    watch.later(MONDAY_10 + 3_600)
    assert watch.turns == [("raised", MONDAY_10 + 3_600, "")]


def test_what_is_over_before_a_quiet_window_ends_is_no_alarm() -> None:
    watch = Watch(HOT | {"quiet": [{"from": "22:00", "to": "12:00"}], "zone": "Asia/Shanghai"})
    watch.at(MONDAY_10, t=90)
    watch.at(MONDAY_10 + 60, t=60)
    watch.later(MONDAY_10 + 10_000)
    assert watch.turns == []


def test_what_is_urgent_gets_through_a_quiet_window() -> None:
    watch = Watch(HOT | {"quiet": [{"from": "00:00", "to": "23:59"}], "zone": "Asia/Shanghai", "through": True})
    watch.at(MONDAY_10, t=90)
    assert watch.turns == [("raised", MONDAY_10, "")]


def test_a_late_value_is_not_passed_over() -> None:
    watch = Watch(HOT)
    watch.at(100, t=90)
    watch.at(50, t=60)
    assert watch.turns == [("raised", 100, ""), ("cleared", 100, "")]


values = st.lists(st.tuples(st.integers(0, 120), st.integers(60, 100)), max_size=40)


@given(values, st.integers(0, 60), st.integers(0, 60))
def test_raised_and_cleared_take_turns_and_time_never_runs_back(
    steps: list[tuple[int, int]], hold: int, calm: int
) -> None:
    watch, now = Watch(HOT | {"hold_s": hold, "calm_s": calm}), 0
    for pause, value in steps:
        now += pause
        watch.later(now)
        watch.at(now, t=value)
    main = [turn for turn in watch.turns if turn[0] != "repeated"]
    assert [t for t, _at, _c in main] == ["raised", "cleared"] * (len(main) // 2) + ["raised"] * (len(main) % 2)
    assert [at for _t, at, _c in watch.turns] == sorted(at for _t, at, _c in watch.turns)


@given(values, st.integers(0, 60), st.integers(0, 60), st.lists(st.integers(0, 4_800), max_size=20))
def test_looking_oftener_changes_nothing(
    steps: list[tuple[int, int]], hold: int, calm: int, looks: list[int]
) -> None:  # fmt: skip
    """What time alone turns is dated at its moment, so that it does not matter when somebody looked."""
    spec, found = HOT | {"hold_s": hold, "calm_s": calm}, []
    for extra in ([], sorted(looks)):
        watch, now = Watch(spec), 0
        for pause, value in steps:
            for moment in [look for look in extra if now < look < now + pause]:
                watch.later(moment)
            now += pause
            watch.later(now)
            watch.later(now)
            watch.at(now, t=value)
        watch.later(now + 10_000)
        watch.later(now + 20_000)
        found.append([(turn, at) for turn, at, _c in watch.turns])
    assert found[0] == found[1]


@pytest.mark.parametrize(("spec", "field"), [
    ({"kind": "odd"}, "kind"), ({"kind": "threshold", "all": []}, "of"),
    ({"kind": "threshold", "all": [{"of": "t", "op": "above", "limit": "x"}]}, "limit"),
    ({"kind": "threshold", "all": [{"of": "t + ", "op": "above", "limit": 1}]}, "of"),
    ({"kind": "threshold", "all": [{"of": "t", "op": "outside", "limit": 5, "upper": 4}]}, "upper"),
    ({"kind": "absence", "after_s": 1}, "after_s"), ({"kind": "rate", "of": "t", "limit": 0, "within_s": 5}, "limit"),
    ({"kind": "count", "n": 1, "within_s": 5}, "n"), ({"kind": "fault", "codes": "E3"}, "codes"),
    (HOT | {"zone": "Mars/Olympus"}, "zone"), (HOT | {"quiet": [{"from": "25:00", "to": "1:00"}]}, "quiet"),
    (HOT | {"hold_s": -1}, "hold_s"),
])  # fmt: skip
def test_a_rule_that_cannot_be_used_says_where(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(alarm_specs.Wrong) as error:
        alarm_specs.read(spec, id=1)
    assert error.value.field == field


@pytest.mark.parametrize("text", ["__import__('os')", "t.real", "t[0]", "t if t else 1", "(lambda: 1)()", "t ** t",
                                  "'a' * 9", "open('x')", "max()", "abs(1, 2)", "t\x00", "(" * 300])  # fmt: skip
def test_an_expression_only_counts(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # any: what is refused is the point
        expressions.read(text)


def test_an_expression_without_a_value_has_none() -> None:
    assert expressions.read("a / b").of({"a": 1, "b": 0}) is None
    assert expressions.read("a / b").of({"a": 1}) is None
    assert expressions.read("max(a, -b) * 2").of({"a": 1, "b": -4}) == 8
