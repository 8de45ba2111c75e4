"""Are the hotline's figures what their formulas say, and "no data" where nothing was counted?"""

from __future__ import annotations

import pytest

from yingnuo.engine import hotline
from yingnuo.engine.hotline import Counts, Ratio, ServiceLevel

#: The worked example of docs/reference/metrics.md.
EXAMPLE = Counts(
    attempts=120, blocked=6, menu=4, answered=90, in_time=72, abandoned=16, unanswered=4, short=5, lost_in_time=12,
    waited=1_350, talked=14_400, held=900, wrapup=2_700, handled=90,
)  # fmt: skip


@pytest.mark.parametrize(
    ("ratio", "part", "whole"),
    [
        (hotline.availability(EXAMPLE), 114, 120),
        (hotline.answer_rate(EXAMPLE), 90, 110),
        (hotline.service_level(EXAMPLE, ServiceLevel.OFFERED), 72, 110),
        (hotline.service_level(EXAMPLE, ServiceLevel.ANSWERED), 72, 90),
        (hotline.service_level(EXAMPLE, ServiceLevel.WITHOUT_SHORT), 72, 105),
        (hotline.service_level(EXAMPLE, ServiceLevel.LOST_IN_TIME), 84, 110),
        (hotline.abandonment(EXAMPLE), 15, 105),
        (hotline.speed_of_answer(EXAMPLE), 1_350, 90),
        (hotline.handle_time(EXAMPLE), 18_000, 90),
    ],
)
def test_each_formula(ratio: Ratio, part: int, whole: int) -> None:
    assert (ratio.part, ratio.whole) == (part, whole)
    assert ratio.value == part / whole


def test_of_nothing_there_is_no_figure() -> None:
    nothing = Counts()
    figures = [hotline.availability, hotline.answer_rate, hotline.abandonment, hotline.speed_of_answer]
    assert [figure(nothing).value for figure in figures] == [None] * 4
    assert [hotline.service_level(nothing, f).value for f in ServiceLevel] == [None] * 4
    assert hotline.handle_time(nothing).value is None


def test_all_lost_ones_short_leaves_no_abandonment_to_speak_of() -> None:
    only_short = Counts(attempts=2, abandoned=2, short=2, lost_in_time=2)
    assert hotline.abandonment(only_short).value is None
    assert hotline.answer_rate(only_short).value == 0.0
