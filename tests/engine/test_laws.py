"""Do the laws of promises hold for histories nobody thought of?"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.engine.clockwork import CALENDARS, DAY, HOUR, MONDAY, TERMS, calendars
from yingnuo.engine.chain import attribute
from yingnuo.engine.clock import Mark, MarkKind, Standing, State, fold
from yingnuo.engine.milestones import Milestone
from yingnuo.engine.promise import moments_until, next_moment
from yingnuo.engine.terms import Step, Terms, When

laws = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
REASONS = ("waiting_customer", "appointment", "lunch", "")
# Few round seconds, so that events meet in one second and at openings, closings and due moments.
instants = st.integers(0, 4 * 48).map(lambda half: MONDAY + half * HOUR // 2)
keys = st.sampled_from(sorted(CALENDARS))
steps = st.one_of(
    st.builds(
        Step, st.sampled_from("abc"), st.just(When.BEFORE), st.integers(1, 6 * HOUR), st.sampled_from([None, 0.25, 1])
    ),
    st.builds(Step, st.sampled_from("def"), st.just(When.AFTER), st.sampled_from([0, 1, 900, 3 * HOUR])),
)
ladders = st.lists(steps, max_size=4, unique_by=lambda step: step.code).map(tuple)
stops = st.sampled_from([MarkKind.MET, MarkKind.CANCELLED])
RARE = (MarkKind.REOPENED, MarkKind.MET, MarkKind.CANCELLED)
reopenings = st.sampled_from([("continue", 0), ("restart", 0), ("grace", HOUR)])


@st.composite
def some_terms(draw: st.DrawFn) -> Terms:
    on_reopen, grace = draw(reopenings)
    return replace(
        TERMS,
        milestone=draw(st.sampled_from([Milestone.RESOLUTION, Milestone.PROMISED_DATE])),
        target_seconds=draw(st.sampled_from([60, HOUR // 2, HOUR, 4 * HOUR, 9 * HOUR, 20 * HOUR])),
        calendar=draw(keys),
        pauses=draw(st.sampled_from([(), ("*",), ("appointment",), ("waiting_customer", "appointment")])),
        on_reopen=on_reopen,
        grace_seconds=grace,
        ladder=draw(ladders),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Mark]:
    """A start and any other marks at any instants, sensible or not; `seq` is their recorded order."""
    kinds = draw(st.lists(st.sampled_from(list(MarkKind)), max_size=8))
    history = [Mark(MarkKind.STARTED, draw(instants))]
    for seq, kind in enumerate(kinds, 1):
        terms = draw(some_terms()) if kind is MarkKind.RETARGETED else None
        history.append(Mark(kind, draw(instants), seq, draw(st.sampled_from(REASONS)), terms=terms))
    return history


@st.composite
def pausings(draw: st.DrawFn, reasons: tuple[str, ...] = ("waiting_customer", "appointment")) -> list[Mark]:
    """Pauses and their ends, nested and overlapping ones included."""
    said: list[Mark] = []
    for reason in reasons:
        edges = sorted(draw(st.lists(instants, max_size=4, unique=True)))
        kinds = (MarkKind.PAUSED, MarkKind.RESUMED)
        said += [Mark(kinds[n % 2], at, n + 1, reason) for n, at in enumerate(edges[: len(edges) // 2 * 2])]
    return said


def state_of(terms: Terms, marks: list[Mark], now: int) -> State:
    return fold(terms, marks, now, calendars)


@laws
@given(some_terms(), histories(), instants, st.randoms(use_true_random=False))
def test_order_and_repetition_of_marks_do_not_matter(terms: Terms, marks: list[Mark], now: int, random: object) -> None:
    mixed = marks * 2
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert state_of(terms, mixed, now) == state_of(terms, marks, now)


@laws
@given(some_terms(), instants, instants)
def test_the_short_way_of_an_untouched_promise_is_the_long_one(terms: Terms, start: int, now: int) -> None:
    started = Mark(MarkKind.STARTED, start)
    assert state_of(terms, [started], now) == state_of(terms, [started, started], now)


@laws
@given(some_terms(), histories(), stops, instants, st.integers(0, 9 * DAY))
def test_a_later_look_never_changes_a_finished_promise(
    terms: Terms, history: list[Mark], stop: MarkKind, ends: int, later: int
) -> None:
    ends = max(ends, *(mark.at for mark in history if mark.kind is MarkKind.STARTED))
    marks = [mark for mark in history if mark.kind is not MarkKind.REOPENED or mark.at < ends]
    marks.append(Mark(stop, ends, len(history)))
    early = state_of(terms, marks, ends)
    assert early.ended_at is not None
    assert state_of(terms, marks, ends + later)._replace(at=ends) == early


@laws
@given(some_terms(), histories(), instants, st.integers(0, 9 * DAY))
def test_what_is_broken_stays_broken_until_a_restart(terms: Terms, history: list[Mark], look: int, later: int) -> None:
    marks = [mark for mark in history if mark.kind not in RARE] + [Mark(MarkKind.STARTED, MONDAY)]
    early, late = state_of(terms, marks, look), state_of(terms, marks, look + later)
    if early.broken:
        assert late.breached_at == early.breached_at == late.due
        assert late.overrun >= early.overrun
    else:
        assert late.breached_at is None or late.breached_at >= early.at


@laws
@given(some_terms(), histories(), instants)
def test_standing_fits_its_figures(terms: Terms, marks: list[Mark], now: int) -> None:
    state = state_of(terms, marks, now)
    assert (state.due is None) == (state.standing is Standing.PAUSED)
    assert (state.met is not None) == (state.ended_at is not None and state.standing is not Standing.CANCELLED)
    assert min(state.worked, state.remaining, state.overrun) >= 0
    if state.standing is Standing.KEPT:
        assert state.due is not None
        assert state.met is not None
        assert state.met <= state.due
    if state.standing is Standing.RUNNING:
        assert state.due is not None
        assert state.started <= state.armed_at <= state.at <= state.due


@laws
@given(keys, instants, st.integers(0, 9 * DAY), pausings())
def test_used_time_is_that_of_the_calendar_without_the_union_of_pauses(
    key: str, start: int, later: int, pauses: list[Mark]
) -> None:
    now = start + later
    terms = replace(TERMS, calendar=key, target_seconds=1000 * DAY)
    state = state_of(terms, [Mark(MarkKind.STARTED, start), *pauses], now)
    assert state.worked == calendars(key).elapsed(start, now, _spans(pauses, now))
    assert state.remaining == terms.target_seconds - state.worked


@laws
@given(keys, instants, st.integers(1, 20 * HOUR), pausings())
def test_due_is_that_of_the_calendar_without_the_union_of_pauses(
    key: str, start: int, target: int, pauses: list[Mark]
) -> None:
    state = state_of(
        replace(TERMS, calendar=key, target_seconds=target), [Mark(MarkKind.STARTED, start), *pauses], MONDAY + 5 * DAY
    )
    expected = calendars(key).due(start, target, _spans(pauses, state.at))
    # A pause that begins when nothing is left, at the due second or in closed hours before the next opening, holds.
    assume(all(mark.at != expected for mark in pauses))
    assert state.due == expected


@laws
@given(keys, instants, st.integers(2, 20 * HOUR), st.data())
def test_a_pause_moves_the_due_by_exactly_the_working_time_paused(
    key: str, start: int, target: int, data: st.DataObject
) -> None:
    calendar, terms = calendars(key), replace(TERMS, calendar=key, target_seconds=target)
    without = calendar.due(start, target)
    begins = data.draw(st.integers(start, without - 1))
    ends = begins + data.draw(st.integers(0, 3 * DAY))
    pause = [Mark(MarkKind.PAUSED, begins, 1, "appointment"), Mark(MarkKind.RESUMED, ends, 2, "appointment")]
    state = state_of(terms, [Mark(MarkKind.STARTED, start), *pause], ends)
    assert state.due is not None
    assert calendar.elapsed(without, state.due) == calendar.elapsed(begins, ends)


@laws
@given(some_terms(), histories(), instants)
def test_a_worker_that_did_all_there_was_sleeps(terms: Terms, marks: list[Mark], now: int) -> None:
    state = state_of(terms, marks, now)
    done = {one.code: state.at for one in moments_until(state.terms, state, {}, {}, calendars)}
    assert moments_until(state.terms, state, done, {}, calendars) == []
    following = next_moment(state.terms, state, done, {}, calendars)
    assert following is None or following.wake_at > state.at


@laws
@given(some_terms(), instants, st.lists(st.integers(0, 6 * DAY), max_size=8))
def test_any_wake_ups_fire_the_same_steps_once(terms: Terms, start: int, after: list[int]) -> None:
    marks, end = [Mark(MarkKind.STARTED, start)], start + 7 * DAY
    assert _woken(terms, marks, [*after, 7 * DAY], start) == _woken(terms, marks, [7 * DAY], start)
    assert len(_woken(terms, marks, [end - start], start)) == len(terms.ladder) + 1


@laws
@given(some_terms(), instants)
def test_a_worker_that_sleeps_until_the_next_moment_misses_nothing(terms: Terms, start: int) -> None:
    marks, now, fired = [Mark(MarkKind.STARTED, start)], start, dict[str, int]()
    while (moment := next_moment(terms, state_of(terms, marks, now), fired, {}, calendars)) is not None:
        now = max(now, moment.wake_at)
        ready = moments_until(terms, state_of(terms, marks, now), fired, {}, calendars)
        assert moment in ready
        assert not any(one.collapsed for one in ready if one.step and one.step.lead(terms.target_seconds) > 1)
        fired |= {one.code: now for one in ready}
    assert fired.keys() == {"due", *(step.code for step in terms.ladder)}


@laws
@given(keys, st.lists(st.tuples(st.sampled_from("abc"), instants, instants), max_size=6), instants, pausings())
def test_the_parts_of_all_holders_add_up(
    key: str, held: list[tuple[str, int, int]], end: int, pauses: list[Mark]
) -> None:
    stretches = [(holder, min(a, b), max(a, b)) for holder, a, b in held]
    used = attribute(stretches, MONDAY, end, _spans(pauses, end), calendars(key))
    assert sum(used.values()) == calendars(key).elapsed(MONDAY, end, _spans(pauses, end))


@laws
@given(some_terms())
def test_terms_survive_being_written_down(terms: Terms) -> None:
    again = Terms.from_spec(terms.to_spec())
    assert again == terms
    assert again.digest() == terms.digest()


def _spans(pauses: list[Mark], end: int) -> list[tuple[int, int]]:
    """The pauses as spans, as far as they began by `end`."""
    pairs = zip(pauses[::2], pauses[1::2], strict=True)
    return [(paused.at, min(resumed.at, end)) for paused, resumed in pairs if paused.at <= end]


def _woken(terms: Terms, marks: list[Mark], after: list[int], start: int) -> set[str]:
    """Codes fired by a worker that wakes these many seconds after the start, in order; none may fire twice."""
    fired: dict[str, int] = {}
    for now in sorted(start + seconds for seconds in after):
        state = state_of(terms, marks, now)
        for moment in moments_until(terms, state, fired, {}, calendars):
            assert moment.code not in fired
            fired[moment.code] = now
    return set(fired)
