"""Can a program see what waits, give it out, move load, and is it asked for the note that people are asked for?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.api.conftest import Program, program
from tests.factories import House
from yingnuo.kit import revisions
from yingnuo.people.models import Staff, Team
from yingnuo.routing.models import Handoff, Suggestion
from yingnuo.tickets.models import Ticket


@pytest.fixture
def house(db: None) -> House:
    """The company, with Alice online."""
    found = factories.house()
    Staff.objects.filter(pk=found.alice.pk).update(presence="online")
    return found


@pytest.fixture
def asks(house: House) -> Program:
    """A program with every scope."""
    return program()


def _waiting(house: House) -> Ticket:
    ticket = factories.ticket(house, agent=house.alice)
    Ticket.objects.filter(pk=ticket.pk).update(agent=None)
    return ticket


def test_what_waits_comes_with_a_suggestion_and_is_given_out(house: House, asks: Program) -> None:
    ticket = _waiting(house)
    [item] = asks.get("/dispatch/waiting?team=front").json()["items"]
    assert (item["ticket"], item["suggested"]["username"]) == (ticket.pk, "alice")
    given = asks.ask("POST", f"/tickets/{ticket.pk}/give", {"agent": "alice", "suggested": "alice"})
    assert given.json()["agent"]["username"] == "alice"
    assert Suggestion.objects.get().suggested_id == house.alice.pk


def test_without_the_scope_nothing_is_given_out(house: House) -> None:
    ticket = _waiting(house)
    refused = program("ticket.view").ask("POST", f"/tickets/{ticket.pk}/give", {"agent": "alice"})
    assert refused.status_code == 403
    assert Ticket.objects.get(pk=ticket.pk).agent_id is None


def test_a_hand_off_note_is_asked_for_here_too(house: House, asks: Program) -> None:
    Team.objects.filter(pk=house.technicians.pk).update(asks_note=True)
    revisions.bump()
    ticket = factories.ticket(house)
    refused = asks.ask("POST", f"/tickets/{ticket.pk}/assign", {"team": "technicians"})
    assert (refused.status_code, refused.json()["code"]) == (422, "note_needed")
    assert Ticket.objects.get(pk=ticket.pk).team_id == house.front.pk
    note = {"tried": "Reset it.", "wanted": "The pump."}
    assert asks.ask("POST", f"/tickets/{ticket.pk}/assign", {"team": "technicians", "note": note}).status_code == 200
    assert Handoff.objects.count() == 1


def test_load_moves_to_another_and_a_deputys_goes_back(house: House, asks: Program) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    moved = asks.ask("POST", "/dispatch/balance", {"source": "alice", "target": "mia", "most": 1})
    assert moved.json() == {"tickets": [ticket.pk]}
    assert asks.ask("POST", "/staff/mia/stand-in", {"deputy": "alice"}).json() == {"tickets": [ticket.pk]}
    assert asks.ask("POST", "/staff/mia/give-back").json() == {"tickets": [ticket.pk]}
    assert Ticket.objects.get().agent_id == house.mia.pk


def test_presence_has_reasons_and_times(house: House, asks: Program) -> None:
    assert "training" in [row["code"] for row in asks.get("/presence-reasons").json()["items"]]
    body = {"presence": "away", "reason": "training"}
    assert asks.ask("PUT", "/staff/bo/presence", body).json()["reason"] == "training"
    assert asks.get("/staff/bo/presence-times").json()["items"][0]["reason"] == "training"
    assert asks.ask("PUT", "/staff/bo/presence", {"presence": "online", "reason": "training"}).status_code == 422
    assert asks.get("/staff/nobody/presence-times").status_code == 404


def test_where_something_would_go_is_explained(house: House, asks: Program) -> None:
    said = asks.ask("POST", "/dispatch/explain", {"text": "It leaks"}).json()
    assert (said["team"], said["agent"]["username"]) == ("front", "alice")
    assert [(r["name"], r["verdict"]) for r in said["rules"]] == [("All to the front", "team")]
    assert not Ticket.objects.exists()
