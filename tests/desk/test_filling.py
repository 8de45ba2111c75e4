"""Are the fields of a ticket filled in at the desk, by whom they may be, and never over somebody else?"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from yingnuo.journey import upkeep
from yingnuo.kit import instants, revisions
from yingnuo.tickets.models import Field, Form, Ticket


def made(code: str, **more: Any) -> Field:
    row = Field.objects.create(**{"code": code, "name": code.title()} | more)
    revisions.bump()
    return row


def arranged(kind: str, *fields: dict[str, Any]) -> None:
    Form.objects.create(kind=kind, sections=[{"name": "Use", "words": {}, "fields": list(fields)}])
    revisions.bump()


def test_the_dialog_fills_in_and_the_page_shows_it(house: House, alice: Client) -> None:
    made("hours", type="number", limits={"unit": "h"})
    made("home", type="checkbox")
    ticket = factories.ticket(house)
    dialog = alice.get(f"/tickets/{ticket.pk}/fields", headers={"HX-Request": "true", "HX-Target": "dialog-body"})
    assert 'name="fields.hours"' in dialog.content.decode()
    said = {"was.fields.hours": "", "fields.hours": "8", "was.fields.home": "", "fields.home": "true"}
    alice.post(f"/tickets/{ticket.pk}/fields", said)
    assert Ticket.objects.get().fields == {"hours": 8, "home": True}
    assert "8 h" in alice.get(f"/tickets/{ticket.pk}/").content.decode()


def test_a_wrong_value_comes_back_with_a_word(house: House, alice: Client) -> None:
    made("hours", type="number")
    ticket = factories.ticket(house)
    answer = alice.post(f"/tickets/{ticket.pk}/fields", {"was.fields.hours": "", "fields.hours": "many"})
    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()
    assert Ticket.objects.get().fields == {}


def test_what_one_left_alone_stays_as_another_made_it_and_what_both_changed_is_asked(
    house: House, alice: Client
) -> None:
    made("a")
    made("b")
    ticket = factories.ticket(house)
    bo = factories.actor(house.bo)
    upkeep.fill(bo, ticket_id=ticket.pk, said={"a": "theirs"}, now=instants.now())
    alice.post(
        f"/tickets/{ticket.pk}/fields", {"was.fields.a": "", "fields.a": "", "was.fields.b": "", "fields.b": "x"}
    )
    assert Ticket.objects.get().fields == {"a": "theirs", "b": "x"}
    answer = alice.post(f"/tickets/{ticket.pk}/fields", {"was.fields.a": "", "fields.a": "mine"})
    assert answer.status_code == 422
    assert "theirs" in answer.content.decode()
    assert Ticket.objects.get().fields["a"] == "theirs"


def test_a_hidden_field_keeps_what_it_has(house: House, alice: Client) -> None:
    made("a")
    ticket = factories.ticket(house)
    upkeep.fill(factories.actor(house.bo), ticket_id=ticket.pk, said={"a": "kept"}, now=instants.now())
    alice.post(f"/tickets/{ticket.pk}/fields", {"unrelated": "x"})  # a disabled input is not sent
    assert Ticket.objects.get().fields == {"a": "kept"}


def test_a_stranger_sees_no_fields(house: House, dee: Client) -> None:
    made("a")
    ticket = factories.ticket(house)
    assert dee.get(f"/tickets/{ticket.pk}/fields").status_code == 404
    assert dee.post(f"/tickets/{ticket.pk}/fields", {"was.fields.a": "", "fields.a": "x"}).status_code == 404
    assert Ticket.objects.get().fields == {}


def test_what_is_missing_is_asked_when_resolving(house: House, alice: Client) -> None:
    made("cause", needed="resolve")
    ticket = factories.ticket(house, agent=house.alice)
    factories.says(ticket, "Hello?", at=instants.now())
    dialog = alice.get(f"/tickets/{ticket.pk}/dialog/resolve").content.decode()
    assert 'name="fields.cause"' in dialog
    assert alice.post(f"/tickets/{ticket.pk}/resolve", {"answer": "none"}).status_code == 422
    assert Ticket.objects.get().is_open
    alice.post(f"/tickets/{ticket.pk}/resolve", {"answer": "none", "was.fields.cause": "", "fields.cause": "wear"})
    assert (Ticket.objects.get().is_open, Ticket.objects.get().fields) == (False, {"cause": "wear"})


def test_a_new_ticket_asks_what_its_kind_needs(house: House, alice: Client) -> None:
    made("use", type="choice", choices=["home", "shop"])
    made("serial", needed="create", kinds=["fault"])
    arranged("fault", {"code": "use"}, {"code": "serial", "show": {"field": "use", "values": ["shop"]}})
    said = {"name": "Chen", "email": "new@customer.example", "text": "It leaks", "via": "phone", "kind": "fault"}
    before = Ticket.objects.count()
    refused = alice.post("/tickets/new", {**said, "fields.use": "shop"})
    assert refused.status_code == 422
    assert Ticket.objects.count() == before
    alice.post("/tickets/new", {**said, "fields.use": "shop", "fields.serial": "A1"})
    assert Ticket.objects.latest("pk").fields == {"use": "shop", "serial": "A1"}
    alice.post("/tickets/new", {**said, "email": "two@customer.example", "fields.use": "home"})
    assert Ticket.objects.latest("pk").fields == {"use": "home"}


def test_the_fields_of_another_kind_are_fetched(house: House, alice: Client) -> None:
    made("serial", kinds=["fault"])
    assert "fields.serial" in alice.get("/tickets/new/fields?kind=fault").content.decode()
    assert "fields.serial" not in alice.get("/tickets/new/fields?kind=return").content.decode()


def test_fields_cost_the_ticket_page_no_statement(
    house: House, alice: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ticket = factories.ticket(house)
    alice.get(f"/tickets/{ticket.pk}/")
    with CaptureQueriesContext(connection) as plain:
        alice.get(f"/tickets/{ticket.pk}/")
        before = len(plain)
    assert before
    for n in range(4):
        made(f"f{n}", needed="resolve")
    alice.get(f"/tickets/{ticket.pk}/")
    with django_assert_num_queries(before):
        alice.get(f"/tickets/{ticket.pk}/")


def test_the_export_has_a_column_for_each_field(house: House, alice: Client) -> None:
    made("hours", name="Hours run", type="number", limits={"unit": "h"})
    ticket = factories.ticket(house, agent=house.alice)
    upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said={"hours": 3}, now=instants.now())
    head, row, *_rest = b"".join(alice.get("/tickets/export").streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert head.endswith("Hours run")
    assert row.endswith("3 h")


def test_a_search_finds_by_a_field(house: House, alice: Client) -> None:
    made(
        "colour", name="Colour", type="choice", choices=["red", "blue"], words={"zh-hant": {"choices": {"red": "紅色"}}}
    )
    ticket = factories.ticket(house, subject="Red one")
    factories.ticket(house, subject="Other one")
    upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said={"colour": "red"}, now=instants.now())
    for words in ("field.colour:red", "欄位.Colour:紅色"):
        found = alice.get("/search", {"q": words}, follow=True).content.decode()
        assert "Red one" in found, words
        assert "Other one" not in found, words
