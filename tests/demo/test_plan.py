"""The plan is the same for the same seed, busy when people are busy."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from yingnuo.demo import pictures, plan, scenes
from yingnuo.demo.plan import ZONE, Script
from yingnuo.kit import revisions
from yingnuo.promises.standards import standards

pytestmark = pytest.mark.django_db


def _plan(now: datetime, scale: float = 1.0) -> list[Script]:
    office = standards.at(revisions.current()).calendar("office")
    made = plan.make(seed=5, scale=scale, office=office, now=now)
    return [*made.older, *made.recent]


def test_the_same_seed_gives_the_same_matters(demo: datetime) -> None:
    assert _plan(demo, 0.2) == _plan(demo, 0.2)


def test_it_has_about_two_thousand_matters_in_ninety_days(demo: datetime) -> None:
    assert 1_800 <= len(_plan(demo)) <= 2_500


def test_mornings_are_busier_than_nights(demo: datetime) -> None:
    hours = Counter(script.at.astimezone(ZONE).hour for script in _plan(demo))
    assert hours[10] > 5 * hours[3]


def test_the_sale_brings_many_more(demo: datetime) -> None:
    now = datetime(2026, 11, 23, 4, tzinfo=UTC)
    sale = plan.sale_before(now)
    founded = [s for s in _plan(now) if s.at > demo - timedelta(days=400)]
    during = sum(sale <= s.at < sale + timedelta(days=7) for s in founded)
    before = sum(sale - timedelta(days=28) <= s.at < sale - timedelta(days=21) for s in founded)
    assert during > 1.3 * before


def test_long_after_the_sale_a_smaller_one_is_twelve_days_ago() -> None:
    now = datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert now - plan.sale_before(now) == timedelta(days=12)


@pytest.mark.parametrize("scene", scenes.all_scenes(), ids=lambda s: s.code)
def test_every_sentence_of_a_scene_can_be_said(scene: scenes.Scene) -> None:
    names = ("name", "model", "serial", "day", "order", "page", "time")
    facts = dict.fromkeys(names, "X")
    chance = Random(1)
    for what in scene.texts:
        said = {scenes.say(scene, what, facts, chance) for _n in range(30)}
        assert not any("{" in text or "}" in text for text in said)


def test_a_display_is_drawn_as_png() -> None:
    assert pictures.display("E3").startswith(b"\x89PNG")
    assert pictures.display("E3") != pictures.display("F5")
