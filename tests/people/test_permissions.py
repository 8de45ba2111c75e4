"""A number is no person: customers and programs never act as the member of staff who has the same one."""

from __future__ import annotations

import pytest

from tests import factories
from yingnuo.kit import instants
from yingnuo.kit.errors import NotAllowed
from yingnuo.people import contacts, presence
from yingnuo.people.models import Department, Team
from yingnuo.people.roles import Actor, actor_for_staff

pytestmark = pytest.mark.django_db


def test_a_customer_cannot_set_the_presence_of_staff_of_his_number() -> None:
    house = factories.house()
    same = Actor(kind="contact", id=house.alice.pk)
    with pytest.raises(NotAllowed):
        presence.change(same, staff=house.alice, presence="online", now=instants.now())
    house.alice.refresh_from_db()
    assert house.alice.presence == "offline"


def test_a_phone_number_is_shown_only_to_who_may_see_customers() -> None:
    house = factories.house()
    partner = Actor(kind="staff", id=house.dee.pk, verbs=frozenset({"ticket.view"}))
    with pytest.raises(NotAllowed):
        contacts.reveal_phone(partner, contact=house.chen, now=instants.now())


def test_a_manager_sees_the_teams_of_every_department_below_his() -> None:
    house = factories.house()
    top = Department.objects.create(code="top", name="Top")
    mine = Department.objects.create(code="mine", name="Mine", parent=top, head=house.mia)
    below = Department.objects.create(code="below", name="Below", parent=mine)
    deep = Department.objects.create(code="deep", name="Deep", parent=below)
    team = Team.objects.create(code="deep", name="Deep", department=deep)
    Department.objects.filter(pk=house.service.pk).update(head=None)
    assert team.pk in (actor_for_staff(house.mia).teams or set())
