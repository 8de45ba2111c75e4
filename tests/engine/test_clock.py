"""How does a promise stand? Every row of the edge-rule table that concerns clocks, under its own name."""

from __future__ import annotations

import random

import pytest

from tests.engine.clockwork import HOUR, MIN, calendars, folded, marks, on, terms
from yingnuo.engine.clock import Mark, MarkKind, Standing, fold
from yingnuo.engine.errors import EngineError

STARTED = ("started", "mon 09:00")


def test_running_promise_shows_due_used_and_remaining() -> None:
    state = folded(marks(STARTED), "mon 10:00")
    assert (state.standing, state.due, state.armed_at) == (Standing.RUNNING, on("mon 13:00"), on("mon 09:00"))
    assert (state.worked, state.remaining, state.overrun) == (HOUR, 3 * HOUR, 0)


def test_time_runs_out_exactly_at_closing_is_due_at_closing() -> None:
    assert folded(marks(("started", "mon 14:00")), "mon 14:00").due == on("mon 18:00")


def test_answered_at_the_very_due_second_is_kept() -> None:
    state = folded(marks(STARTED, ("met", "mon 13:00")), "tue 09:00")
    assert (state.standing, state.met, state.due) == (Standing.KEPT, on("mon 13:00"), on("mon 13:00"))


def test_answered_one_second_later_is_broken() -> None:
    state = folded(marks(STARTED, ("met", "mon 13:00:01")), "tue 09:00")
    assert (state.standing, state.breached_at, state.overrun) == (Standing.BROKEN, on("mon 13:00"), 1)
    assert state.ended_at == on("mon 13:00:01")


def test_not_broken_within_the_due_second_and_broken_after_it() -> None:
    assert folded(marks(STARTED), "mon 13:00").standing is Standing.RUNNING
    state = folded(marks(STARTED), "mon 13:00:01")
    assert (state.standing, state.breached_at, state.remaining) == (Standing.BROKEN, on("mon 13:00"), 0)


def test_due_at_closing_is_broken_in_the_evening_with_no_working_time_over() -> None:
    state = folded(marks(("started", "mon 14:00")), "mon 20:00")
    assert (state.standing, state.overrun) == (Standing.BROKEN, 0)


def test_start_outside_hours_counts_from_the_next_opening_and_due_is_shown_at_once() -> None:
    state = folded(marks(("started", "sat 12:00")), "sat 12:00")
    assert (state.due, state.worked) == (on("mon+1 13:00"), 0)


def test_start_in_the_future_is_shown_as_at_the_start() -> None:
    state = folded(marks(STARTED, ("met", "mon 09:30")), "mon 08:00")
    assert (state.standing, state.due, state.at) == (Standing.RUNNING, on("mon 13:00"), on("mon 09:00"))


def test_a_promise_that_never_started_is_refused() -> None:
    with pytest.raises(EngineError) as refused:
        folded(marks(("met", "mon 09:00")), "mon 10:00")
    assert refused.value.code == "clock_never_started"


def test_marks_later_than_now_have_not_happened() -> None:
    assert folded(marks(STARTED, ("met", "mon 10:00")), "mon 09:59").standing is Standing.RUNNING


# Events in the same second


def test_same_second_stop_before_pause() -> None:
    said = marks(STARTED, ("paused", "mon 10:00", "appointment"), ("met", "mon 10:00"))
    assert folded(said, "mon 11:00").pauses == ()


def test_same_second_stop_before_reset() -> None:
    state = folded(marks(STARTED, ("reset", "mon 10:00"), ("met", "mon 10:00")), "mon 11:00")
    assert (state.standing, state.started, state.worked) == (Standing.KEPT, on("mon 09:00"), HOUR)


def test_same_second_reset_before_pause() -> None:
    state = folded(marks(STARTED, ("paused", "mon 10:00", "appointment"), ("reset", "mon 10:00")), "mon 11:00")
    assert (state.standing, state.worked, state.paused_since) == (Standing.PAUSED, 0, on("mon 10:00"))


def test_same_second_pause_before_resume() -> None:
    said = marks(STARTED, ("resumed", "mon 10:00"), ("paused", "mon 10:00", "appointment"))
    assert folded(said, "mon 11:00").standing is Standing.RUNNING


def test_same_second_pause_before_start_stands_still_from_the_beginning() -> None:
    state = folded(marks(STARTED, ("paused", "mon 09:00", "appointment")), "mon 12:00")
    assert (state.standing, state.worked, state.remaining) == (Standing.PAUSED, 0, 4 * HOUR)


def test_same_second_stop_and_start_is_kept() -> None:
    state = folded(marks(STARTED, ("met", "mon 09:00")), "mon 12:00")
    assert (state.standing, state.met, state.worked) == (Standing.KEPT, on("mon 09:00"), 0)


def test_same_second_recorded_order_decides_between_equals() -> None:
    said = marks(STARTED, ("cancelled", "mon 10:00"), ("met", "mon 10:00"))
    assert folded(said, "mon 11:00").standing is Standing.CANCELLED


def test_same_second_stop_and_reopening_leaves_it_open() -> None:
    said = marks(STARTED, ("met", "mon 10:00"), ("met", "mon 10:00"), ("reopened", "mon 10:00"))
    assert folded(said, "mon 11:00").standing is Standing.RUNNING


# Pauses


def test_while_paused_nothing_is_due_and_remaining_time_is_shown() -> None:
    state = folded(marks(STARTED, ("paused", "mon 10:00", "waiting_customer")), "tue 10:00")
    assert (state.standing, state.due, state.remaining) == (Standing.PAUSED, None, 3 * HOUR)
    assert (state.paused_since, state.pause_reason) == (on("mon 10:00"), "waiting_customer")


def test_resumed_moves_the_due_by_the_paused_working_time() -> None:
    said = marks(STARTED, ("paused", "mon 10:00", "appointment"), ("resumed", "tue 10:00", "appointment"))
    state = folded(said, "tue 10:00")
    assert (state.due, state.armed_at) == (on("tue 13:00"), on("tue 10:00"))
    assert state.pauses == ((on("mon 10:00"), on("tue 10:00"), "appointment"),)


def test_pause_outside_hours_moves_nothing() -> None:
    said = marks(("started", "mon 17:00"), ("paused", "mon 19:00", "appointment"), ("resumed", "tue 08:00"))
    assert folded(said, "tue 08:00").due == on("tue 12:00")


def test_nested_pauses_are_a_union() -> None:
    said = marks(
        STARTED, ("paused", "mon 10:00", "appointment"), ("paused", "mon 10:20", "waiting_customer"),
        ("resumed", "mon 10:40", "waiting_customer"), ("resumed", "mon 11:00", "appointment"),
    )  # fmt: skip
    state = folded(said, "mon 11:00")
    assert state.due == on("mon 14:00")
    assert state.pauses == (
        (on("mon 10:00"), on("mon 11:00"), "appointment"), (on("mon 10:20"), on("mon 10:40"), "waiting_customer"),
    )  # fmt: skip


def test_overlapping_pauses_are_a_union() -> None:
    said = marks(
        STARTED, ("paused", "mon 10:00", "appointment"), ("paused", "mon 10:30", "waiting_customer"),
        ("resumed", "mon 11:00", "appointment"), ("resumed", "mon 12:00", "waiting_customer"),
    )  # fmt: skip
    assert folded(said, "mon 11:30").paused_since == on("mon 10:00")
    assert folded(said, "mon 12:00").due == on("mon 15:00")


def test_resumed_without_a_reason_ends_all_pauses() -> None:
    said = marks(STARTED, ("paused", "mon 10:00", "appointment"), ("paused", "mon 10:00", "waiting_customer"))
    assert folded([*said, *marks(("resumed", "mon 11:00"))], "mon 11:00").standing is Standing.RUNNING


def test_reason_not_in_the_terms_does_not_pause() -> None:
    state = folded(marks(STARTED, ("paused", "mon 10:00", "lunch")), "mon 11:00")
    assert (state.standing, state.worked) == (Standing.RUNNING, 2 * HOUR)


def test_any_listed_reason_pauses_under_the_star() -> None:
    state = folded(marks(STARTED, ("paused", "mon 10:00", "lunch")), "mon 11:00", terms(pauses=("*",)))
    assert state.standing is Standing.PAUSED


def test_pause_after_breach_stops_the_overrun_and_does_not_unbreach() -> None:
    said = marks(STARTED, ("paused", "mon 13:30", "appointment"), ("resumed", "mon 15:00"))
    paused, later = folded(said, "mon 14:30"), folded(said, "mon 15:30")
    assert (paused.standing, paused.overrun, paused.due) == (Standing.BROKEN, 30 * MIN, on("mon 13:00"))
    assert (later.standing, later.overrun, later.breached_at) == (Standing.BROKEN, HOUR, on("mon 13:00"))


def test_pause_at_the_very_due_second_holds() -> None:
    said = marks(STARTED, ("paused", "mon 13:00", "appointment"), ("resumed", "mon 15:00"))
    assert folded(said, "mon 14:00").standing is Standing.PAUSED
    assert folded(said, "mon 15:00").due == on("mon 15:00")


def test_answered_while_paused_is_kept() -> None:
    state = folded(marks(STARTED, ("paused", "mon 12:00", "appointment"), ("met", "tue 12:00")), "tue 13:00")
    assert (state.standing, state.due, state.worked) == (Standing.KEPT, on("tue 13:00"), 3 * HOUR)
    assert state.pauses == ((on("mon 12:00"), on("tue 12:00"), "appointment"),)


def test_date_promised_to_the_customer_is_not_moved_by_pauses() -> None:
    given = terms(milestone="promised_date", pauses=("*",))
    state = folded(marks(STARTED, ("paused", "mon 10:00", "appointment")), "mon 11:00", given)
    assert (state.standing, state.due) == (Standing.RUNNING, on("mon 13:00"))


# Recorded late, retargeted, reset


def test_event_recorded_late_takes_its_place_in_the_past() -> None:
    said = marks(STARTED)
    assert folded(said, "mon 14:00").standing is Standing.BROKEN
    late = Mark(MarkKind.MET, on("mon 12:30"), seq=1, recorded_at=on("mon 14:00"))
    assert folded([*said, late], "mon 14:00").standing is Standing.KEPT


def test_retargeted_carries_elapsed_time_over() -> None:
    state = folded(marks(STARTED, ("retargeted", "mon 10:00", terms(target_seconds=2 * HOUR))), "mon 10:30")
    assert (state.due, state.worked, state.remaining) == (on("mon 11:00"), 90 * MIN, 30 * MIN)
    assert (state.armed_at, state.terms.target_seconds) == (on("mon 10:00"), 2 * HOUR)


def test_target_below_the_used_time_is_broken_at_the_retarget_and_never_before() -> None:
    said = marks(STARTED, ("retargeted", "mon 12:00", terms(target_seconds=HOUR)))
    assert folded(said, "mon 11:59").standing is Standing.RUNNING
    state = folded(said, "mon 12:10")
    assert (state.standing, state.breached_at, state.overrun) == (Standing.BROKEN, on("mon 12:00"), 10 * MIN)


def test_target_below_the_used_time_at_night_is_due_at_the_next_opening() -> None:
    said = marks(("started", "mon 15:00"), ("retargeted", "mon 20:00", terms(target_seconds=HOUR)))
    assert folded(said, "mon 21:00").due == on("tue 09:00")


def test_broken_stays_broken_under_a_longer_target() -> None:
    state = folded(marks(STARTED, ("retargeted", "mon 14:00", terms(target_seconds=8 * HOUR))), "mon 15:00")
    assert (state.standing, state.breached_at, state.overrun) == (Standing.BROKEN, on("mon 13:00"), 2 * HOUR)


def test_calendar_change_sums_each_stretch_in_its_own_calendar() -> None:
    night = terms(calendar="always@1")
    state = folded(marks(("started", "mon 17:00"), ("retargeted", "mon 20:00", night)), "mon 21:00")
    assert (state.worked, state.due) == (2 * HOUR, on("mon 23:00"))


def test_new_terms_judge_a_waiting_reason_anew() -> None:
    said = marks(STARTED, ("paused", "mon 10:00", "appointment"), ("retargeted", "mon 11:00", terms(pauses=())))
    state = folded(said, "mon 12:00")
    assert (state.standing, state.worked, state.due) == (Standing.RUNNING, 2 * HOUR, on("mon 14:00"))


def test_finished_promise_is_never_rewritten() -> None:
    said = marks(STARTED, ("met", "mon 10:00"))
    after = marks(("retargeted", "mon 11:00", terms(target_seconds=60)), ("paused", "mon 12:00", "appointment"))
    again = marks(("reset", "mon 12:00"), ("met", "mon 14:00"), ("cancelled", "mon 15:00"))
    assert folded([*said, *after, *again], "tue 09:00") == folded(said, "tue 09:00")


def test_reset_counts_from_that_second() -> None:
    state = folded(marks(STARTED, ("reset", "mon 11:00")), "mon 12:00")
    assert (state.started, state.worked, state.due) == (on("mon 11:00"), HOUR, on("mon 15:00"))


def test_reset_after_the_breach_changes_nothing() -> None:
    said = marks(STARTED)
    assert folded([*said, *marks(("reset", "mon 14:00"))], "mon 15:00") == folded(said, "mon 15:00")


# Cancelled, reopened


def test_merge_cancelled_promise_ends() -> None:
    state = folded(marks(STARTED, ("cancelled", "mon 10:00", "merged")), "tue 09:00")
    assert (state.standing, state.met, state.ended_at) == (Standing.CANCELLED, None, on("mon 10:00"))


def test_merge_earliest_start_survives() -> None:
    assert folded(marks(("started", "mon 10:00"), STARTED), "mon 10:30").started == on("mon 09:00")


def test_withdrawn_before_its_start_never_runs() -> None:
    assert folded(marks(("cancelled", "mon 08:00"), STARTED), "mon 12:00").standing is Standing.CANCELLED


def test_reopen_continue_takes_the_closed_time_as_a_pause() -> None:
    state = folded(marks(STARTED, ("met", "mon 10:00"), ("reopened", "tue 10:00")), "tue 11:00")
    assert (state.standing, state.worked, state.due) == (Standing.RUNNING, 2 * HOUR, on("tue 13:00"))
    assert state.pauses == ((on("mon 10:00"), on("tue 10:00"), "closed"),)


def test_reopen_restart_begins_afresh_and_remembers_how_it_ended() -> None:
    said = marks(STARTED, ("met", "mon 14:00"), ("reopened", "tue 10:00"))
    state = folded(said, "tue 11:00", terms(on_reopen="restart"))
    assert (state.standing, state.started, state.due) == (Standing.RUNNING, on("tue 10:00"), on("tue 14:00"))
    assert [(one.standing, one.breached_at) for one in state.earlier] == [(Standing.BROKEN, on("mon 13:00"))]


def test_reopen_grace_gives_at_least_the_grace() -> None:
    said = marks(STARTED, ("met", "mon 12:55"), ("reopened", "tue 10:00"))
    given = terms(on_reopen="grace", grace_seconds=HOUR)
    assert folded(said, "tue 10:00", given).due == on("tue 11:00")


def test_reopen_grace_never_shortens_what_was_left() -> None:
    said = marks(STARTED, ("met", "mon 10:00"), ("reopened", "tue 10:00"))
    assert folded(said, "tue 10:00", terms(on_reopen="grace", grace_seconds=HOUR)).due == on("tue 13:00")


def test_reopen_never_an_instant_breach_for_a_time_before_the_reopening() -> None:
    said = marks(STARTED, ("met", "mon 13:00"), ("reopened", "tue 10:00"))
    state = folded(said, "tue 10:00")
    assert (state.standing, state.due) == (Standing.RUNNING, on("tue 10:00"))


def test_reopen_of_a_promised_date_is_due_at_the_reopening_at_the_earliest() -> None:
    said = marks(STARTED, ("met", "mon 12:00"), ("reopened", "mon 16:00"))
    assert folded(said, "mon 16:00", terms(milestone="promised_date")).due == on("mon 16:00")


def test_reopen_leaves_the_pauses_of_before_behind() -> None:
    said = marks(STARTED, ("paused", "mon 10:00", "appointment"), ("met", "mon 12:00"), ("reopened", "tue 10:00"))
    state = folded([*said, *marks(("resumed", "tue 10:30"))], "tue 11:00")
    assert (state.standing, state.worked) == (Standing.RUNNING, 2 * HOUR)


def test_reopen_of_a_broken_promise_stays_broken() -> None:
    state = folded(marks(STARTED, ("met", "mon 14:00"), ("reopened", "tue 10:00")), "tue 11:00")
    assert (state.standing, state.breached_at, state.overrun) == (Standing.BROKEN, on("mon 13:00"), 2 * HOUR)


def test_reopen_of_an_open_promise_changes_nothing() -> None:
    assert folded(marks(STARTED, ("reopened", "mon 10:00")), "mon 11:00") == folded(marks(STARTED), "mon 11:00")


def test_reassign_ends_the_handoff_promise_and_the_next_starts_by_itself() -> None:
    first = folded(marks(STARTED, ("cancelled", "mon 10:00", "reassigned")), "mon 11:00")
    second = folded(marks(("started", "mon 10:00")), "mon 11:00")
    assert (first.worked, second.worked) == (HOUR, HOUR)


def test_any_order_of_marks_gives_the_same_state() -> None:
    said = marks(
        STARTED, ("paused", "mon 10:00", "appointment"), ("resumed", "mon 11:00"), ("met", "mon 12:00"),
        ("reopened", "tue 09:00"), ("retargeted", "tue 09:30", terms(target_seconds=HOUR)),
    )  # fmt: skip
    mixed = random.Random(7).sample(said, len(said))
    assert fold(terms(), mixed, on("tue 12:00"), calendars) == folded(said, "tue 12:00")
