"""Which fields are shown, needed and taken, and how is a form arranged?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests import factories
from tests.factories import House
from yingnuo.journey import closing, upkeep
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Invalid, NotAllowed, Outdated
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import fields, forms
from yingnuo.tickets.fields import Fieldbook, Item, On, Section
from yingnuo.tickets.models import Field, Form, Ticket


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


USE = Field(code="use", name="Use", type="choice", choices=["home", "shop"])
HOURS = Field(code="hours", name="Hours", type="number")
WHY = Field(code="why", name="Why", type="text")
CAUSE = Field(code="cause", name="Cause", type="text", needed="resolve")


def form(*items: Item) -> tuple[Section, ...]:
    return (Section("", {}, items),)


def codes(items: Any) -> list[str]:
    return [item.field.code for item in items]


CHAIN = form(Item(USE), Item(HOURS, show=On("use", ("shop",))), Item(WHY, show=On("hours")))


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        ({}, ["use"]),
        ({"use": "home"}, ["use"]),
        ({"use": "shop"}, ["use", "hours"]),
        ({"use": "shop", "hours": 3}, ["use", "hours", "why"]),
        ({"use": "home", "hours": 3}, ["use"]),  # what hangs on a hidden field is hidden too
    ],
)
def test_what_is_shown_hangs_on_what_stands_before(held: dict[str, Any], shown: list[str]) -> None:
    assert codes(fields.visible(CHAIN, held)) == shown


def test_of_several_choices_one_is_enough_and_false_is_a_value() -> None:
    assert On("parts", ("pump",)).holds({"parts": ["door", "pump"]})
    assert On("done", ("false",)).holds({"done": False})
    assert not On("done").holds({"done": False})


def test_needed_to_resolve_is_not_needed_to_open() -> None:
    own = form(Item(CAUSE))
    assert codes(fields.lacking(own, {}, fields.CREATE)) == []
    assert codes(fields.lacking(own, {}, fields.RESOLVE)) == ["cause"]
    assert codes(fields.lacking(own, {"cause": "wear"}, fields.RESOLVE)) == []


def test_needed_when_another_says_so_and_never_while_hidden() -> None:
    own = form(Item(USE), Item(CAUSE, need=On("use", ("shop",))))
    assert codes(fields.lacking(own, {"use": "home"}, fields.RESOLVE)) == []
    assert codes(fields.lacking(own, {"use": "shop"}, fields.RESOLVE)) == ["cause"]
    hidden = form(Item(USE), Item(CAUSE, show=On("use", ("shop",))))
    assert codes(fields.lacking(hidden, {"use": "home"}, fields.RESOLVE)) == []


def test_what_a_customer_sent_is_never_lost() -> None:
    known = Fieldbook({"hours": HOURS}, {}, {})
    pairs = (("hours", "many"), ("colour", "red"))
    assert fields.opened(pairs, kind="fault", known=known) == {"hours": "many", "colour": "red"}


def test_a_new_ticket_has_the_defaults_of_what_its_form_shows() -> None:
    own = form(Item(USE), Item(replaced(HOURS, default="8"), show=On("use", ("shop",))))
    known = Fieldbook({i.field.code: i.field for i in forms.items(own)}, {"fault": own}, {})
    assert fields.opened((("use", "shop"),), kind="fault", known=known) == {"use": "shop", "hours": 8}
    assert fields.opened((("use", "home"),), kind="fault", known=known) == {"use": "home"}


def replaced(field: Field, **more: Any) -> Field:
    plain = {"code": field.code, "name": field.name, "type": field.type, "choices": field.choices}
    return Field(**plain | more)


def stored(**more: Any) -> Field:
    row = Field.objects.create(**{"code": "cause", "name": "Cause"} | more)
    revisions.bump()
    return row


def test_filling_in_is_told_by_the_ledger(house: House) -> None:
    stored(type="number")
    ticket = factories.ticket(house)
    upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said={"cause": "4"}, now=instants.now())
    assert Ticket.objects.get().fields == {"cause": 4}
    [event] = Event.objects.filter(code=Code.TICKET_CHANGED)
    assert (event.params["field"], event.params["old"], event.params["new"]) == ("field:cause", "", "4")


@pytest.mark.parametrize("said", [{"cause": "four"}, {"other": "4"}])
def test_a_wrong_value_changes_nothing(house: House, said: dict[str, object]) -> None:
    stored(type="number")
    ticket = factories.ticket(house)
    with pytest.raises(Invalid) as refused:
        upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=instants.now())
    assert list(refused.value.fields) == [f"fields.{code}" for code in said]
    assert Ticket.objects.get().fields == {}


def test_what_leads_fill_in_an_agent_does_not(house: House) -> None:
    stored(editors="leads")
    ticket = factories.ticket(house)
    with pytest.raises(Invalid):
        upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said={"cause": "x"}, now=instants.now())
    assert Ticket.objects.get().fields == {}
    upkeep.fill(factories.actor(house.bo), ticket_id=ticket.pk, said={"cause": "x"}, now=instants.now())
    assert Ticket.objects.get().fields == {"cause": "x"}


def test_nobody_fills_in_over_somebody_else(house: House) -> None:
    stored()
    ticket = factories.ticket(house)
    with pytest.raises(Outdated):
        upkeep.fill(
            factories.actor(house.alice), ticket_id=ticket.pk, said={"cause": "x"}, version=ticket.version + 1,
            now=instants.now(),
        )  # fmt: skip


def test_a_retired_field_keeps_its_values_and_takes_no_new_ones(house: House) -> None:
    stored(retired_at=instants.now())
    ticket = factories.ticket(house)
    Ticket.objects.filter(pk=ticket.pk).update(fields={"cause": "wear"})
    fill = {"ticket_id": ticket.pk, "now": instants.now()}
    upkeep.fill(factories.actor(house.alice), said={"cause": "wear"}, **fill)  # as it is
    with pytest.raises(Invalid):
        upkeep.fill(factories.actor(house.alice), said={"cause": "other"}, **fill)
    assert fields.book().form("fault") == ()
    assert fields.book().said("cause", "wear") == "wear"


def test_another_kind_has_another_form_and_loses_nothing(house: House) -> None:
    stored(kinds=["fault"])
    ticket = factories.ticket(house, kind="fault")
    upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said={"cause": "x"}, now=instants.now())
    upkeep.change(factories.actor(house.alice), ticket_id=ticket.pk, facts={"kind": "return"}, now=instants.now())
    assert fields.book().form("return") == ()
    assert Ticket.objects.get().fields == {"cause": "x"}


def test_people_resolve_only_what_is_filled_in(house: House) -> None:
    stored(needed="resolve")
    ticket = factories.ticket(house)
    with pytest.raises(Invalid) as refused:
        closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=instants.now())
    assert refused.value.code == "fields_needed"
    assert Ticket.objects.get().is_open
    upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said={"cause": "x"}, now=instants.now())
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=instants.now())
    assert not Ticket.objects.get().is_open


def test_a_form_is_arranged_by_who_may_and_not_over_another(house: House) -> None:
    field = stored()
    own = form(Item(field))
    with pytest.raises(NotAllowed):
        forms.save(factories.actor(house.alice), kind="fault", sections=own, now=instants.now())
    assert not Form.objects.exists()
    assert forms.save(SYSTEM, kind="fault", sections=own, version=0, now=instants.now()).version == 1
    with pytest.raises(Outdated):
        forms.save(SYSTEM, kind="fault", sections=(), version=0, now=instants.now())
    assert codes(forms.items(forms.of_kind("fault").sections)) == ["cause"]


@pytest.mark.parametrize(
    "own",
    [form(Item(HOURS, show=On("use")), Item(USE)), form(Item(USE), Item(USE)), form(Item(USE, need=On("use")))],
)
def test_a_form_that_makes_no_sense_is_refused(house: House, own: tuple[Section, ...]) -> None:
    with pytest.raises(Invalid):
        forms.save(SYSTEM, kind="fault", sections=own, now=instants.now())
    assert not Form.objects.exists()


def test_fields_move_over_the_edge_of_their_section() -> None:
    two = (Section("A", {}, (Item(USE), Item(HOURS))), Section("B", {}, (Item(WHY),)))
    down = forms.moved(two, "hours", 1)
    assert [codes(s.items) for s in down] == [["use"], ["hours", "why"]]
    assert forms.moved(down, "hours", -1) == two
    assert forms.moved(two, "use", -1) == two
    assert [codes(s.items) for s in forms.without_section(two, 1)] == [["use", "hours", "why"]]


def test_a_field_that_goes_takes_the_conditions_on_it_along() -> None:
    left = forms.without(CHAIN, "use")
    assert [(i.field.code, i.show) for i in forms.items(left)] == [("hours", None), ("why", On("hours"))]
    assert replace(CHAIN[0], items=()).items == ()
