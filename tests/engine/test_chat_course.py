"""Which way does a chat go, who speaks first, and how long does its visitor wait?"""

import pytest

from yingnuo.engine.chat_course import Draft, Speaker, Stage, Step, expected_wait, first_stage, moved, who_answers


def test_the_whole_way() -> None:
    stage: Stage | None = first_stage(Speaker.BOT)
    for step in (Step.HANDED_OVER, Step.ACCEPTED, Step.TRANSFERRED, Step.ACCEPTED, Step.ENDED):
        assert stage is not None
        stage = moved(stage, step)
    assert stage is Stage.ENDED


@pytest.mark.parametrize(
    ("stage", "step"), [(Stage.ACTIVE, Step.ACCEPTED), (Stage.ENDED, Step.ENDED), (Stage.BOT, Step.ACCEPTED)]
)
def test_what_does_not_fit_moves_nothing(stage: Stage, step: Step) -> None:
    assert moved(stage, step) is None


def test_without_a_bot_a_person_speaks() -> None:
    assert who_answers(False, Draft(sure=1.0)) is Speaker.PERSON


@pytest.mark.parametrize(
    "draft", [Draft(), Draft(sure=0.5), Draft(sure=0.99, wants_person=True), Draft(sure=0.99, delicate=True)]
)
def test_the_bot_calls_a_person(draft: Draft) -> None:
    assert who_answers(True, draft) is Speaker.PERSON


def test_a_sure_bot_answers() -> None:
    assert who_answers(True, Draft(sure=0.75)) is Speaker.BOT


def test_the_wait_is_the_median_for_each_before_him() -> None:
    assert expected_wait(1, [30, 90, 60]) == 60
    assert expected_wait(3, [30, 90, 60, 40]) == 150


def test_too_little_measured_says_nothing() -> None:
    assert expected_wait(1, [30, 60]) is None
    assert expected_wait(0, [30, 60, 90]) is None
