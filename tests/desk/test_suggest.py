"""What is offered while somebody types?"""

from __future__ import annotations

from django.test import Client

from tests import factories
from tests.factories import House


def offered(client: Client, text: str) -> str:
    return client.get("/search/suggest", {"q": text}).content.decode()


COMPLETED = [
    ("sta", "status:"), ("E3 客", "E3 客户:"), ("status:wai", "status:waiting "), ("-is:", "-is:overdue "),
    ("agent:bo", "agent:Bo "), ("team:front", 'team:&quot;Front line&quot; '), ("after:", "after:7d "),
]  # fmt: skip


def test_operators_and_values_complete_the_line(house: House, alice: Client) -> None:
    for typed, fill in COMPLETED:
        assert f'data-fill="{fill}"' in offered(alice, typed), typed


def test_recent_searches_come_first(house: House, alice: Client) -> None:
    alice.get("/search", {"q": "pump in the cellar"})
    assert 'data-fill="pump in the cellar" data-go' in offered(alice, "pump")


def test_best_hits_lead_to_tickets_and_customers_in_sight(house: House, alice: Client, dee: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert f'data-href="/tickets/{ticket.pk}/"' in offered(alice, "machine")
    assert f'data-href="/customers/{house.chen.pk}/"' in offered(alice, "chen")
    assert f'data-href="/tickets/{ticket.pk}/"' not in offered(dee, "machine")


def test_strangers_to_the_desk_are_sent_to_sign_in(house: House, client: Client) -> None:
    assert client.get("/search/suggest", {"q": "a"})["Location"].startswith("/login/")
