"""Does the lab say of millions at once what the fold says of each?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.clockwork import DAY, HOUR, MONDAY, TERMS, calendars, marks, on, terms
from tests.engine.test_laws import histories, instants, some_terms
from yingnuo.engine import day_targets, lab
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Mark, MarkKind, fold
from yingnuo.engine.lab import Verdict
from yingnuo.engine.lab_history import Builder, History, Told
from yingnuo.engine.policy import Facts
from yingnuo.engine.terms import Terms

laws = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
END = MONDAY + 20 * DAY
PLAIN = [MarkKind.MET, MarkKind.CANCELLED, MarkKind.PAUSED, MarkKind.RESUMED]
URGENT, GENERAL = Facts(urgency="urgent"), Facts(urgency="general")


def told(said: Sequence[Mark], milestone: str = "resolution", facts: Facts = GENERAL, **more: object) -> Told:
    return Told("T-1", str(milestone), facts, said, **more)  # type: ignore[arg-type]


def history(*said: Told, until: int = END) -> History:
    builder = Builder()
    for one in said:
        builder.add(one)
    return builder.history(until)


def row(found: lab.Verdicts, p: int = 0) -> tuple[object, ...]:
    due = None if found.due[p] == lab.NEVER else int(found.due[p])
    return (
        Verdict(found.verdict[p]), due, int(found.worked[p]), int(found.overrun[p]), int(found.target[p]),
        bool(found.open[p]),
    )  # fmt: skip


def by_fold(given_terms: Terms, said: Sequence[Mark], until: int = END) -> tuple[object, ...]:
    state = fold(given_terms, said, until, calendars)
    return lab.verdict_of(state), state.due, state.worked, state.overrun, state.target, state.open


@st.composite
def sized_terms(draw: st.DrawFn) -> Terms:
    """Terms of seconds or of working days."""
    return replace(draw(some_terms()), target_days=draw(st.sampled_from([0, 0, 1, 2])), milestone="resolution")


@st.composite
def plain_marks(draw: st.DrawFn) -> list[Mark]:
    """What never needs a fold, in any order, in the same seconds too, before the start and after the end."""
    reasons = st.sampled_from(["waiting_customer", "appointment", "lunch", ""])
    said = [Mark(MarkKind.STARTED, draw(instants))]
    for seq, kind in enumerate(draw(st.lists(st.sampled_from(PLAIN), max_size=9)), 1):
        said.append(Mark(kind, draw(instants), seq, draw(reasons)))
    return said


@laws
@given(st.lists(plain_marks(), min_size=1, max_size=5), sized_terms(), st.integers(0, 200))
def test_many_at_once_are_judged_as_each_by_itself(
    several: list[list[Mark]], given_terms: Terms, half_hours: int
) -> None:
    until = MONDAY + half_hours * HOUR // 2
    known = [[m for m in said if m.at <= until or m.kind is MarkKind.STARTED] for said in several]
    found = lab.replay(
        history(*map(told, known), until=until), lambda facts: {"resolution": given_terms}, calendars
    )  # fmt: skip
    assert [row(found, p) for p in range(len(known))] == [by_fold(given_terms, said, until) for said in known]
    assert found.folded == 0


@laws
@given(histories(), some_terms())
def test_what_only_a_fold_knows_is_folded(said: list[Mark], given_terms: Terms) -> None:
    said = [m for m in said if m.kind is not MarkKind.RETARGETED]
    milestone = str(given_terms.milestone)
    found = lab.replay(history(told(said, milestone)), lambda facts: {milestone: given_terms}, calendars)
    assert row(found) == by_fold(given_terms, said)


@laws
@given(plain_marks(), sized_terms(), sized_terms(), instants)
def test_facts_that_change_half_way_retarget(said: list[Mark], first: Terms, then: Terms, at: int) -> None:
    started = said[0].at
    found = lab.replay(
        history(told(said, changes=[(max(at, started), URGENT)])),
        lambda facts: {"resolution": then if facts == URGENT else first}, calendars,
    )  # fmt: skip
    turn = Mark(MarkKind.RETARGETED, max(at, started), 99, terms=then)
    assert row(found) == by_fold(first, [*said, turn] if then != first else said)


def test_a_pause_that_the_new_terms_do_not_allow_counts_no_longer() -> None:
    said = marks(
        ("started", "mon 09:00"), ("paused", "mon 10:00", "appointment"), ("resumed", "mon 16:00", "appointment"),
        ("met", "mon 17:00"),
    )  # fmt: skip
    one = history(told(said))
    assert row(lab.replay(one, lambda facts: {"resolution": terms()}, calendars))[0] == Verdict.KEPT
    strict = lab.replay(one, lambda facts: {"resolution": terms(pauses=())}, calendars)
    assert row(strict)[:4] == (Verdict.BROKEN, on("mon 13:00"), 8 * HOUR, 4 * HOUR)


def test_nothing_promised_is_neither_kept_nor_broken() -> None:
    found = lab.replay(history(told(marks(("started", "mon 09:00")))), lambda facts: {}, calendars)
    assert row(found) == (Verdict.NOT_PROMISED, None, 0, 0, 0, False)


def test_a_promise_that_the_new_facts_take_away_is_cancelled_then() -> None:
    said = told(marks(("started", "mon 09:00"), ("met", "wed 09:00")), changes=[(on("mon 10:00"), URGENT)])
    found = lab.replay(history(said), lambda f: {} if f == URGENT else {"resolution": TERMS}, calendars)
    assert row(found)[0] == Verdict.CANCELLED


def test_a_promise_that_only_later_facts_give_counts_from_the_start() -> None:
    said = told(marks(("started", "mon 09:00"), ("met", "mon 14:00")), changes=[(on("mon 10:00"), URGENT)])
    found = lab.replay(history(said), lambda f: {"resolution": TERMS} if f == URGENT else {}, calendars)
    assert row(found)[:2] == (Verdict.BROKEN, on("mon 13:00"))


@laws
@given(
    st.lists(st.integers(0, 40 * DAY), min_size=1, max_size=20), st.integers(1, 4),
    st.sampled_from(["Asia/Shanghai", "America/Havana", "Europe/Berlin", "Pacific/Apia"]),
)  # fmt: skip
def test_working_day_targets_of_many_starts(offsets: list[int], days: int, zone: str) -> None:
    night = {"mon": [["22:00", "06:00"]], "tue": [["06:00", "14:00"]], "thu": [["09:00", "12:00"], ["13:00", "18:00"]]}
    for first in (MONDAY, 1_709_942_400):  # June 2025, and March 2024, when Havana's clocks skip midnight
        calendar = Calendar.from_spec({"timezone": zone, "weekly": night})
        starts = np.array([first + offset for offset in offsets], dtype=np.int64)
        one = terms(target_days=days)
        expected = [one.target_from(int(at), calendar) for at in starts]
        assert day_targets.targets(calendar, starts, days).tolist() == expected


def test_no_promises_at_all() -> None:
    assert len(lab.replay(history(), lambda facts: {}, calendars)) == 0
