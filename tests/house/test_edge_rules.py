"""Does every edge rule of the engine's law have a test that bears its name, and is every row of the table here?"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.data_paths import SHARED

TESTS = Path(__file__).parents[1]
#: The rows of the table, in its order, and the tests that hold each: file and function.
RULES: Mapping[str, tuple[str, ...]] = {
    "time runs out exactly at closing": (
        "engine/test_clock.py::test_time_runs_out_exactly_at_closing_is_due_at_closing",
        "engine/test_calendar_edges.py::test_time_that_runs_out_at_closing_is_due_at_closing",
    ),
    "answered at the very due second": ("engine/test_clock.py::test_answered_at_the_very_due_second_is_kept",),
    "null target · zero target": (
        "engine/test_edge_rules.py::test_null_target_is_no_promise",
        "engine/test_edge_rules.py::test_zero_target_is_refused_when_saved",
    ),
    "no open window within the horizon": (
        "engine/test_calendar_cases.py::test_a_calendar_that_never_opens_is_refused_and_never_counts_wall_clock",
        "engine/test_edge_rules.py::test_no_open_window_within_the_horizon_is_refused",
    ),
    "start outside hours": (
        "engine/test_clock.py::test_start_outside_hours_counts_from_the_next_opening_and_due_is_shown_at_once",
    ),
    "overnight window": (
        "engine/test_calendar_edges.py::test_a_night_belongs_to_the_day_it_opens",
        "engine/test_calendar_edges.py::test_a_holiday_removes_the_whole_night_that_opens_on_it",
        "engine/test_calendar_edges.py::test_a_special_day_replaces_the_whole_night",
    ),
    "make-up day and holiday on one date": (
        "engine/test_edge_rules.py::test_make_up_day_and_holiday_on_one_date_the_special_day_wins",
    ),
    "DST gap or repeat at a window's edge": (
        "engine/test_calendar_edges.py::test_an_edge_in_the_gap_moves_one_hour_later",
        "engine/test_calendar_edges.py::test_a_repeated_edge_is_the_first",
        "engine/test_calendar_edges.py::test_a_window_emptied_by_the_gap_vanishes",
        "engine/test_calendar_edges.py::test_a_whole_day_has_23_or_25_hours",
    ),
    "zone data changed": (
        "journey/test_calendar_moves.py::test_other_zone_data_are_noticed_and_a_new_version_makes_up_for_them",
    ),
    "events in the same second": (
        "engine/test_clock.py::test_same_second_stop_before_reset",
        "engine/test_clock.py::test_same_second_reset_before_pause",
        "engine/test_clock.py::test_same_second_pause_before_resume",
        "engine/test_clock.py::test_same_second_pause_before_start_stands_still_from_the_beginning",
        "engine/test_clock.py::test_same_second_recorded_order_decides_between_equals",
    ),
    "pauses outside hours, nested, overlapping": (
        "engine/test_clock.py::test_pause_outside_hours_moves_nothing",
        "engine/test_clock.py::test_nested_pauses_are_a_union",
        "engine/test_clock.py::test_overlapping_pauses_are_a_union",
    ),
    "pause after breach": ("engine/test_clock.py::test_pause_after_breach_stops_the_overrun_and_does_not_unbreach",),
    "while paused": (
        "engine/test_clock.py::test_while_paused_nothing_is_due_and_remaining_time_is_shown",
        "journey/test_edges.py::test_while_paused_no_due_is_armed_and_nobody_is_warned",
    ),
    "event recorded late": (
        "engine/test_clock.py::test_event_recorded_late_takes_its_place_in_the_past",
        "journey/test_edges.py::test_event_recorded_late_corrects_the_standing_and_keeps_what_was_sent",
        "journey/test_milestones.py::test_an_arrival_recorded_late_corrects_the_breach_and_the_correction_is_noted",
    ),
    "urgency, tier, kind, team change": (
        "engine/test_clock.py::test_retargeted_carries_elapsed_time_over",
        "engine/test_clock.py::test_target_below_the_used_time_is_broken_at_the_retarget_and_never_before",
        "journey/test_edges.py::test_finished_promises_are_never_rewritten_by_a_change_of_urgency",
        "journey/test_edge_rules.py::test_urgency_tier_kind_product_region_and_team_change_match_the_rules_again",
    ),
    "merge": (
        "engine/test_clock.py::test_merge_earliest_start_survives",
        "engine/test_clock.py::test_merge_cancelled_promise_ends",
        "journey/test_merge.py::test_an_unanswered_ticket_absorbed_by_an_answered_one_keeps_its_clock",
    ),
    "split": (
        "journey/test_split.py::test_split_gives_new_promises_from_the_split",
        "journey/test_split.py::test_split_from_the_original_start_on_request",
    ),
    "reopen": (
        "engine/test_clock.py::test_reopen_continue_takes_the_closed_time_as_a_pause",
        "engine/test_clock.py::test_reopen_restart_begins_afresh_and_remembers_how_it_ended",
        "engine/test_clock.py::test_reopen_grace_gives_at_least_the_grace",
        "engine/test_clock.py::test_reopen_never_an_instant_breach_for_a_time_before_the_reopening",
        "journey/test_edges.py::test_reopened_is_never_broken_at_once_and_is_warned_of_again",
    ),
    "reassign": (
        "engine/test_clock.py::test_reassign_ends_the_handoff_promise_and_the_next_starts_by_itself",
        "journey/test_edges.py::test_reassigned_after_the_breach_the_blame_stays_with_the_holder_at_the_breach",
    ),
    'closing "thanks" of the customer': (
        "journey/test_milestones.py::test_closing_thanks_of_the_customer_cancel_the_reply_promise_with_a_reason",
    ),
    "automatic acknowledgement, bot answer": (
        "journey/test_edges.py::test_automatic_acknowledgement_meets_no_clock",
        "journey/test_milestones.py::test_bot_answer_counts_only_where_the_terms_say_so",
    ),
    "date promised to the customer": (
        "engine/test_clock.py::test_date_promised_to_the_customer_is_not_moved_by_pauses",
        "journey/test_milestones.py::test_date_promised_to_the_customer_is_its_own_promise_not_moved_by_pauses",
    ),
    "warning later than the limit because the target shrank": (
        "engine/test_promise.py::test_warning_later_than_the_limit_because_the_target_shrank_fires_at_once",
        "engine/test_promise.py::test_warning_later_than_the_limit_is_skipped_with_a_record_when_nothing_remains",
    ),
    "storm (import, outage)": ("journey/test_edges.py::test_storm_comes_as_one_digest_and_the_ledger_keeps_all",),
}


@pytest.mark.parametrize("test", sorted({test for tests in RULES.values() for test in tests}))
def test_the_test_of_a_rule_is_there(test: str) -> None:
    file, _colons, name = test.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_of_the_table_is_held() -> None:
    if not (design := SHARED / "design.md").is_file():
        pytest.skip("the table of edge rules lies beside the repository and is not here")
    text = design.read_text(encoding="utf-8")
    table = text[text.index("Edge rules (each a named test)") : text.index("Laws for Hypothesis")]
    rows = [row for row in re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE) if row != "case"]
    assert len(rows) > 20
    assert rows == list(RULES)
