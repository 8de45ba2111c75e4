"""Can a program read roles, and change them only in a person's name?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.api.conftest import program
from tests.api.test_house import acting
from tests.factories import House
from yingnuo.people.role_models import StaffRole


@pytest.fixture
def house(db: None) -> House:
    """The company."""
    return factories.house()


def test_roles_and_rights_are_listed(house: House) -> None:
    asks = program("people.view")
    items = {role["code"]: role for role in asks.get("/roles").json()["items"]}
    assert (items["agent"]["people"], items["agent"]["sight"], items["agent"]["granted"]) == (3, "teams", [])
    assert "ticket.merge" in [verb["code"] for verb in asks.get("/verbs").json()["items"]]


def test_a_role_is_made_changed_retired_and_restored(house: House) -> None:
    asks = acting(house.root)
    body = {"verbs": ["ticket.view", "ticket.note"], "sight": "own", "base": "agent", "en": "Reader"}
    made = asks.ask("PUT", "/roles/reader", body).json()
    assert (made["name"], made["edition"], made["sight"]) == ("Reader", 1, "own")
    changed = asks.ask("PUT", "/roles/reader", {**body, "verbs": ["ticket.view"], "edition": 1}).json()
    assert changed["verbs"] == ["ticket.view"]
    assert asks.ask("PUT", "/roles/reader", {**body, "edition": 1}).status_code == 409
    assert asks.ask("PUT", "/roles/reader/state", {"active": False}).json()["active"] is False
    assert asks.ask("POST", "/roles/agent/restore").status_code == 409


def test_a_program_of_its_own_changes_no_role(house: House) -> None:
    refused = program().ask("PUT", "/roles/reader", {"verbs": ["ticket.view"], "sight": "own", "en": "Reader"})
    assert (refused.status_code, refused.json()["code"]) == (403, "acts_for_nobody")
    assert not StaffRole.objects.exists()


def test_without_the_scope_roles_are_not_changed(house: House) -> None:
    refused = acting(house.root, "people.view").ask("PUT", "/roles/agent", {"verbs": [], "sight": "own"})
    assert refused.status_code == 403
    assert not StaffRole.objects.exists()


def test_somebody_is_given_a_role_of_the_house(house: House) -> None:
    asks = acting(house.root)
    asks.ask("PUT", "/roles/reader", {"verbs": ["ticket.view"], "sight": "own", "en": "Reader"})
    assert asks.ask("PUT", "/staff/alice", {"name": "Alice", "role": "reader"}).json()["role"] == "reader"
    assert asks.ask("PUT", "/staff/alice", {"name": "Alice", "role": "nobody"}).status_code == 422
