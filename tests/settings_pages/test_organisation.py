"""Does the tree show who is where and who is missing, quickly and to those who may?"""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.kit import revisions
from yingnuo.people.models import Department, Staff, Team


def test_the_tree_shows_departments_teams_and_leads(lead: Client) -> None:
    page = lead.get("/settings/organisation/").content.decode()
    assert all(word in page for word in ("Service", "Front line", "Technicians", "Bo"))


def test_people_come_when_a_team_is_unfolded(lead: Client, house: House) -> None:
    assert "Alice" not in lead.get("/settings/organisation/").content.decode()
    assert "Alice" in lead.get(f"/settings/organisation/team/{house.front.pk}/people").content.decode()


def test_what_lacks_somebody_is_found(manager: Client, house: House) -> None:
    factories.staff("gus")
    Team.objects.filter(pk=house.front.pk).update(lead=None)
    Staff.objects.filter(pk=house.eve.pk).update(active=False)
    revisions.bump()
    page = manager.get("/settings/organisation/?show=gaps").content.decode()
    for word in ("no lead", "nobody in it", "no head", "In no team", "Gus"):
        assert word in page


@pytest.mark.parametrize(
    ("asked", "there", "missing"), [("technic", "Technicians", "Strangers"), ("wf", "王芳", "Eve")]
)
def test_somebody_is_found_by_name_or_sound(
    manager: Client, house: House, asked: str, there: str, missing: str
) -> None:
    factories.staff("wangfang", team=house.front, name="王芳")
    revisions.bump()
    page = manager.get("/settings/organisation/", {"q": asked}, headers={"HX-Request": "true", "HX-Target": "tree"})
    assert there in page.content.decode()
    assert missing not in page.content.decode()


def test_open_tickets_are_counted_as_far_as_the_reader_sees(manager: Client, house: House) -> None:
    factories.ticket(house, text="One")
    factories.ticket(house, text="Two")
    assert "2 open" in manager.get("/settings/organisation/").content.decode()


def test_a_large_house_costs_no_more_statements(
    manager: Client, house: House, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    teams = Team.objects.bulk_create(Team(code=f"t{n}", name=f"Team {n}", department=house.service) for n in range(200))
    many = (Staff(username=f"p{n}", name=f"Person {n}", password="!", team=teams[n % 200]) for n in range(3_000))
    Staff.objects.bulk_create(many, batch_size=500)
    revisions.bump()
    manager.get("/settings/organisation/")
    with django_assert_max_num_queries(7):
        page = manager.get("/settings/organisation/")
    assert len(page.content) < 700_000


def test_the_dialog_tells_what_a_move_changes_and_moves(manager: Client, house: House) -> None:
    address = f"/settings/organisation/team/{house.strangers.pk}/move"
    elsewhere = Department.objects.get(code="elsewhere").pk
    told = manager.get(address, {"to": house.service.pk, "look": "1"}).content.decode()
    assert "sees also: Strangers" in told
    assert manager.post(address, {"to": house.service.pk, "was": elsewhere}).status_code == 302
    assert Team.objects.get(pk=house.strangers.pk).department == house.service


def test_a_lead_opens_no_dialog_that_moves(lead: Client, house: House) -> None:
    answer = lead.post(f"/settings/organisation/team/{house.strangers.pk}/move", {"to": house.service.pk})
    assert answer.status_code == 403
    assert Team.objects.get(pk=house.strangers.pk).department.code == "elsewhere"


def test_the_organisation_is_printed_and_taken_out(manager: Client) -> None:
    assert "Alice" in manager.get("/settings/organisation/print").content.decode()
    table = b"".join(manager.get("/settings/organisation/export?form=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert any(line.startswith("Service,Front line,front,1,Bo,Alice,alice,Agent") for line in table.splitlines())
