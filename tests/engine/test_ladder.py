"""At which instants do the steps fall, and which ladders are pointless?"""

from __future__ import annotations

from tests.engine.clockwork import BROKEN, HOUR, MIN, STILL, WARN, WARN_UP, calendars, on, terms
from yingnuo.engine import ladder
from yingnuo.engine.terms import Step, When

OFFICE = calendars("office@1")
FULL = terms(ladder=(STILL, BROKEN, WARN_UP, WARN))


def test_a_lead_is_working_time_backwards() -> None:
    assert ladder.moment(WARN, on("tue 09:10"), 4 * HOUR, OFFICE) == on("mon 17:40")


def test_a_lead_takes_the_smaller_of_time_and_share() -> None:
    half = Step("warn", When.BEFORE, 30 * MIN, share=0.5)
    assert ladder.moment(half, on("mon 10:00"), 10 * MIN, OFFICE) == on("mon 09:55")


def test_a_step_after_zero_is_the_due_moment_itself() -> None:
    assert ladder.moment(BROKEN, on("mon 18:00"), HOUR, OFFICE) == on("mon 18:00")


def test_a_step_after_the_due_moment_counts_working_time() -> None:
    assert ladder.moment(STILL, on("mon 18:00"), HOUR, OFFICE) == on("tue 09:15")


def test_a_pause_after_the_due_moment_puts_the_step_off() -> None:
    pauses = [(on("mon 10:05"), on("mon 11:05"))]
    assert ladder.moment(STILL, on("mon 10:00"), HOUR, OFFICE, pauses=pauses) == on("mon 11:15")


def test_an_unacknowledged_step_falls_when_the_acknowledgement_ran_out() -> None:
    awaited = {"warn": on("mon 10:10")}
    assert ladder.moment(WARN_UP, on("mon 12:00"), HOUR, OFFICE, ack_due=awaited) == on("mon 10:10")
    assert ladder.moment(WARN_UP, on("mon 12:00"), HOUR, OFFICE) is None


def test_the_acknowledgement_runs_from_the_firing() -> None:
    assert ladder.ack_due(WARN, on("mon 10:00")) == on("mon 10:10")
    assert ladder.ack_due(BROKEN, on("mon 10:00")) is None


def test_all_dated_steps_in_order_of_time() -> None:
    dated = [(step.code, at) for step, at in ladder.moments(FULL, on("mon 13:00"), OFFICE)]
    assert dated == [("warn", on("mon 12:30")), ("broken", on("mon 13:00")), ("still", on("mon 13:15"))]


def test_a_good_ladder_has_no_findings() -> None:
    assert ladder.lint(FULL.ladder, 4 * HOUR) == ()


def test_a_warning_that_leads_the_whole_limit_is_found() -> None:
    (found,) = ladder.lint([WARN], 15 * MIN)
    assert (found.code, found.path, found.subject) == ("lead_not_shorter_than_target", "ladder[0].before", "warn")


def test_a_share_keeps_the_lead_within_the_limit() -> None:
    half = Step("warn", When.BEFORE, 30 * MIN, share=0.5, audience=("holder",))
    assert ladder.lint([half], 15 * MIN) == ()


def test_unknown_steps_and_audiences_are_found() -> None:
    odd = Step("up", When.UNACKNOWLEDGED, of="wran", audience=("boss",))
    found = {(one.code, one.other) for one in ladder.lint([odd])}
    assert found == {("unknown_step", "wran"), ("unknown_audience", "boss")}


def test_unknown_ways_are_found_and_those_of_messengers_are_known() -> None:
    step = Step("late", When.AFTER, audience=("lead",), ways=("wecom", "dingtalk", "feishu", "webhook", "fax"))
    assert [(one.code, one.path, one.other) for one in ladder.lint([step])] == [("unknown_way", "ladder[0].by", "fax")]


def test_waiting_for_an_acknowledgement_nobody_asked_for_is_found() -> None:
    up = Step("up", When.UNACKNOWLEDGED, of="broken", audience=("lead",))
    assert [one.code for one in ladder.lint([BROKEN, up])] == ["no_acknowledgement_asked"]


def test_a_step_that_tells_nobody_is_found() -> None:
    assert [one.code for one in ladder.lint([Step("hush", When.AFTER)])] == ["nobody_told"]
