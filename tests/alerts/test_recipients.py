"""A warning always reaches somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.alerts import recipients
from yingnuo.alerts.recipients import Situation
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Absence, Department, Staff, Team
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


def _shift(*codes: str) -> Callable[[str], bool]:
    return lambda code: code in codes


def _told_on(shift: Callable[[str], bool], audience: tuple[str, ...], house: House) -> set[str]:
    revisions.forget()
    org = organisation.at(revisions.current())
    situation = Situation(1, 1, "enquiry", "", house.front.pk, house.alice.pk)
    people = persons(recipients.candidates([situation], org), now=instants.now())
    found = recipients.resolve(audience, situation, org=org, people=people, on_shift=shift)
    return {people[who.staff].name for who in found}


def test_an_absent_lead_is_stood_in_for_by_his_deputy_and_only_then_by_the_line() -> None:
    house = factories.house()
    Staff.objects.filter(pk=house.bo.pk).update(calendar="late", deputy=house.eve)
    assert _told_on(_shift(), ("lead",), house) == {"Eve"}
    Staff.objects.filter(pk=house.eve.pk).update(calendar="late")
    assert _told_on(_shift(), ("lead",), house) == {"Mia"}
    assert _told_on(_shift("late"), ("lead",), house) == {"Bo"}


def test_a_lead_who_has_left_is_passed_over() -> None:
    house = factories.house()
    Staff.objects.filter(pk=house.bo.pk).update(active=False)
    assert _told_on(_shift(), ("lead",), house) == {"Mia"}


def test_a_head_who_has_left_is_passed_over() -> None:
    house = factories.house()
    top = Department.objects.create(code="top", name="Top", head=house.root)
    Department.objects.filter(pk=house.service.pk).update(parent=top)
    Staff.objects.filter(pk=house.mia.pk).update(active=False)
    assert _told_on(_shift(), ("department_head",), house) == {"Root"}


def test_on_duty_is_who_is_at_his_desk_within_his_shift() -> None:
    house = factories.house()
    Staff.objects.filter(pk=house.alice.pk).update(presence="online", calendar="early")
    Staff.objects.filter(pk=house.mia.pk).update(presence="busy")
    assert _told_on(_shift("early"), ("on_duty",), house) == {"Alice"}
    assert _told_on(_shift(), ("on_duty",), house) == {"Mia"}  # busy, but there
    Staff.objects.filter(pk=house.mia.pk).update(presence="away")
    assert _told_on(_shift(), ("on_duty",), house) == {"Bo"}  # nobody is: the lead


def test_on_duty_leaves_out_who_is_on_leave() -> None:
    house = factories.house()
    Staff.objects.filter(pk__in=[house.alice.pk, house.mia.pk]).update(presence="online")
    now = instants.now()
    Absence.objects.create(staff=house.alice, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    assert _told_on(_shift(), ("on_duty",), house) == {"Mia"}


def test_the_deputy_is_the_holder_s() -> None:
    house = factories.house()
    assert _told_on(_shift(), ("deputy",), house) == set()
    Staff.objects.filter(pk=house.alice.pk).update(deputy=house.eve)
    assert _told_on(_shift(), ("deputy",), house) == {"Eve"}
