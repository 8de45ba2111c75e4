"""What does a move of a team or department change, and is it refused where it would close a circle?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import House
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people import moving
from yingnuo.people.models import Department, Staff, Team
from yingnuo.people.queries import Organisation, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return factories.house()


def known() -> Organisation:
    return organisation.at(revisions.current())


def department(code: str, parent: Department | None = None, head: Staff | None = None) -> Department:
    made = Department.objects.create(code=code, name=code.title(), parent=parent, head=head)
    revisions.bump()
    return made


def test_who_leads_in_a_department_sees_a_team_that_comes_and_not_one_that_goes(house: House) -> None:
    elsewhere = Department.objects.get(code="elsewhere")
    comes = moving.foresee(known(), what="team", pk=house.strangers.pk, to=house.service.pk)
    assert [(s.name, s.gains, s.loses) for s in comes.sees if s.name == "Bo"] == [("Bo", ("Strangers",), ())]
    goes = moving.foresee(known(), what="team", pk=house.technicians.pk, to=elsewhere.pk)
    assert [s for s in goes.sees if s.name == "Bo" and s.loses] == []  # he leads it himself and so goes on seeing it


def test_what_is_foreseen_is_what_comes(house: House) -> None:
    foreseen = moving.foresee(known(), what="team", pk=house.strangers.pk, to=house.service.pk)
    elsewhere = Department.objects.get(code="elsewhere").pk
    before = factories.actor(house.bo).teams or frozenset()
    moving.move(
        factories.actor(house.mia), what="team", pk=house.strangers.pk, to=house.service.pk, was=elsewhere,
        now=instants.now(),
    )  # fmt: skip
    gained = (factories.actor(house.bo).teams or frozenset()) - before
    assert gained == {house.strangers.pk}
    assert [line.after for line in foreseen.lines if line.team == "Strangers"] == [("Mia",)]
    assert known().up_the_line(house.strangers.pk) == [house.mia.pk]


def test_a_move_has_its_row_in_the_ledger(house: House) -> None:
    was = Department.objects.get(code="elsewhere").pk
    moving.move(
        factories.actor(house.mia), what="team", pk=house.strangers.pk, to=house.service.pk, was=was, now=instants.now()
    )
    params = Event.objects.get(code="organisation.moved").params
    assert params == {"what": "team", "id": house.strangers.pk, "from": was, "to": house.service.pk}


def test_a_department_goes_below_none_of_those_below_it(house: House) -> None:
    below = department("below", house.service)
    deep = department("deep", below)
    assert {d.code for d in moving.places(known(), "department", house.service.pk)} == {"elsewhere"}
    with pytest.raises(Invalid):
        moving.move(
            factories.actor(house.mia), what="department", pk=house.service.pk, to=deep.pk, was=None, now=instants.now()
        )
    assert Department.objects.get(pk=house.service.pk).parent_id is None


def test_what_somebody_else_moved_meanwhile_is_left_alone(house: House) -> None:
    third = department("third")
    with pytest.raises(Conflict):
        moving.move(
            factories.actor(house.mia), what="team", pk=house.front.pk, to=third.pk, was=third.pk, now=instants.now()
        )
    assert Team.objects.get(pk=house.front.pk).department_id == house.service.pk


def test_a_lead_moves_nothing(house: House) -> None:
    third = department("third")
    with pytest.raises(NotAllowed):
        moving.move(
            factories.actor(house.bo), what="team", pk=house.front.pk, to=third.pk, was=house.service.pk,
            now=instants.now(),
        )  # fmt: skip
    assert Team.objects.get(pk=house.front.pk).department_id == house.service.pk
