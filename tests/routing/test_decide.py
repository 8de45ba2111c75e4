"""To which team does a matter go?"""

from __future__ import annotations

import pytest

from tests import factories
from yingnuo.kit import revisions
from yingnuo.people.models import Team
from yingnuo.routing import services
from yingnuo.routing.models import Rule
from yingnuo.routing.services import Draft

pytestmark = pytest.mark.django_db


def _decided(text: str) -> services.Decision:
    revisions.forget()
    return services.decide(Draft(text=text, via="mail"), revision=revisions.current())


def test_a_rule_for_a_team_out_of_work_is_passed_by() -> None:
    house = factories.house()
    Rule.objects.create(position=0, name="Smoke", keywords=["smoke"], team=house.technicians)
    assert _decided("Smoke!").team == house.technicians.pk
    Team.objects.filter(pk=house.technicians.pk).update(active=False)
    assert _decided("Smoke!").team == house.front.pk


def test_the_first_rule_that_names_a_team_decides_and_later_ones_add_tags() -> None:
    house = factories.house()
    Rule.objects.create(position=0, name="Smoke", keywords=["smoke"], team=house.technicians)
    Rule.objects.create(position=2, name="Fire", keywords=["烟"], add_tags=["fire"])
    decided = _decided("Smoke 冒烟")
    assert (decided.team, decided.tags) == (house.technicians.pk, ("fire",))


def test_urgency_is_only_ever_raised() -> None:
    factories.house()
    Rule.objects.create(position=0, name="Calm", keywords=["smoke"], set_urgency="general")
    Rule.objects.create(position=2, name="Fire", keywords=["fire"], set_urgency="urgent")
    assert _decided("smoke and fire").urgency == "urgent"
