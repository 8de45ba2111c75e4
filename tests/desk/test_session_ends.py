"""What does the server tell a page whose session has ended, or that came with an older token?"""

from __future__ import annotations

from django.test import Client

from tests import factories
from tests.factories import House

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/tickets/1/"}


def test_who_sends_by_htmx_without_a_session_stays_on_his_page(client: Client, house: House) -> None:
    answer = client.post("/tickets/1/say", {"text": "typed"}, headers=HTMX)
    assert (answer.status_code, answer["Yn-Session"]) == (401, "out")
    assert "HX-Redirect" not in answer


def test_an_older_token_is_told_apart(house: House) -> None:
    client = factories.sign_in(Client(enforce_csrf_checks=True), house.alice)
    answer = client.post("/tickets/1/say", {"text": "typed"}, headers=HTMX)
    assert (answer.status_code, answer["Yn-Session"]) == (403, "stale")
    assert "too old" in client.post("/tickets/1/say", {"text": "typed"}).content.decode()


def test_the_new_token_is_given_to_whoever_is_signed_in(client: Client, alice: Client, house: House) -> None:
    assert client.get("/reader/session").json() == {"person": "", "token": ""}
    told = alice.get("/reader/session").json()
    assert told["person"] == str(house.alice.pk)
    assert len(told["token"]) == 64


def test_only_a_form_that_was_taken_is_said_to_be(alice: Client, client: Client, house: House) -> None:
    mine = {"language": "en", "time_zone": "Asia/Taipei", "theme": "dark", "density": "compact", "start": ""}
    assert alice.post("/me/", mine).cookies["yn_taken"].value == "%2Fme%2F"
    assert "yn_taken" not in alice.post("/me/", {**mine, "language": "xx"}).cookies
    assert "yn_taken" not in client.post("/me/", mine).cookies
