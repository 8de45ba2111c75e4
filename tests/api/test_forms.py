"""Can a program fill fields in, arrange forms and keep what customers own, checked as at the desk?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.api.conftest import program
from tests.factories import House
from yingnuo.devices.models import Unit
from yingnuo.kit import revisions
from yingnuo.tickets.models import Field, Form, Ticket


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


SCOPES = ("ticket.create", "ticket.view", "ticket.fill", "settings.edit", "customer.view", "customer.edit")
FIELD = {
    "name": "Used at", "type": "choice", "choices": ["home", "shop"], "help": "Where it stands", "needed": "create",
    "words": {"zh-hant": {"name": "場所", "choices": {"home": "家用"}}}, "on_portal": True,
}  # fmt: skip


def test_a_field_has_all_that_the_desk_gives_it(house: House) -> None:
    asks = program(*SCOPES)
    told = asks.ask("PUT", "/fields/use", FIELD)
    assert told.status_code == 200, told.content
    assert told.json()["words"] == {"zh-hant": {"name": "場所", "choices": {"home": "家用"}}}
    assert told.headers["ETag"] == '"1"'
    retired = asks.ask("PUT", "/fields/use", {**FIELD, "retired": True}).json()
    assert retired["retired_at"] is not None
    assert asks.ask("PUT", "/fields/use", FIELD).json()["retired_at"] is None


def test_fields_are_filled_in_typed_and_checked(house: House) -> None:
    Field.objects.create(code="hours", name="Hours", type="number")
    revisions.bump()
    asks, ticket = program(*SCOPES), factories.ticket(house)
    told = asks.ask("PATCH", f"/tickets/{ticket.pk}/fields", {"fields": {"hours": 4.5}})
    assert (told.status_code, told.json()["fields"]) == (200, {"hours": 4.5})
    refused = asks.ask("PATCH", f"/tickets/{ticket.pk}/fields", {"fields": {"hours": "many"}})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["fields.hours"])
    assert asks.ask("PATCH", f"/tickets/{ticket.pk}/fields", {"fields": {"hours": None}}).json()["fields"] == {}


def test_without_the_scope_nothing_is_filled_in(house: House) -> None:
    Field.objects.create(code="hours", name="Hours", type="number")
    revisions.bump()
    ticket = factories.ticket(house)
    answer = program("ticket.view").ask("PATCH", f"/tickets/{ticket.pk}/fields", {"fields": {"hours": 1}})
    assert answer.status_code == 403
    assert Ticket.objects.get().fields == {}


def test_a_ticket_opens_only_with_what_its_kind_needs(house: House) -> None:
    asks = program(*SCOPES)
    asks.ask("PUT", "/fields/use", FIELD)
    body = {"text": "It leaks", "kind": "fault", "contact": {"email": "chen@harbour.example"}}
    refused = asks.ask("POST", "/tickets", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "fields_needed")
    assert not Ticket.objects.exists()
    assert asks.ask("POST", "/tickets", {**body, "fields": {"use": "shop"}}).json()["fields"] == {"use": "shop"}


def test_a_form_is_read_arranged_and_forgotten(house: House) -> None:
    asks = program(*SCOPES)
    asks.ask("PUT", "/fields/use", FIELD)
    asks.ask("PUT", "/fields/hours", {"name": "Hours", "type": "number"})
    assert asks.get("/forms/fault").json()["version"] == 0
    body = {"sections": [{"name": "Use", "fields": [
        {"code": "use"}, {"code": "hours", "show": {"field": "use", "values": ["shop"]}},
    ]}]}  # fmt: skip
    told = asks.ask("PUT", "/forms/fault", body).json()
    assert told["sections"][0]["fields"][1]["show"] == {"field": "use", "values": ["shop"]}
    turned = {"sections": [{"fields": list(reversed(body["sections"][0]["fields"]))}]}  # type: ignore[call-overload]
    assert asks.ask("PUT", "/forms/fault", turned).status_code == 422
    assert asks.ask("DELETE", "/forms/fault").json()["version"] == 0
    assert not Form.objects.exists()


def test_what_a_customer_owns_is_kept(house: House) -> None:
    asks, address = program(*SCOPES), f"/contacts/{house.chen.pk}/units"
    made = asks.ask("POST", address, {"model": "W80", "serial": "s1", "warranty_until": "2020-01-01"})
    assert (made.status_code, made.json()["warranty"]) == (201, "out")
    one = made.json()
    assert asks.ask("POST", address, {"serial": "S1"}).status_code == 409
    assert asks.ask("PUT", f"/units/{one['id']}", {"model": "W80", "gone": True}).json()["gone"] is True
    assert [u["id"] for u in asks.get(address).json()["items"]] == [one["id"]]
    assert asks.ask("DELETE", f"/units/{one['id']}").status_code == 200
    assert not Unit.objects.exists()
