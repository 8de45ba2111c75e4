"""Who gets in, who does not, and where does the day begin?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people import organisation
from yingnuo.people.models import Presence
from yingnuo.people.roles import SYSTEM


def _post(client: Client, password: str = factories.PASSWORD, **more: str) -> int:
    return client.post("/login/", {"username": "alice", "password": password, **more}).status_code


def test_alice_signs_in_and_it_is_in_the_ledger(house: House, client: Client) -> None:
    answer = client.post("/login/", {"username": "Alice", "password": factories.PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert Event.objects.filter(code=Code.SIGNED_IN, actor_id=house.alice.pk).count() == 1
    assert client.get("/")["Location"] == "/tickets/"


def test_a_wrong_password_says_so_and_opens_nothing(house: House, client: Client) -> None:
    answer = client.post("/login/", {"username": "alice", "password": "wrong"})
    assert answer.status_code == 422
    assert b"do not match" in answer.content
    assert client.get("/tickets/").status_code == 302


def test_who_left_the_house_does_not_get_in(house: House, client: Client) -> None:
    type(house.alice).objects.filter(pk=house.alice.pk).update(active=False)
    assert _post(client) == 422


def test_too_many_failures_lock_in_the_readers_language(house: House, client: Client, settings: Settings) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        _post(client, "wrong")
    answer = client.post("/login/", {"username": "alice", "password": factories.PASSWORD})
    assert answer.status_code == 429
    assert b"Too many failed attempts" in answer.content


@pytest.mark.parametrize("wish", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leads_elsewhere(house: House, client: Client, wish: str) -> None:
    answer = client.post("/login/", {"username": "alice", "password": factories.PASSWORD, "next": wish})
    assert answer["Location"] == "/"


def test_the_way_back_leads_to_the_page_asked_for(house: House, client: Client) -> None:
    asked = client.get("/tickets/?state=overdue")["Location"]
    assert asked == "/login/?next=%2Ftickets%2F%3Fstate%3Doverdue"
    answer = client.post(
        "/login/", {"username": "alice", "password": factories.PASSWORD, "next": "/tickets/?state=overdue"}
    )
    assert answer["Location"] == "/tickets/?state=overdue"


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(house: House, client: Client) -> None:
    answer = client.get("/notices/bell", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/tickets/"})
    assert answer["HX-Redirect"].startswith("/login/?next=")


def test_signing_out_needs_a_post_and_takes_no_more_tickets(house: House, alice: Client) -> None:
    alice.post("/presence/", {"presence": "online"})
    assert alice.get("/logout/").status_code == 405
    assert alice.post("/logout/").status_code == 302
    house.alice.refresh_from_db()
    assert house.alice.presence == Presence.OFFLINE
    assert alice.get("/tickets/").status_code == 302


def test_every_post_needs_its_token(house: House) -> None:
    strict = factories.sign_in(Client(enforce_csrf_checks=True), house.alice)
    ticket = factories.ticket(house, agent=house.alice)
    for address in ("/tickets/bulk", f"/tickets/{ticket.pk}/resolve", f"/tickets/{ticket.pk}/say", "/tickets/new",
                    "/tickets/new/preview", "/presence/", "/notices/1/ack", f"/customers/{house.chen.pk}/",
                    f"/customers/{house.chen.pk}/phone", "/logout/", "/login/"):  # fmt: skip
        assert strict.post(address, {"do": "resolve", "ids": ticket.pk, "text": "hi"}).status_code == 403, address
    ticket.refresh_from_db()
    assert ticket.is_open


def test_presence_is_kept_and_nonsense_refused(house: House, alice: Client) -> None:
    assert alice.post("/presence/", {"presence": "busy"}).status_code == 302
    assert alice.post("/presence/", {"presence": "asleep"}).status_code == 422
    house.alice.refresh_from_db()
    assert house.alice.presence == Presence.BUSY


def _signed_in(client: Client) -> Client:
    client.post("/login/", {"username": "alice", "password": factories.PASSWORD})
    assert client.get("/tickets/").status_code == 200
    return client


def test_an_account_that_is_switched_off_is_out_at_its_next_page(house: House, client: Client) -> None:
    _signed_in(client)
    type(house.alice).objects.filter(pk=house.alice.pk).update(active=False)
    assert client.get("/tickets/").status_code == 302


def test_another_password_ends_every_session(house: House, client: Client) -> None:
    _signed_in(client)
    house.alice.set_password("another-correct-horse")
    house.alice.save(update_fields=["password"])
    assert client.get("/tickets/").status_code == 302


@pytest.mark.parametrize("what", ["ended", "run out"])
def test_a_session_that_is_over_is_over_at_once(house: House, client: Client, what: str) -> None:
    _signed_in(client)
    if what == "ended":
        Session.objects.all().delete()
    else:
        Session.objects.update(expire_date=instants.now())
    assert client.get("/tickets/").status_code == 302


def test_the_team_somebody_helps_in_is_seen_from_the_next_page_on(house: House, client: Client) -> None:
    ticket = factories.ticket(house, team=house.strangers)
    _signed_in(client)
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 404
    facts = organisation.StaffFacts(name="Alice", team_id=house.front.pk, more_teams=(house.strangers.pk,))
    organisation.save_person(SYSTEM, pk=house.alice.pk, facts=facts, now=instants.now())
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 200
    organisation.save_person(SYSTEM, pk=house.alice.pk, facts=replace(facts, more_teams=()), now=instants.now())
    assert client.get(f"/tickets/{ticket.pk}/").status_code == 404
