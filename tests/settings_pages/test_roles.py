"""Can roles be read, changed, copied, compared and retired at their pages, by those who may?"""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.people import roles
from yingnuo.people.models import Staff
from yingnuo.people.role_models import StaffRole

AGENT = sorted(roles.VERBS["agent"])


def posted(*more: str, less: tuple[str, ...] = (), **other: object) -> dict[str, object]:
    """What the form of the agent's role sends."""
    return {"verbs": [v for v in [*AGENT, *more] if v not in less], "sight": "teams", "edition": "0", **other}


def test_an_administrator_changes_a_role_and_its_people_may_at_once(admin: Client, house: House) -> None:
    theirs = factories.sign_in(Client(), house.alice)
    assert theirs.get("/breaches/").status_code == 403
    assert admin.post("/settings/roles/agent/", posted("breach.list")).status_code == 302
    assert theirs.get("/breaches/").status_code == 200


def test_a_manager_reads_roles_and_changes_none(manager: Client) -> None:
    page = manager.get("/settings/roles/agent/").content.decode()
    assert "ticket.merge" in page
    assert manager.post("/settings/roles/agent/", posted("breach.list")).status_code == 422
    assert manager.post("/settings/roles/look", posted(role="agent")).status_code == 403
    assert not StaffRole.objects.exists()


def test_what_saving_would_change_is_told_before(admin: Client) -> None:
    told = admin.post("/settings/roles/look", posted("breach.list", less=("ticket.merge",), role="agent"))
    page = told.content.decode()
    assert "List broken promises" in page
    assert "Merge and split" in page
    assert not StaffRole.objects.exists()


def test_a_role_is_copied_from_another(admin: Client, house: House) -> None:
    made = admin.post("/settings/roles/new", posted(code="tester", base="agent", en="Tester", **{"from": "agent"}))
    assert made.status_code == 302
    answer = admin.post(
        f"/settings/staff/{house.alice.pk}/",
        {"name": "Alice", "role": "tester", "capacity": "8", "language": "en", "time_zone": "UTC", "active": "on"},
    )
    assert answer.status_code == 302
    assert Staff.objects.get(pk=house.alice.pk).role == "tester"
    assert "Tester" in admin.get("/settings/staff/?role=tester").content.decode()


def test_a_role_without_a_name_is_refused(admin: Client) -> None:
    assert admin.post("/settings/roles/new", posted(code="tester", base="agent")).status_code == 422
    assert not StaffRole.objects.exists()


def test_a_built_in_role_is_restored(admin: Client) -> None:
    admin.post("/settings/roles/agent/", posted("breach.list"))
    assert admin.post("/settings/roles/agent/do", {"do": "restore"}).status_code == 302
    assert not StaffRole.objects.exists()


def test_of_the_built_in_administrator_only_the_names_change(admin: Client) -> None:
    said = {"sight": "all", "edition": "0", "zh_hans": "超级管理员"}
    assert admin.post("/settings/roles/admin/", said).status_code == 302
    row = StaffRole.objects.get()
    assert (row.zh_hans, row.granted, row.withdrawn, row.sight) == ("超级管理员", [], [], "")
    assert admin.post("/settings/roles/admin/", {**said, "edition": "1", "sight": "own"}).status_code == 422


def test_two_roles_are_compared_by_what_differs(manager: Client) -> None:
    page = manager.get("/settings/roles/compare?a=partner&b=agent").content.decode()
    assert "Merge and split" in page
    assert "Write internal notes" not in page
    assert "Write internal notes" in manager.get("/settings/roles/compare?a=partner&b=agent&all=1").content.decode()


@pytest.mark.parametrize("address", ["/settings/roles/nobody/", "/settings/roles/compare?a=nobody"])
def test_a_role_that_is_not_there_is_not_found(manager: Client, address: str) -> None:
    assert manager.get(address).status_code == 404


def test_a_page_of_the_desk_asks_nothing_for_roles(
    house: House, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """What a role says is read with the organisation, once at each change of the settings."""
    factories.sign_in(client, house.alice)
    client.get("/me/")
    with django_assert_max_num_queries(50) as asked:
        client.get("/me/")
    assert [q["sql"] for q in asked.captured_queries if "staffrole" in q["sql"]] == []
