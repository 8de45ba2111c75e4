"""Search, wall, simulator, rail: do they show what is so, to those who may see it?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.channels.models import Simulated
from yingnuo.kit import instants


def test_a_number_leads_straight_to_its_ticket(house: House, alice: Client, dee: Client) -> None:
    ticket = factories.ticket(house)
    assert alice.get("/search", {"q": f"YN-{ticket.pk}"})["Location"] == f"/tickets/{ticket.pk}/"
    assert dee.get("/search", {"q": f"YN-{ticket.pk}"}).status_code == 200


def test_words_find_tickets_and_customers_in_sight(house: House, alice: Client, dee: Client) -> None:
    ticket = factories.ticket(house, subject="Chen's dryer")
    text = alice.get("/search", {"q": "chen"}).content.decode()
    assert f"YN-{ticket.pk}" in text
    assert "chen@harbour.example" in alice.get("/search", {"q": "chen", "tab": "customers"}).content.decode()
    assert f"YN-{ticket.pk}" not in dee.get("/search", {"q": "chen"}).content.decode()


@pytest.mark.parametrize("words", ["", "'", "& | !", "yn-", "%", "🙂"])
def test_any_words_can_be_searched(house: House, alice: Client, words: str) -> None:
    assert alice.get("/search", {"q": words}).status_code == 200
    assert alice.get("/tickets/", {"q": words}).status_code == 200


def test_a_nul_is_refused_everywhere(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert alice.get("/search", {"q": "a\x00"}).status_code == 422
    assert alice.post(f"/tickets/{ticket.pk}/say", {"side": "note", "text": "a\x00"}).status_code == 422


def test_the_wall_counts_by_team(house: House, bo: Client) -> None:
    now = instants.now()
    factories.ticket(house, urgency="urgent", at=now - timedelta(hours=1))
    factories.ticket(house, agent=house.alice)
    text = bo.get("/wall/").content.decode()
    assert "Front line" in text
    assert f'/tickets/?scope=all&amp;state=overdue&amp;team={house.front.pk}">1</a>' in text
    assert "Strangers" not in text


def test_the_wall_is_for_leads(house: House, alice: Client) -> None:
    assert alice.get("/wall/").status_code == 403


def test_the_simulator_shows_what_went_out(house: House, root: Client, alice: Client) -> None:
    Simulated.objects.create(way="sms", key="k", to="+86139", text="<b>Hurry</b>", at=instants.now())
    assert b"&lt;b&gt;Hurry" in root.get("/simulator/").content
    assert b"Hurry" not in root.get("/simulator/?way=mail").content
    assert alice.get("/simulator/").status_code == 403


def test_the_rail_offers_what_its_reader_may_open(house: House, alice: Client, root: Client) -> None:
    agents, all_of_it = alice.get("/tickets/").content, root.get("/tickets/").content
    assert b'href="/wall/"' not in agents
    assert b'href="/customers/"' in agents
    assert b'href="/wall/"' in all_of_it
