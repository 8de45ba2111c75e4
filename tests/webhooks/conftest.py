"""Who hears of what happens in these tests? A receiver on this machine that checks signatures as any program would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings
from standardwebhooks.webhooks import Webhook

from tests import factories
from tests.channels.provider import Asked, Provider, Says, serving
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.ledger.settled import Settling
from yingnuo.webhooks import deliver, fanout, services
from yingnuo.webhooks.models import Endpoint
from yingnuo.webhooks.services import Facts


class Receiver:
    """An endpoint, its secret, and what came to it."""

    def __init__(self, provider: Provider, house: House) -> None:
        self.provider, self.house = provider, house
        self.root = factories.actor(house.root)
        provider.on("/", {"ok": True})

    def listen(self, *events: str, path: str = "/hook") -> Endpoint:
        """A new endpoint at this path."""
        facts = Facts("ERP", self.provider.url + path, events or ("*",))
        row, self.secret = services.create(self.root, facts=facts, now=instants.now())
        return row

    def answers(self, status: int, **headers: str) -> None:
        """What the receiver answers from now on."""
        self.provider.on("/", Says({}, status, {k.replace("_", "-"): v for k, v in headers.items()}))

    @property
    def came(self) -> list[Asked]:
        """Every call."""
        return self.provider.asked

    @property
    def types(self) -> list[str]:
        """The types of the calls, in order."""
        return [asked.json["type"] for asked in self.came]

    def checked(self, asked: Asked, secret: str = "") -> Any:
        """The body of a call whose signature holds."""
        return Webhook(secret or self.secret).verify(asked.body, asked.headers)


def read_on() -> None:
    """Turns all that happened into deliveries."""
    settling = Settling()
    while fanout.fan_out(settling.look()):
        pass


def send(most: int = deliver.BATCH) -> int:
    """Sends what may go now, until nothing more may; how many claims."""
    claims = 0
    while True:
        found = [c for pk in deliver.due(now=instants.now()) if (c := deliver.claim(pk, now=instants.now(), most=most))]
        if not found:
            return claims
        claims += len(found)
        for taken in found:
            deliver.deliver(taken)


def happen() -> None:
    """Reads on and sends."""
    read_on()
    send()


@pytest.fixture
def house(db: None) -> House:
    """The company of the tests."""
    return factories.house()


@pytest.fixture
def receiver(house: House, settings: Settings) -> Iterator[Receiver]:
    """A receiver on the loopback, which an administrator has vouched for."""
    settings.YINGNUO = replace(settings.YINGNUO, inner_hosts=("127.0.0.1",))
    with serving(Provider()) as provider:
        yield Receiver(provider, house)
