"""Does a new link go to its owner only, and does nobody learn who asked us?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import House
from tests.portal.conftest import AWAY, counts
from yingnuo.channels.models import Delivery
from yingnuo.kit import instants
from yingnuo.portal import limits
from yingnuo.portal.models import Use
from yingnuo.tickets.models import Message, Ticket

FIND = "/portal/find/"


def test_the_owner_gets_his_link_by_mail(client: Client, ticket: Ticket) -> None:
    Delivery.objects.all().delete()
    client.post(FIND, {"email": "CHEN@harbour.example ", "number": ticket.number})
    assert Delivery.objects.get().to == "chen@harbour.example"
    assert Message.objects.latest("id").author == "system"


@pytest.mark.parametrize(
    "asked", [{"email": "wang@example.com"}, {"number": "YN-999999999"}, {"email": "nobody@example.com"}]
)
def test_others_get_nothing_and_the_same_sentence(client: Client, ticket: Ticket, asked: dict[str, str]) -> None:
    right = {"email": "chen@harbour.example", "number": ticket.number}
    good = client.post(FIND, right)
    before, queued = counts(), Delivery.objects.count()
    wrong = client.post(FIND, right | asked)
    assert (counts(), Delivery.objects.count()) == (before, queued)
    assert _main(wrong.content) == _main(good.content)


def _main(page: bytes) -> bytes:
    return page.split(b"<main")[1].split(b"</main")[0]


@pytest.mark.parametrize("number", ["", "abc", "1; DROP TABLE", "9" * 40, "١٢", "-1", "\x00"])
def test_a_wrong_number_is_said(client: Client, house: House, number: str) -> None:
    assert client.post(FIND, {"email": "chen@harbour.example", "number": number}).status_code in (200, 422)
    assert Message.objects.count() == 0


def test_three_links_an_hour_for_one_address(client: Client, ticket: Ticket) -> None:
    right = {"email": "chen@harbour.example", "number": ticket.number}
    for _ in range(3):
        client.post(FIND, right)
    before = counts()
    assert client.post(FIND, right).status_code == 429
    assert counts() == before


def test_guessing_numbers_ends_soon(client: Client, ticket: Ticket) -> None:
    tries = [
        client.post(FIND, {"email": f"a{n}@example.com", "number": str(n + 1)}, REMOTE_ADDR=AWAY).status_code
        for n in range(11)
    ]
    assert tries == [200] * 10 + [429]


def test_counts_hold_no_address_and_go_after_a_day(house: House) -> None:
    now = instants.now()
    limits.count(limits.LINK_HERE, AWAY, now=now - limits.KEPT * 2)
    limits.count(limits.LINK_HERE, AWAY, now=now)
    kept = Use.objects.get()
    assert AWAY not in kept.key
    assert now - kept.starts_at < limits.KEPT


def test_neighbours_in_one_ipv6_network_count_together(house: House) -> None:
    class Request:
        def __init__(self, address: str) -> None:
            self.META = {"REMOTE_ADDR": address}

    of = lambda address: limits.address_of(Request(address))  # type: ignore[arg-type]  # noqa: E731
    assert of("2001:db8::1") == of("2001:db8::ffff") == "2001:db8::/64"
    assert of("127.0.0.1") == of("") == of("nonsense") == ""
