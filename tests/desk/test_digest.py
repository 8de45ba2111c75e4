"""How does a member of staff choose the mail of the morning, and see it before?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.alerts.models import DigestWish


def test_it_is_chosen_on_ones_own_page(alice: Client, house: House) -> None:
    assert 'action="/me/digest"' in alice.get("/me/").content.decode()
    assert alice.post("/me/digest", {"rhythm": "daily", "hour": "7"}).status_code == 302
    wish = DigestWish.objects.get(staff=house.alice)
    assert (wish.rhythm, wish.hour) == ("daily", 7)


@pytest.mark.parametrize("wrong", [{"rhythm": "hourly", "hour": "7"}, {"rhythm": "daily", "hour": "24"}, {}])
def test_what_is_not_on_the_list_is_refused(alice: Client, wrong: dict[str, str]) -> None:
    assert alice.post("/me/digest", wrong).status_code == 422
    assert not DigestWish.objects.exists()


def test_a_preview_shows_ones_own(alice: Client, dee: Client, house: House) -> None:
    assert "no mail would come" in alice.get("/me/digest/preview").content.decode()
    factories.ticket(house, subject="Loud noise", agent=house.alice)
    assert "Loud noise" in alice.get("/me/digest/preview").content.decode()
    assert "Loud noise" not in dee.get("/me/digest/preview").content.decode()


def test_a_stranger_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/me/digest/preview").status_code == 302
    assert client.post("/me/digest", {"rhythm": "daily", "hour": "7"}).status_code == 302
