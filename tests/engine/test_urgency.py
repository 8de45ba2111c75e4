"""How urgent is a ticket, from the answers about its impact?"""

from __future__ import annotations

import pytest

from yingnuo.engine.urgency import Impact, Urgency, is_raised, max_urgency, of_impact


@pytest.mark.parametrize(
    ("answers", "urgency"),
    [
        (set(), Urgency.GENERAL),
        ({Impact.CAN_WAIT}, Urgency.GENERAL),
        ({Impact.FUNCTION_HIT}, Urgency.IMPORTANT),
        ({Impact.FUNCTION_HIT, Impact.CAN_WAIT}, Urgency.GENERAL),
        ({Impact.NOT_WORKING}, Urgency.URGENT),
        ({Impact.NOT_WORKING, Impact.CAN_WAIT}, Urgency.URGENT),
        ({Impact.DANGER, Impact.CAN_WAIT}, Urgency.URGENT),
    ],
)
def test_urgency_of_impact(answers: set[Impact], urgency: Urgency) -> None:
    assert of_impact(answers) is urgency


def test_the_most_urgent_wins() -> None:
    assert max_urgency(["general", "urgent", "important"]) is Urgency.URGENT
    assert max_urgency([]) is Urgency.GENERAL


def test_a_word_that_is_no_urgency_is_refused() -> None:
    with pytest.raises(ValueError, match="asap"):
        max_urgency(["asap"])


def test_raised_is_more_urgent_and_not_equal() -> None:
    assert is_raised("general", "important")
    assert not is_raised("urgent", "urgent")
    assert not is_raised("urgent", "general")
