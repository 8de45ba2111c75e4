"""What starts, stops, pauses and resets a milestone, and how much time do working days and shares of a target give?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from yingnuo.engine import milestones
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Mark, MarkKind, fold
from yingnuo.engine.errors import BadSpec
from yingnuo.engine.milestones import COURSES, Course, Event, Milestone, Trigger
from yingnuo.engine.policy import Facts, Policy
from yingnuo.engine.terms import Terms, first_code, ladder

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = Calendar.from_spec({
    "timezone": "Asia/Shanghai",
    "weekly": {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": ["2026-10-01", "2026-10-02"],
})  # fmt: skip
HOUR = 3_600


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp())


def _policy(**more: object) -> dict[str, Any]:
    """A policy whose only rule promises a report, started and stopped by deeds of its own."""
    return {
        "code": "own",
        "milestones": [
            {"code": "report", "title": "检测报告", "start": ["unit_in"], "stop": ["report_out"], "cancel": ["closed"]}
        ],
        "deeds": [{"code": "unit_in", "title": "已收到寄修件"}, {"code": "report_out"}],
        "rules": [{"code": "all", "promises": {"report": {"target": "3wd", "calendar": "office"}}}],
        **more,
    }


def _terms(target: str = "2wd", **more: object) -> Terms:
    spec = _policy(
        rules=[{"code": "all", "promises": {"resolution": {"target": target, "calendar": "office", **more}}}]
    )
    found = Policy.from_spec(spec).match(Facts(), "resolution").terms
    assert found is not None
    return found


def _due(terms: Terms, start: int, *marks: Mark, now: int | None = None) -> str:
    state = fold(terms, [Mark(MarkKind.STARTED, start), *marks], now or start, lambda _key: OFFICE)
    return "" if state.due is None else datetime.fromtimestamp(state.due, SHANGHAI).isoformat()[:16]


# Working days


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-09-28T10:00", "2026-09-30T18:00"),  # Monday morning: Wednesday at closing
        ("2026-09-28T19:00", "2026-09-30T18:00"),  # after closing it is still Monday's
        ("2026-09-29T10:00", "2026-10-05T18:00"),  # over two holidays and a weekend
        ("2026-09-26T10:00", "2026-09-30T18:00"),  # on a Saturday it counts from Monday
    ],
)
def test_two_working_days_end_at_the_closing_of_the_second(start: str, due: str) -> None:
    assert _due(_terms("2wd"), _at(start)) == due


def test_a_target_in_working_days_is_kept_at_closing_and_broken_a_second_later() -> None:
    terms, start, closing = _terms("1wd"), _at("2026-09-28T10:00"), _at("2026-09-29T18:00")
    kept = fold(terms, [Mark(MarkKind.STARTED, start), Mark(MarkKind.MET, closing)], closing, lambda _key: OFFICE)
    late = fold(
        terms, [Mark(MarkKind.STARTED, start), Mark(MarkKind.MET, closing + 1)], closing + 1, lambda _key: OFFICE
    )
    assert (kept.standing, late.standing, late.breached_at) == ("kept", "broken", closing)


def test_a_pause_moves_working_days_by_the_open_time_it_took() -> None:
    start = _at("2026-09-28T10:00")
    marks = [
        Mark(MarkKind.PAUSED, _at("2026-09-28T11:00"), 1, "parts"),
        Mark(MarkKind.RESUMED, _at("2026-09-28T12:00"), 2),
    ]
    assert _due(_terms("1wd", pauses=["parts"]), start, *marks, now=_at("2026-09-28T15:00")) == "2026-09-30T10:00"


def test_from_hours_to_working_days_the_used_time_carries_over() -> None:
    start, later = _at("2026-09-28T10:00"), _at("2026-09-28T11:00")
    mark = Mark(MarkKind.RETARGETED, later, 1, terms=_terms("1wd"))
    assert _due(_terms("4h"), start, mark, now=later) == "2026-09-29T18:00"


def test_the_working_time_of_days_is_what_the_state_calls_its_target() -> None:
    state = fold(
        _terms("1wd"), [Mark(MarkKind.STARTED, _at("2026-09-28T17:00"))], _at("2026-09-28T17:30"), lambda _key: OFFICE
    )
    assert (state.target, state.worked, state.remaining) == (int(8.5 * HOUR), HOUR // 2, 8 * HOUR)


@pytest.mark.parametrize("target", ["0wd", "1001wd"])
def test_no_or_far_too_many_working_days_are_refused(target: str) -> None:
    with pytest.raises(BadSpec) as refused:
        _terms(target)
    assert refused.value.path == "rules[0].promises.resolution.target"


def test_terms_of_working_days_survive_their_way_into_the_database() -> None:
    terms = _terms("2wd", checklist=["detail"], qualifies="checklist", start=["arrived"])
    assert Terms.from_spec(terms.to_spec()) == terms


def test_terms_without_anything_new_keep_the_digest_of_before() -> None:
    assert set(_terms("4h").to_spec()) == {
        "milestone", "agreement", "target", "calendar", "pauses", "answered_by", "on_reopen", "grace", "ladder",
        "policy", "rule", "guide",
    }  # fmt: skip


# Ladders


def test_a_lead_in_percent_is_that_share_of_the_target() -> None:
    [step] = ladder([{"step": "warn", "before": "25%", "to": ["holder"]}])
    assert (step.lead(4 * HOUR), step.to_spec()["before"]) == (HOUR, "25%")


def test_a_delay_in_percent_is_that_share_of_the_target() -> None:
    [step] = ladder([{"step": "late", "after": "150%", "to": ["lead"]}])
    assert (step.delay(2 * HOUR), step.at_due) == (3 * HOUR, False)


def test_a_repeated_step_is_as_many_steps() -> None:
    steps = ladder([{"step": "late", "after": "1h", "repeat": "2h", "times": 3, "to": ["lead"]}])
    assert [(s.code, s.seconds // HOUR) for s in steps] == [("late", 1), ("late.2", 3), ("late.3", 5)]
    assert [first_code(s.code) for s in steps] == ["late"] * 3


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"step": "w", "before": "1h", "repeat": "1h", "times": 2}, "repeat_needs_after"),
        ({"step": "w", "after": "1h", "repeat": "1h", "times": 51}, "not_a_number_of_times"),
        ({"step": "w", "after": "50%", "repeat": "1h", "times": 2}, "repeat_needs_time"),
        ({"step": "w", "before": "0%"}, "not_a_share"),
        ({"step": "w", "before": "101%"}, "not_a_share"),
        ({"step": "w", "before": "1h", "quiet": "loud"}, "unknown_word"),
    ],
)
def test_steps_that_cannot_be_meant_are_refused(spec: dict[str, Any], code: str) -> None:
    with pytest.raises(BadSpec) as refused:
        ladder([spec])
    assert refused.value.code == code


# Courses


def test_every_milestone_of_the_product_has_a_course_that_starts_and_ends() -> None:
    assert COURSES.keys() == {str(m) for m in Milestone}
    courses = [course for code, course in COURSES.items() if code != Milestone.TASK]  # a task begins and ends it itself
    assert all(course.start and course.stop for course in courses)


def test_an_own_milestone_is_started_and_stopped_by_its_own_deeds() -> None:
    terms = Policy.from_spec(_policy()).match(Facts(), "report").terms
    assert terms is not None
    assert [terms.runs.named("start", event, {}) for event in ("unit_in", "opened")] == [True, False]
    assert terms.runs.named("stop", "report_out", {})


def test_an_own_milestone_by_name_alone_ends_with_its_ticket() -> None:
    course = milestones.usual("statutory_reply")
    assert (course.named("cancel", "resolved", {}), course.start) == (True, ())


def test_a_rule_may_write_another_course_for_a_known_milestone() -> None:
    own = _terms("4h", stop=["arrived", {"event": "answered", "when": {"urgency": "urgent"}}]).runs
    assert [own.named("stop", "answered", {"urgency": u}) for u in ("urgent", "general")] == [True, False]
    assert (own.named("stop", "resolved", {}), own.named("start", "opened", {})) == (False, True)


def test_a_course_that_pauses_is_paused_by_its_own_event_only() -> None:
    terms = _terms("4h", pause=["visit_agreed"], resume=["arrived"])
    assert [terms.may_pause(reason) for reason in ("visit_agreed", "waiting_parts")] == [True, False]


def test_a_course_survives_its_way_into_the_database() -> None:
    course = Course(start=(Trigger("opened", '{"urgency":"urgent"}'),), stop=(Trigger("arrived"),), per="message")
    assert milestones.course(course.to_spec(), "course", Course(), deeds=("*",)) == course


@pytest.mark.parametrize(
    ("more", "path", "code"),
    [
        ({"milestones": [{"code": "report", "start": ["unit_inn"]}]}, "milestones[0].start[0]", "unknown_event"),
        ({"milestones": [{"code": "resolution"}]}, "milestones[0].code", "known_milestone"),
        ({"milestones": ["report", "report"]}, "milestones[1]", "used_twice"),
        ({"milestones": [{"code": "r" * 21}]}, "milestones[0].code", "too_long"),
        ({"milestones": [{"code": "report", "begin": []}]}, "milestones[0].begin", "unknown_key"),
        (
            {"milestones": [{"code": "report", "stop": [{"event": "closed", "when": {"colour": "red"}}]}]},
            "milestones[0].stop[0].when.colour", "unknown_fact",
        ),
        ({"deeds": [{"code": "opened"}]}, "deeds[0].code", "used_twice"),
    ],
)  # fmt: skip
def test_a_course_with_an_error_is_refused_at_its_place(more: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(BadSpec) as refused:
        Policy.from_spec(_policy(**more))
    assert (refused.value.path, refused.value.code) == (path, code)


def test_a_checklist_that_qualifies_must_name_something() -> None:
    with pytest.raises(BadSpec) as refused:
        _terms("4h", qualifies="checklist")
    assert refused.value.path == "rules[0].promises.resolution.checklist"


def test_what_happens_by_itself_and_what_is_recorded_are_told_apart() -> None:
    assert Event.ARRIVED in milestones.DEEDS
    assert Event.RESOLVED not in milestones.DEEDS
