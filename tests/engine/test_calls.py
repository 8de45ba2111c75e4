"""What do the moments of a call come to, in whatever order they come?"""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingnuo.engine.calls import CallMoment as K
from yingnuo.engine.calls import Facts, Moment, Outcome, State, fold

ANSWERED = (
    Moment(K.OFFERED, 100), Moment(K.QUEUED, 103, queue="service"), Moment(K.RINGING, 105, "8001", "service"),
    Moment(K.UNANSWERED, 120, "8001"), Moment(K.RINGING, 121, "8002", "service"), Moment(K.ANSWERED, 125, "8002"),
    Moment(K.HELD, 150), Moment(K.RESUMED, 170), Moment(K.ENDED, 200), Moment(K.WRAPPED_UP, 230, "8002"),
)  # fmt: skip


def _fold(*moments: Moment, outgoing: bool = False) -> Facts:
    return fold(moments, outgoing=outgoing)


def test_an_answered_call() -> None:
    f = _fold(*ANSWERED)
    assert (f.outcome, f.state, f.agent, f.queue) == (Outcome.ANSWERED, State.ENDED, "8002", "service")
    assert (f.waited, f.talked, f.held, f.wrapup) == (22, 55, 20, 30)
    assert [(leg.agent, leg.answered_at) for leg in f.legs] == [("8001", None), ("8002", 125)]


def test_any_order_and_repetition_come_to_the_same() -> None:
    chance = random.Random(3)
    wanted = _fold(*ANSWERED)
    for _time in range(200):
        told = chance.choices(ANSWERED, k=6) + list(ANSWERED)
        chance.shuffle(told)
        assert _fold(*told) == wanted


@pytest.mark.parametrize(("end", "outcome"), [(K.ENDED, Outcome.ANSWERED), (K.ABANDONED, Outcome.ABANDONED)])
def test_an_end_that_only_a_log_of_whole_seconds_tells_ends_what_was_heard_live(end: K, outcome: Outcome) -> None:
    live = [Moment(K.QUEUED, 12.1, queue="service"), Moment(K.RINGING, 12.2, "8001")]
    live += [Moment(K.ANSWERED, 12.7, "8001")] if end is K.ENDED else []
    f = _fold(*live, Moment(K.QUEUED, 12, queue="service"), Moment(end, 12))
    assert (f.state, f.outcome, f.ended_at, f.talked) == (State.ENDED, outcome, 12, 0)


_SOME = st.builds(
    Moment, st.sampled_from(list(K)), st.integers(0, 40).map(float), st.sampled_from(["", "8001", "8002"]),
    st.sampled_from(["", "service"]),
)  # fmt: skip


@given(st.lists(_SOME, max_size=12), st.booleans(), st.randoms())
def test_whatever_is_told_durations_are_never_negative_nor_the_order_of_telling_matters(
    told: list[Moment], outgoing: bool, chance: random.Random
) -> None:
    f = fold(told, outgoing=outgoing)
    shuffled = list(told)
    chance.shuffle(shuffled)
    assert fold(shuffled, outgoing=outgoing) == f
    assert min(f.waited, f.talked, f.held, f.wrapup) >= 0
    assert (f.outcome is Outcome.ANSWERED) == (f.answered_at is not None)


@pytest.mark.parametrize(
    ("moments", "outcome"),
    [
        ([Moment(K.OFFERED, 1), Moment(K.ENDED, 9)], Outcome.MENU),
        ([Moment(K.OFFERED, 1), Moment(K.BLOCKED, 1, reason="busy")], Outcome.BLOCKED),
        ([Moment(K.QUEUED, 1, queue="q"), Moment(K.ABANDONED, 9)], Outcome.ABANDONED),
        ([Moment(K.QUEUED, 1, queue="q"), Moment(K.ENDED, 9)], Outcome.ABANDONED),
        ([Moment(K.QUEUED, 1, queue="q"), Moment(K.LEFT_QUEUE, 8), Moment(K.ENDED, 9)], Outcome.UNANSWERED),
        ([Moment(K.RINGING, 1, "8001"), Moment(K.UNANSWERED, 8, "8001"), Moment(K.ENDED, 9)], Outcome.UNANSWERED),
        ([Moment(K.QUEUED, 1, queue="q"), Moment(K.LEFT_QUEUE, 8), Moment(K.ANSWERED, 8, "8001")], Outcome.ANSWERED),
        ([Moment(K.QUEUED, 1, queue="q"), Moment(K.BLOCKED, 2, "8001", reason="busy")], Outcome.NONE),
        ([Moment(K.QUEUED, 1, queue="q")], Outcome.NONE),
    ],
)
def test_what_came_of_it(moments: list[Moment], outcome: Outcome) -> None:
    for told in permutations(moments):
        assert _fold(*told).outcome is outcome


def test_a_transfer_goes_on_with_somebody_else() -> None:
    f = _fold(Moment(K.QUEUED, 0, queue="q"), Moment(K.ANSWERED, 10, "8001"), Moment(K.TRANSFERRED, 40),
              Moment(K.ANSWERED, 50, "8002"), Moment(K.ENDED, 90))  # fmt: skip
    assert (f.waited, f.talked, f.agent) == (10, 70, "8002")
    assert [(leg.agent, leg.talked) for leg in f.legs] == [("8001", 30), ("8002", 40)]


def test_a_hold_that_nobody_ended_ends_with_the_call() -> None:
    f = _fold(Moment(K.ANSWERED, 10, "8001"), Moment(K.HELD, 20), Moment(K.ENDED, 50))
    assert (f.talked, f.held) == (10, 30)


def test_who_is_ringing_now() -> None:
    f = _fold(Moment(K.QUEUED, 0, queue="q"), Moment(K.RINGING, 1, "8001"), Moment(K.RINGING, 1, "8002"),
              Moment(K.UNANSWERED, 9, "8001"))  # fmt: skip
    assert (f.state, f.ringing) == (State.RINGING, ("8002",))


def test_an_outgoing_call_waits_for_nobody_of_ours() -> None:
    placed = (Moment(K.OFFERED, 0, "8001"), Moment(K.ANSWERED, 8, "8001"), Moment(K.ENDED, 68))
    reached, vain = _fold(*placed, outgoing=True), _fold(placed[0], placed[2], outgoing=True)
    assert (reached.outcome, reached.waited, reached.talked) == (Outcome.ANSWERED, 0, 60)
    assert vain.outcome is Outcome.UNANSWERED


def test_the_wait_that_a_log_tells_counts_where_the_queueing_was_not_heard() -> None:
    assert _fold(Moment(K.ANSWERED, 100, "8001", seconds=42)).waited == 42
