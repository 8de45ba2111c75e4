"""Which commands do rows become?"""

from __future__ import annotations

from pathlib import Path

from tests.replay import logs
from tests.replay.logs import told


def test_the_whole_life_of_a_ticket(tmp_path: Path) -> None:
    assert told(
        tmp_path,
        "T1,09:00,New,3,Desk,-,Tel,c1,08:55,-,yes",
        "T1,09:10,Work,3,Desk,Ann,Tel,c1,08:55,-,yes",
        "T1,09:20,Work,2,Lab,-,Tel,c1,08:55,-,yes",
        "T1,10:00,Ask,2,Lab,-,Tel,c1,08:55,-,yes",
        "T1,11:00,Work,2,Lab,-,Tel,c1,08:55,-,yes",
        "T1,12:00,Solved,2,Lab,-,Tel,c1,08:55,-,yes",
        "T1,13:00,Closed,2,Lab,-,Tel,c1,08:55,-,yes",
    ) == [
        ("08:55", "opened", ""), ("09:10", "answered", ""), ("09:20", "graded", "important"), ("09:20", "moved", "Lab"),
        ("09:20", "handed_off", ""), ("10:00", "paused", "waiting_customer"), ("11:00", "resumed", ""),
        ("12:00", "resolved", ""), ("13:00", "closed", ""),
    ]  # fmt: skip


def test_a_name_in_the_first_row_is_an_answer(tmp_path: Path) -> None:
    assert ("09:00", "answered", "") in told(tmp_path, "T1,09:00,New,3,Desk,Ann,Tel,c1,08:55,-,yes")


def test_a_call_may_count_as_answered_when_it_was_written_down(tmp_path: Path) -> None:
    text = logs.MAPPING.replace("assigned: true", "assigned: true, at_opening: [Tel]")
    assert ("08:55", "answered", "") in told(tmp_path, "T1,09:00,New,3,Desk,-,Tel,c1,08:55,-,yes", text=text)


def test_another_reason_to_wait_is_told_and_the_same_is_not(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        "T1,09:00,Ask,3,Desk,-,Tel,c1,-,-,yes",
        "T1,09:30,Ask,3,Desk,-,Tel,c1,-,-,yes",
        "T1,10:00,Parts,3,Desk,-,Tel,c1,-,-,yes",
    )
    assert [c for c in found if c[1] == "paused"] == [
        ("09:00", "paused", "waiting_customer"),
        ("10:00", "paused", "waiting_parts"),
    ]


def test_a_state_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    found = told(tmp_path, "T1,09:00,Ask,3,Desk,-,Tel,c1,-,-,yes", "T1,09:30,Odd,3,Desk,-,Tel,c1,-,-,yes")
    assert [verb for _at, verb, _value in found] == ["opened", "answered", "paused"]


def test_back_to_work_reopens(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        "T1,09:00,Solved,3,Desk,-,Tel,c1,-,-,yes",
        "T1,10:00,Ask,3,Desk,-,Tel,c1,-,-,yes",
        "T1,11:00,Solved,3,Desk,-,Tel,c1,-,-,yes",
    )
    assert [verb for _at, verb, _value in found[2:]] == ["resolved", "reopened", "paused", "resolved"]


def test_a_rest_that_the_mapping_does_not_reopen_is_stayed_in(tmp_path: Path) -> None:
    rows = ("T1,09:00,Closed,3,Desk,-,Tel,c1,-,-,yes", "T1,10:00,Work,3,Desk,-,Tel,c1,-,-,yes")
    found = told(tmp_path, *rows, text=f"{logs.MAPPING}reopen: [resolved]\n")
    assert [verb for _at, verb, _value in found] == ["opened", "answered", "closed"]


def test_a_ticket_at_rest_gets_no_facts(tmp_path: Path) -> None:
    rows = ("T1,09:00,Solved,3,Desk,-,Tel,c1,-,-,yes", "T1,10:00,Closed,1,Lab,-,Tel,c1,-,-,yes")
    assert [verb for _at, verb, _value in told(tmp_path, *rows)] == ["opened", "answered", "resolved", "closed"]


def test_closed_with_a_date_of_solution_was_solved_then(tmp_path: Path) -> None:
    rows = ("T1,09:00,Work,3,Desk,-,Tel,c1,-,-,yes", "T1,12:00,Closed,3,Desk,-,Tel,c1,-,11:00,yes")
    assert told(tmp_path, *rows)[-2:] == [("11:00", "resolved", ""), ("12:00", "closed", "")]


def test_closed_without_one_is_closed_without_a_solution(tmp_path: Path) -> None:
    rows = ("T1,09:00,Work,3,Desk,-,Tel,c1,-,-,yes", "T1,12:00,Closed,3,Desk,-,Tel,c1,-,-,yes")
    assert [verb for _at, verb, _value in told(tmp_path, *rows)] == ["opened", "answered", "closed"]


def test_commands_never_go_back_in_time(tmp_path: Path) -> None:
    rows = ("T1,09:00,Work,3,Desk,-,Tel,c1,09:30,-,yes", "T1,12:00,Closed,3,Desk,-,Tel,c1,09:30,08:00,yes")
    times = [at for at, _verb, _value in told(tmp_path, *rows)]
    assert times == sorted(times)
    [one] = logs.stories(logs.log(tmp_path, *rows), logs.read())
    assert not one.sure


def test_without_a_front_line_any_other_group_is_the_specialists(tmp_path: Path) -> None:
    text = logs.MAPPING.replace("groups: {front: [Desk]}", "")
    rows = ("T1,09:00,New,3,Lab,-,Tel,c1,-,-,yes", "T1,10:00,New,3,Desk,-,Tel,c1,-,-,yes")
    assert told(tmp_path, *rows, text=text)[-1] == ("10:00", "handed_off", "")
