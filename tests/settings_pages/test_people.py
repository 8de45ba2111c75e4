"""Is the organisation changed by those who may, and by nobody else?"""

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people import organisation as services
from yingnuo.people.models import Absence, Department, Role, Staff, Team
from yingnuo.people.organisation import DepartmentFacts, StaffFacts

PERSON = {
    "name": "Fay", "username": "Fay", "password": "a-long-pass-phrase", "role": "agent", "capacity": "8",
    "skills": "washers, 冰箱", "phone": "138 0000 2210", "language": "en", "time_zone": "UTC", "active": "on",
}  # fmt: skip


def test_a_new_person_can_sign_in(manager: Client, house: House) -> None:
    answer = manager.post("/settings/staff/new", {**PERSON, "team_id": str(house.front.pk)})
    fay = Staff.objects.get(username="fay")
    assert answer.status_code == 302
    assert fay.check_password("a-long-pass-phrase")
    assert (fay.skills, fay.phone, fay.team) == (["washers", "冰箱"], "+8613800002210", house.front)
    assert Event.objects.filter(subject=f"staff:{fay.pk}").exists()


@pytest.mark.parametrize(
    "wrong", [{"phone": "call me"}, {"password": "123"}, {"username": "alice"}, {"time_zone": "Mars"}]
)
def test_a_wrong_person_is_refused(manager: Client, wrong: dict[str, str]) -> None:
    assert manager.post("/settings/staff/new", {**PERSON, **wrong}).status_code == 422
    assert not Staff.objects.filter(name="Fay").exists()


def test_a_manager_makes_no_administrator(manager: Client) -> None:
    assert manager.post("/settings/staff/new", {**PERSON, "role": "admin"}).status_code == 422
    assert not Staff.objects.filter(name="Fay").exists()


def test_a_manager_resets_no_administrators_password(house: House) -> None:
    with pytest.raises(NotAllowed):
        services.reset_password(
            factories.actor(house.mia), pk=house.root.pk, password="a-long-pass-phrase", now=instants.now()
        )
    house.root.refresh_from_db()
    assert house.root.check_password(factories.PASSWORD)


def test_the_last_administrator_stays(house: House) -> None:
    other = factories.staff("second", role=Role.ADMIN)
    Staff.objects.filter(pk=house.root.pk).update(active=False)
    with pytest.raises(Conflict):
        services.save_person(
            factories.actor(house.root), pk=other.pk, facts=StaffFacts(name="S", role=Role.AGENT), now=instants.now()
        )
    other.refresh_from_db()
    assert other.role == Role.ADMIN


def test_a_person_who_is_switched_off_is_signed_out(admin: Client, house: House) -> None:
    theirs = factories.sign_in(Client(), house.alice)
    posted = {**PERSON, "name": "Alice"}
    del posted["active"]
    admin.post(f"/settings/staff/{house.alice.pk}/", posted)
    assert theirs.get("/tickets/").status_code == 302


def test_another_password_works(manager: Client, house: House) -> None:
    manager.post(f"/settings/staff/{house.alice.pk}/password", {"password": "another-long-phrase"})
    house.alice.refresh_from_db()
    assert house.alice.check_password("another-long-phrase")


def test_a_department_does_not_stand_below_itself(house: House) -> None:
    facts = DepartmentFacts(code="below", name="Below", parent_id=house.service.pk)
    below = services.save_department(factories.actor(house.mia), pk=None, facts=facts, now=instants.now())
    wrong = DepartmentFacts(code="service", name="Service", parent_id=below.pk)
    with pytest.raises(Invalid):
        services.save_department(factories.actor(house.mia), pk=house.service.pk, facts=wrong, now=instants.now())
    house.service.refresh_from_db()
    assert house.service.parent is None


def test_a_department_with_teams_stays(manager: Client, house: House) -> None:
    assert manager.post(f"/settings/departments/{house.service.pk}/delete").status_code == 409
    assert Department.objects.filter(pk=house.service.pk).exists()


def test_a_team_is_changed(manager: Client, house: House) -> None:
    posted = {
        "name": "First line", "code": "front", "department_id": str(house.service.pk), "tier": "1",
        "lead_id": str(house.mia.pk), "calendar": "hotline", "kind": "internal", "active": "on",
        "strategy": "skill_first", "away_after": "15",
    }  # fmt: skip
    assert manager.post(f"/settings/teams/{house.front.pk}/", posted).status_code == 302
    team = Team.objects.get(pk=house.front.pk)
    assert (team.name, team.lead, team.calendar) == ("First line", house.mia, "hotline")


def test_an_absence_is_noted_and_taken_back(manager: Client, house: House) -> None:
    posted = {"staff_id": str(house.alice.pk), "starts_at": "2099-03-02T09:00", "ends_at": "2099-03-06T18:00"}
    manager.post("/settings/absences/", posted)
    absence = Absence.objects.get(staff=house.alice)
    manager.post(f"/settings/absences/{absence.pk}/delete")
    assert not Absence.objects.exists()


def test_an_absence_that_ends_before_it_begins_is_refused(manager: Client, house: House) -> None:
    posted = {"staff_id": str(house.alice.pk), "starts_at": "2099-03-06T09:00", "ends_at": "2099-03-02T18:00"}
    assert manager.post("/settings/absences/", posted).status_code == 422
    assert not Absence.objects.exists()
