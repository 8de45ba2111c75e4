"""Do promises counted as arrays stand as each stands that is folded alone?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.clockwork import BROKEN, CALENDARS, DAY, HOUR, MIN, MONDAY, STILL, WARN, calendars, terms
from yingnuo.engine import promise, recompute
from yingnuo.engine.clock import Mark, MarkKind, State, fold, order
from yingnuo.engine.ladder import moment
from yingnuo.engine.recompute import Alike, Fact
from yingnuo.engine.terms import Terms, When

LADDER = (WARN, replace(WARN, code="early", seconds=3 * HOUR, share=0.5), BROKEN, STILL)
GIVEN = st.fixed_dictionaries(
    {
        "target_seconds": st.sampled_from((15 * MIN, 4 * HOUR, 3 * DAY)),
        "calendar": st.sampled_from(sorted(CALENDARS)),
        "pauses": st.sampled_from(((), ("*",), ("appointment",), ("waiting_customer", "appointment"))),
        "ladder": st.sampled_from(((), LADDER)),
    }
).map(lambda changes: terms(**changes))
REASONS = st.sampled_from(("waiting_customer", "appointment", "parts"))
FACTS = st.lists(
    st.one_of(
        REASONS.map(lambda reason: Fact(MarkKind.PAUSED, reason)),
        st.one_of(st.just(""), REASONS).map(lambda reason: Fact(MarkKind.RESUMED, reason)),
        GIVEN.map(lambda given: Fact(MarkKind.RETARGETED, terms=given)),
    ),
    max_size=5,
)
INSTANTS = st.integers(MONDAY - DAY, MONDAY + 9 * DAY)


def _marks(start: int, facts: list[Fact], ats: list[int]) -> list[Mark]:
    happened = [
        Mark(one.kind, at, n + 1, one.reason, terms=one.terms)
        for n, (one, at) in enumerate(zip(facts, ats, strict=False))
    ]
    return [Mark(MarkKind.STARTED, start), *happened]


def _alike(first: Terms, facts: list[Fact], start: int, ats: list[int], now: int) -> Alike:
    columns = [np.array([at], dtype=np.int64) for at in ats]
    return recompute.fold_alike(first, facts, np.array([start], dtype=np.int64), columns, now, calendars)


@settings(max_examples=400, deadline=None)
@given(first=GIVEN, facts=FACTS, start=INSTANTS, ats=st.lists(INSTANTS, min_size=5, max_size=5), now=INSTANTS)
def test_what_is_counted_as_arrays_is_what_the_fold_says(
    first: Terms, facts: list[Fact], start: int, ats: list[int], now: int
) -> None:
    marks = sorted(_marks(start, facts, ats[: len(facts)])[1:], key=order)
    facts, ats = [recompute.fact(mark) for mark in marks], [mark.at for mark in marks]
    many = _alike(first, facts, start, ats, now)
    state = fold(first, [Mark(MarkKind.STARTED, start), *marks], now, calendars)
    if many.single[0]:
        assert state.broken or start > now or any(at > now for at in ats)
        return
    assert not state.broken
    assert (many.terms, many.paused, many.reason) == (state.terms, state.due is None, state.pause_reason)
    assert (many.worked[0], many.remaining[0]) == (state.worked, state.remaining)
    if state.due is not None:
        assert (many.due[0], many.armed_at[0]) == (state.due, state.armed_at)
        _assert_moments(many, state)


def _assert_moments(many: Alike, state: State) -> None:
    calendar = calendars(state.terms.calendar)
    found = promise.next_moment(state.terms, state, {}, {}, calendars)
    assert found is not None
    assert recompute.first_moments(many, calendar)[0] == found.wake_at
    assert state.due is not None
    warned = [
        moment(step, state.due, state.terms.target_seconds, calendar)
        for step in state.terms.ladder
        if step.when is When.BEFORE
    ]
    earliest = min([at for at in warned if at is not None], default=state.due)
    assert recompute.risks(state.terms, many.due, calendar)[0] == earliest


@settings(max_examples=200, deadline=None)
@given(
    key=st.sampled_from(sorted(CALENDARS)), ends=st.lists(INSTANTS, min_size=1, max_size=5),
    seconds=st.integers(0, 9 * DAY),
)  # fmt: skip
def test_counting_back_from_many_is_counting_back_from_each(key: str, ends: list[int], seconds: int) -> None:
    calendar = calendars(key)
    found = recompute.back_many(calendar, np.array(ends, dtype=np.int64), seconds)
    assert found.tolist() == [calendar.back(end, seconds) for end in ends]


def test_promises_are_counted_beside_each_other() -> None:
    starts = np.array([MONDAY + 10 * HOUR, MONDAY + 11 * HOUR], dtype=np.int64)
    longer = terms(target_seconds=8 * HOUR)
    many = recompute.fold_alike(
        terms(), [Fact(MarkKind.RETARGETED, terms=longer)], starts, [starts + HOUR], MONDAY + 12 * HOUR, calendars
    )
    each = [
        fold(terms(), [Mark(MarkKind.STARTED, s), Mark(MarkKind.RETARGETED, s + HOUR, 1, terms=longer)],
             MONDAY + 12 * HOUR, calendars)
        for s in starts.tolist()
    ]  # fmt: skip
    assert many.due.tolist() == [state.due for state in each]
    assert many.worked.tolist() == [state.worked for state in each]


def test_nobody_is_counted_from_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    many = recompute.fold_alike(terms(), [], none, [], MONDAY, calendars)
    assert many.due.size == many.worked.size == 0
