"""Is it easy to say that two customers are one, and to undo it?"""

from __future__ import annotations

from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.people.models import Joining


def _join(client: Client, house: House, **other: str) -> int:
    data = {"other": str(house.wang.pk), "evidence": "checked", **other}
    return client.post(f"/customers/{house.chen.pk}/join", data).status_code


def test_suggested_and_searched_customers_are_shown(house: House, alice: Client) -> None:
    factories.customer("C. Li", email="li@home.example", phone=house.chen.phone)
    page = alice.get(f"/customers/{house.chen.pk}/join?q=Wang").content.decode()
    assert "C. Li" in page
    assert "Same phone number" in page
    assert "wang@example.com" in page
    assert house.chen.phone not in page


def test_what_he_brings_along_is_shown_before(house: House, alice: Client) -> None:
    factories.ticket(house, contact=house.wang)
    page = alice.get(f"/customers/{house.chen.pk}/join?other={house.wang.pk}").content.decode()
    assert "1 ticket" in page
    assert "How do you know?" in page


def test_joined_and_taken_apart(house: House, alice: Client) -> None:
    assert _join(alice, house) == 302
    page = alice.get(f"/customers/{house.chen.pk}/").content.decode()
    assert "wang@example.com" in page
    assert alice.get(f"/customers/{house.wang.pk}/").headers["Location"].endswith(f"/customers/{house.chen.pk}/")
    alice.post(f"/customers/joined/{Joining.objects.get().pk}/undo")
    assert alice.get(f"/customers/{house.wang.pk}/").status_code == 200


def test_without_a_reason_nothing_happens(house: House, alice: Client) -> None:
    assert _join(alice, house, evidence="") == 422
    assert not Joining.objects.exists()


def test_partners_join_nobody(house: House) -> None:
    partner = factories.sign_in(Client(), factories.staff("pat", role="partner", team=house.front))
    assert _join(partner, house) == 403
    assert not Joining.objects.exists()
