"""A warning always reaches somebody."""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import House
from yingnuo.alerts import recipients
from yingnuo.alerts.recipients import Situation
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Department, Staff, Team
from yingnuo.people.queries import organisation, persons

pytestmark = pytest.mark.django_db


def _told(audience: tuple[str, ...], *, team: int | None, agent: int | None = None) -> set[int]:
    revisions.forget()
    org = organisation.at(revisions.current())
    situation = Situation(1, 1, "enquiry", "", team, agent)
    people = persons(recipients.candidates([situation], org), now=instants.now())
    found = recipients.resolve(audience, situation, org=org, people=people, on_shift=lambda _code: True)
    return {who.staff for who in found}


def _left(house: House) -> None:
    Staff.objects.filter(pk=house.alice.pk).update(active=False)


def test_without_a_team_the_heads_of_the_company_are_told() -> None:
    house = factories.house()
    assert _told(("holder", "lead"), team=None) == {house.mia.pk}


def test_in_a_team_without_lead_and_head_its_people_are_told() -> None:
    house = factories.house()
    Team.objects.update(lead=None)
    Department.objects.update(head=None)
    assert _told(("holder", "lead"), team=house.front.pk) == {house.alice.pk, house.bo.pk, house.mia.pk}


def test_when_the_holder_has_left_his_lead_is_told() -> None:
    house = factories.house()
    _left(house)
    assert _told(("holder",), team=house.front.pk, agent=house.alice.pk) == {house.bo.pk}


def test_a_step_for_the_team_reaches_it_though_somebody_holds_the_ticket() -> None:
    house = factories.house()
    assert house.bo.pk in _told(("team",), team=house.front.pk, agent=house.alice.pk)
