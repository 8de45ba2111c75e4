"""Do the laws of working time hold for calendars nobody thought of?"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.calendars import ALWAYS, DAY, Span, Spec, Stepper, moments, pause_lists, situations
from yingnuo.engine.calendar import Calendar

laws = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
slow = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
work = st.integers(1, 40 * 3600)
Situation = tuple[Spec, int]


@slow
@given(situations(), st.data())
def test_elapsed_agrees_with_the_stepper(situation: Situation, data: st.DataObject) -> None:
    spec, begin = situation
    a, b = sorted(data.draw(st.tuples(moments(begin), moments(begin))))
    pauses = data.draw(pause_lists(begin))
    assert Calendar.from_spec(spec).elapsed(a, b, pauses) == Stepper(spec, pauses).elapsed(a, b)


@slow
@given(situations(), work, st.data())
def test_due_agrees_with_the_stepper(situation: Situation, seconds: int, data: st.DataObject) -> None:
    spec, begin = situation
    start, pauses = data.draw(moments(begin)), data.draw(pause_lists(begin))
    assert Calendar.from_spec(spec).due(start, seconds, pauses) == Stepper(spec, pauses).due(start, seconds)


@slow
@given(situations(), st.data())
def test_open_agrees_with_the_stepper(situation: Situation, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, stepper = Calendar.from_spec(spec), Stepper(spec)
    for t in data.draw(st.lists(moments(begin), min_size=1, max_size=20)):
        assert calendar.is_open(t) == stepper.is_open(t)
        assert calendar.next_open(t) == next(stepper.steps(t))[0]


@laws
@given(situations(), work, st.data())
def test_between_takes_back_what_add_gave(situation: Situation, seconds: int, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, start = Calendar.from_spec(spec), data.draw(moments(begin))
    pauses = data.draw(pause_lists(begin))
    due = calendar.due(start, seconds, pauses)
    assert calendar.elapsed(start, due, pauses) == seconds
    assert calendar.elapsed(start, due - 1, pauses) == seconds - 1  # and no earlier instant would do


@laws
@given(situations(), work, st.data())
def test_back_takes_back_too(situation: Situation, seconds: int, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, end = Calendar.from_spec(spec), data.draw(moments(begin))
    start = calendar.back(end, seconds)
    assert calendar.elapsed(start, end) == seconds
    assert calendar.elapsed(start + 1, end) == seconds - 1


@laws
@given(situations(), st.data())
def test_stretches_add_up(situation: Situation, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, pauses = Calendar.from_spec(spec), data.draw(pause_lists(begin))
    a, b, c = data.draw(st.tuples(moments(begin), moments(begin), moments(begin)))
    whole = calendar.elapsed(a, c, pauses)
    assert calendar.elapsed(a, b, pauses) + calendar.elapsed(b, c, pauses) == whole


@laws
@given(situations(), work, work, st.data())
def test_more_work_is_never_sooner(situation: Situation, less: int, extra: int, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, start, pauses = Calendar.from_spec(spec), data.draw(moments(begin)), data.draw(pause_lists(begin))
    assert calendar.due(start, less, pauses) < calendar.due(start, less + extra, pauses)


@laws
@given(situations(), work, st.data())
def test_a_pause_moves_the_due_by_the_open_time_paused(situation: Situation, seconds: int, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, start = Calendar.from_spec(spec), data.draw(moments(begin))
    first = calendar.due(start, seconds)
    since = data.draw(st.integers(start, first - 1))
    until = data.draw(st.integers(since, since + 3 * DAY))
    moved = calendar.due(start, seconds, [(since, until)])
    assert calendar.elapsed(first, moved) == calendar.elapsed(since, until)


@laws
@given(situations(), work, st.data())
def test_the_order_of_pauses_is_of_no_matter(situation: Situation, seconds: int, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, start = Calendar.from_spec(spec), data.draw(moments(begin))
    pauses = data.draw(pause_lists(begin))
    again = data.draw(st.permutations(pauses + pauses))
    assert calendar.due(start, seconds, pauses) == calendar.due(start, seconds, again)


@laws
@given(st.integers(0, 2**32), st.integers(0, 10**8), st.integers(0, 10**6))
def test_a_calendar_that_never_closes_is_plain_arithmetic(start: int, seconds: int, paused: int) -> None:
    calendar = Calendar.from_spec(ALWAYS)
    assert calendar.due(start, seconds) == start + seconds
    assert calendar.back(start, min(seconds, start)) == start - min(seconds, start)
    assert calendar.elapsed(start, start + seconds) == seconds
    pauses = [(start, start + paused)]
    assert calendar.due(start, seconds + 1, pauses) == start + seconds + 1 + paused


@laws
@given(situations(), st.data())
def test_arrays_agree_with_single_questions(situation: Situation, data: st.DataObject) -> None:
    spec, begin = situation
    calendar = Calendar.from_spec(spec)
    pairs = data.draw(st.lists(st.tuples(moments(begin), st.integers(0, 40 * 3600)), min_size=1, max_size=20))
    starts, seconds = np.array(pairs).T
    dues = Calendar.from_spec(spec).due_many(starts, seconds)
    assert dues.tolist() == [calendar.due(start, amount) for start, amount in pairs]
    assert calendar.elapsed_many(starts, dues).tolist() == [
        calendar.elapsed(int(a), int(b)) for a, b in zip(starts, dues, strict=True)
    ]


@laws
@given(situations(), st.data())
def test_the_order_of_questions_is_of_no_matter(situation: Situation, data: st.DataObject) -> None:
    """Growing the compiled years forwards and backwards leaves every answer as it was."""
    spec, begin = situation
    fresh, grown = Calendar.from_spec(spec), Calendar.from_spec(spec)
    for year in data.draw(st.lists(st.integers(2005, 2040), max_size=3)):
        grown.is_open(int(datetime(year, 6, 1, tzinfo=UTC).timestamp()))
    start, seconds = data.draw(moments(begin)), data.draw(st.integers(1, 10**8))
    assert grown.due(start, seconds) == fresh.due(start, seconds)
    assert grown.due_many([start], seconds)[0] == fresh.due(start, seconds)
    assert grown.back(start, seconds) == fresh.back(start, seconds)


@laws
@given(situations(), st.data())
def test_the_lines_of_an_explanation_add_up(situation: Situation, data: st.DataObject) -> None:
    spec, begin = situation
    calendar = Calendar.from_spec(spec)
    a, b = sorted(data.draw(st.tuples(moments(begin), moments(begin))))
    lines = calendar.day_lines(a, b)
    assert sum(line.seconds for line in lines) == calendar.elapsed(a, b)
    assert [line.day for line in lines] == sorted({line.day for line in lines})


@laws
@given(situations())
def test_a_specification_survives_the_way_out_and_in(situation: Situation) -> None:
    calendar = Calendar.from_spec(situation[0])
    assert Calendar.from_spec(calendar.to_spec()).to_spec() == calendar.to_spec()


@laws
@given(situations(), st.data())
def test_open_spans_are_what_elapsed_counts(situation: Situation, data: st.DataObject) -> None:
    spec, begin = situation
    calendar, start = Calendar.from_spec(spec), data.draw(moments(begin))
    spans: list[Span] = [span for span, _ in zip(calendar.open_spans(start), range(6), strict=False)]
    assert calendar.elapsed(start, spans[-1][1]) == sum(closes - opens for opens, closes in spans)
    assert all(closes < opens for (_, closes), (opens, _) in pairwise(spans))
