"""Do the steps of an operating rule hold a ticket to it?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.checklists import services
from yingnuo.checklists.models import Checklist, Tick
from yingnuo.checklists.services import Facts
from yingnuo.journey import closing, steps
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event
from yingnuo.tickets.models import Ticket

STEPS = "* 核对序列号 | Check the serial number\n拍照 | Take photos"


@pytest.fixture
def house(db: None) -> House:
    """The company of the tests."""
    return factories.house()


@pytest.fixture
def alice(house: House) -> Client:
    """Alice's browser."""
    return factories.sign_in(Client(), house.alice)


def _list(house: House, **more: object) -> Checklist:
    facts = Facts(**({"name": "Fault", "steps": STEPS, "strictness": "refuse"} | more))  # type: ignore[arg-type]
    return services.save(factories.actor(house.root), pk=None, facts=facts, now=instants.now())


def _tick(house: House, ticket: Ticket, row: Checklist, *, key: int = 1, done: bool = True) -> None:
    actor = factories.actor(house.alice)
    steps.tick(actor, ticket_id=ticket.pk, rule=row.pk, key=key, done=done, now=instants.now())


pytestmark = pytest.mark.django_db(transaction=True)


def test_solving_is_refused_until_the_required_step_is_done(house: House) -> None:
    row, ticket, alice = _list(house), factories.ticket(house, agent=house.alice), factories.actor(house.alice)
    with pytest.raises(Conflict) as refused:
        closing.resolve(alice, ticket_id=ticket.pk, now=instants.now())
    assert refused.value.code == "steps_open"
    assert Ticket.objects.get(pk=ticket.pk).is_open
    _tick(house, ticket, row)
    closing.resolve(alice, ticket_id=ticket.pk, now=instants.now())
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"


def test_a_list_that_asks_first_refuses_nothing(house: House) -> None:
    _list(house, strictness="warn")
    ticket = factories.ticket(house, agent=house.alice)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=instants.now())
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"


def test_a_tick_says_who_and_when_and_is_taken_back(house: House) -> None:
    row, ticket = _list(house), factories.ticket(house, agent=house.alice)
    _tick(house, ticket, row)
    _tick(house, ticket, row)
    assert Tick.objects.get().staff == house.alice
    _tick(house, ticket, row, done=False)
    assert not Tick.objects.exists()
    told = Event.objects.filter(ticket_id=ticket.pk, code__startswith="step.").order_by("id")
    assert list(told.values_list("code", flat=True)) == ["step.done", "step.undone"]


def test_the_nearest_list_counts(house: House) -> None:
    _list(house, name="All", strictness="warn")
    near = _list(house, name="Complaints", kinds=("complaint",))
    ticket = factories.ticket(house, kind="complaint", agent=house.alice)
    rule, lacking = services.still_open(ticket)
    assert (rule.id if rule else 0, len(lacking)) == (near.pk, 1)


def test_a_step_keeps_its_tick_when_others_come_before_it(house: House) -> None:
    row, ticket = _list(house), factories.ticket(house, agent=house.alice)
    _tick(house, ticket, row)
    facts = Facts(name="Fault", steps=f"* 先断电 | Power off\n{STEPS}")
    saved = services.save(factories.actor(house.root), pk=row.pk, facts=facts, now=instants.now())
    assert [(s["key"], s["en"]) for s in saved.steps][:2] == [(3, "Power off"), (1, "Check the serial number")]
    assert Tick.objects.get().key == 1


def test_strangers_and_agents_change_nothing(house: House) -> None:
    row, ticket = _list(house), factories.ticket(house, agent=house.alice)
    with pytest.raises(NotFound):
        steps.tick(
            factories.actor(house.dee), ticket_id=ticket.pk, rule=row.pk, key=1, done=True, now=instants.now()
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        services.save(factories.actor(house.alice), pk=row.pk, facts=Facts("x", steps="y"), now=instants.now())
    with pytest.raises(Conflict):
        _tick(house, ticket, row, key=9)
    assert not Tick.objects.exists()
    assert Checklist.objects.get().name == "Fault"


@pytest.mark.parametrize("text", ["", "*", "a" * 121, "\n".join(map(str, range(41)))])
def test_steps_that_cannot_be_read_are_refused(house: House, text: str) -> None:
    with pytest.raises(Invalid):
        _list(house, steps=text)
    assert not Checklist.objects.exists()


def test_the_settings_and_the_ticket_show_it(house: House, alice: Client) -> None:
    root = factories.sign_in(Client(), house.root)
    said = {"name": "Fault", "steps": STEPS, "strictness": "warn", "active": "on"}
    assert root.post("/settings/checklists/new", said).status_code == 302
    row, ticket = Checklist.objects.get(), factories.ticket(house, agent=house.alice)
    assert "Check the serial number" in root.get("/settings/checklists/").content.decode()
    assert "* 核对序列号" in root.get(f"/settings/checklists/{row.pk}/").content.decode()
    page = alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Check the serial number" in page
    assert "0 of 2" in page
    assert alice.post(f"/tickets/{ticket.pk}/steps", {"rule": row.pk, "key": 1, "done": "1"}).status_code == 302
    assert "1 of 2" in alice.get(f"/tickets/{ticket.pk}/").content.decode()
