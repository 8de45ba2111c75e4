"""When must somebody look again, and what does a late worker find?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tests.engine.clockwork import BROKEN, HOUR, MIN, STILL, WARN, WARN_UP, calendars, folded, marks, on, terms
from yingnuo.engine.clock import Mark
from yingnuo.engine.promise import Moment, MomentKind, explain, moments_until, next_moment
from yingnuo.engine.terms import Step, Terms, When

FULL = terms(ladder=(WARN, WARN_UP, BROKEN, STILL))
STARTED = ("started", "mon 09:00")  # due at 13:00, warned at 12:30
SHORT = terms(ladder=FULL.ladder, target_seconds=2 * HOUR)


def next_(
    said: list[Mark], now: str, fired: Collection[str] = (), given: Terms = FULL, acks: Mapping[str, int] | None = None
) -> Moment | None:
    state = folded(said, now, given)
    return next_moment(state.terms, state, fired, acks or {}, calendars)


def missed(
    said: list[Mark], now: str, fired: Collection[str] = (), given: Terms = FULL, acks: Mapping[str, int] | None = None
) -> list[tuple[str, bool]]:
    state = folded(said, now, given)
    return [(one.code, one.collapsed) for one in moments_until(state.terms, state, fired, acks or {}, calendars)]


def test_the_first_moment_is_the_warning() -> None:
    assert next_(marks(STARTED), "mon 09:00") == Moment(on("mon 12:30"), WARN, MomentKind.WARNING)


def test_after_the_warning_comes_the_due_moment_and_wakes_when_its_second_is_over() -> None:
    moment = next_(marks(STARTED), "mon 12:30", {"warn"})
    assert moment == Moment(on("mon 13:00"), None, MomentKind.DUE)
    assert moment.wake_at == on("mon 13:00:01")


def test_after_the_due_moment_comes_the_breach_step_and_then_the_next() -> None:
    first = next_(marks(STARTED), "mon 13:00:01", {"warn", "due"})
    second = next_(marks(STARTED), "mon 13:00:01", {"warn", "due", "broken"})
    assert first == Moment(on("mon 13:00"), BROKEN, MomentKind.BREACH)
    assert second == Moment(on("mon 13:15"), STILL, MomentKind.BREACH)


def test_an_acknowledgement_that_runs_out_comes_before_the_due_moment() -> None:
    moment = next_(marks(STARTED), "mon 12:31", {"warn"}, acks={"warn": on("mon 12:40")})
    assert moment == Moment(on("mon 12:40"), WARN_UP, MomentKind.UNACKNOWLEDGED)


def test_nothing_is_awaited_when_all_has_fired() -> None:
    assert next_(marks(STARTED), "mon 14:00", {"warn", "due", "broken", "still"}) is None


def test_nothing_is_awaited_while_paused() -> None:
    assert next_(marks(STARTED, ("paused", "mon 10:00", "appointment")), "mon 11:00") is None


def test_an_acknowledgement_is_awaited_even_while_paused() -> None:
    said = marks(STARTED, ("paused", "mon 12:35", "appointment"))
    moment = next_(said, "mon 12:36", {"warn"}, acks={"warn": on("mon 12:40")})
    assert moment is not None
    assert moment.step == WARN_UP


def test_nothing_is_awaited_once_it_ended() -> None:
    assert next_(marks(STARTED, ("met", "mon 10:00")), "mon 10:00") is None
    assert next_(marks(STARTED, ("met", "mon 14:00")), "mon 14:00") is None


def test_no_step_after_the_breach_while_the_clock_stands_still() -> None:
    said = marks(STARTED, ("paused", "mon 13:05", "appointment"), ("resumed", "mon 15:00"))
    fired = {"warn", "due", "broken"}
    assert next_(said, "mon 14:00", fired) is None
    assert next_(said, "mon 15:00", fired) == Moment(on("mon 15:10"), STILL, MomentKind.BREACH)


def test_a_step_after_the_breach_missed_before_the_pause_is_still_found() -> None:
    said = marks(STARTED, ("paused", "mon 13:30", "appointment"))
    assert missed(said, "mon 16:00", {"warn", "due", "broken"}) == [("still", False)]


# The due moment moved


def test_a_fired_warning_does_not_fire_again_after_a_pause() -> None:
    said = marks(STARTED, ("paused", "mon 12:40", "appointment"), ("resumed", "mon 15:00"))
    moment = next_(said, "mon 15:00", {"warn": on("mon 12:30")})
    assert moment == Moment(on("mon 15:20"), None, MomentKind.DUE)


def test_a_warning_fired_in_the_second_of_the_pause_does_not_fire_again() -> None:
    said = marks(STARTED, ("paused", "mon 12:30", "appointment"), ("resumed", "mon 15:00"))
    moment = next_(said, "mon 15:00", {"warn": on("mon 12:30")})
    assert moment == Moment(on("mon 15:30"), None, MomentKind.DUE)


def test_a_fired_warning_fires_again_when_its_new_moment_is_still_to_come() -> None:
    said = marks(STARTED, ("retargeted", "mon 12:45", terms(target_seconds=8 * HOUR, ladder=FULL.ladder)))
    for fired in ({"warn"}, {"warn": on("mon 12:30")}):
        assert next_(said, "mon 12:45", fired) == Moment(on("mon 16:30"), WARN, MomentKind.WARNING)


def test_a_warning_of_an_earlier_round_counts_no_more_after_a_restart() -> None:
    again = terms(ladder=FULL.ladder, on_reopen="restart")
    said = marks(STARTED, ("met", "mon 14:00"), ("reopened", "tue 09:00"))
    fired = {"warn": on("mon 12:30"), "due": on("mon 13:00"), "broken": on("mon 13:00")}
    assert missed(said, "tue 13:00:01", fired, again) == [("warn", True), ("due", False), ("broken", False)]


def test_warning_later_than_the_limit_because_the_target_shrank_fires_at_once() -> None:
    said = marks(STARTED, ("retargeted", "mon 10:45", SHORT))
    assert next_(said, "mon 10:45") == Moment(on("mon 10:45"), WARN, MomentKind.WARNING)


def test_warning_later_than_the_limit_is_skipped_with_a_record_when_nothing_remains() -> None:
    said = marks(STARTED, ("retargeted", "mon 11:30", SHORT))
    assert next_(said, "mon 11:30") == Moment(on("mon 11:30"), None, MomentKind.DUE)
    assert missed(said, "mon 11:30:01")[0] == ("warn", True)


def test_warning_is_skipped_at_night_too_when_nothing_remains() -> None:
    said = marks(("started", "mon 15:00"), ("retargeted", "mon 20:00", SHORT))
    assert next_(said, "mon 20:00") == Moment(on("tue 09:00"), None, MomentKind.DUE)


def test_a_warning_that_leads_the_whole_limit_fires_at_the_start() -> None:
    early = terms(target_seconds=15 * MIN, ladder=(WARN,))
    assert next_(marks(STARTED), "mon 09:00", given=early) == Moment(on("mon 09:00"), WARN, MomentKind.WARNING)


# Late workers


def test_nothing_was_missed_in_time() -> None:
    assert missed(marks(STARTED), "mon 12:29") == []


def test_a_warning_missed_before_the_breach_is_not_collapsed() -> None:
    assert missed(marks(STARTED), "mon 12:50") == [("warn", False)]


def test_the_breach_is_not_stated_within_the_due_second() -> None:
    assert missed(marks(STARTED), "mon 13:00", {"warn"}) == []
    assert missed(marks(STARTED), "mon 13:00:01", {"warn"}) == [("due", False), ("broken", False)]


def test_late_worker_finds_each_step_in_order_and_warnings_collapsed() -> None:
    expected = [("warn", True), ("due", False), ("broken", False), ("still", False)]
    assert missed(marks(STARTED), "mon 17:00") == expected


def test_an_acknowledgement_missed_before_the_breach_collapses_too() -> None:
    found = missed(marks(STARTED), "mon 17:00", {"warn"}, acks={"warn": on("mon 12:40")})
    assert found[0] == ("warn-up", True)


def test_an_acknowledgement_that_runs_out_after_the_breach_is_not_collapsed() -> None:
    found = missed(marks(STARTED), "mon 17:00", {"warn"}, acks={"warn": on("mon 13:10")})
    assert ("warn-up", False) in found


def test_a_warning_is_no_more_wanted_once_the_breach_was_stated() -> None:
    assert missed(marks(STARTED), "mon 13:01", {"due", "broken"}) == []


def test_of_a_promise_that_ended_late_unwatched_only_the_breach_is_listed() -> None:
    assert missed(marks(STARTED, ("met", "mon 13:30")), "mon 14:00") == [("due", False)]
    assert missed(marks(STARTED, ("met", "mon 12:50")), "mon 14:00") == []
    assert missed(marks(STARTED, ("cancelled", "mon 13:30")), "mon 14:00") == []


def test_a_woken_worker_that_wakes_again_finds_nothing_new() -> None:
    fired = [code for code, _ in missed(marks(STARTED), "mon 17:00")]
    assert missed(marks(STARTED), "mon 17:00", fired) == []


def test_moments_of_one_instant_have_one_order() -> None:
    twins = terms(ladder=(Step("b", When.AFTER, HOUR), Step("a", When.AFTER, HOUR)))
    assert missed(marks(STARTED), "mon 17:00", {"due"}, twins) == [("a", False), ("b", False)]


# Explain


def test_a_due_moment_explains_itself() -> None:
    given = terms(target_seconds=15 * MIN, calendar="split@1")
    said = marks(("started", "mon 17:50"), ("paused", "tue 09:02", "waiting_customer"), ("resumed", "tue 10:07"))
    state = folded(said, "tue 10:08", given)
    told = explain(given, state, calendars("split@1"))
    assert (told.code, told.target_seconds, told.calendar) == ("running", 15 * MIN, "split@1")
    assert (told.started, told.due) == (on("mon 17:50"), on("tue 10:10"))
    assert [(one.reason, one.open_seconds) for one in told.pauses] == [("waiting_customer", 65 * MIN)]
    assert sum(day.seconds for day in told.days) == 15 * MIN + 65 * MIN


def test_a_lasting_pause_is_explained_with_what_it_took_until_now() -> None:
    state = folded(marks(STARTED, ("paused", "mon 10:00", "appointment")), "mon 11:00")
    told = explain(state.terms, state, calendars("office@1"))
    assert (told.code, told.due, told.remaining) == ("paused", None, 3 * HOUR)
    assert [(one.until, one.open_seconds) for one in told.pauses] == [(None, HOUR)]


def test_overdue_and_met_late_are_told_apart() -> None:
    open_, ended = folded(marks(STARTED), "mon 14:00"), folded(marks(STARTED, ("met", "mon 14:00")), "mon 15:00")
    office = calendars("office@1")
    assert [explain(state.terms, state, office).code for state in (open_, ended)] == ["overdue", "broken"]
