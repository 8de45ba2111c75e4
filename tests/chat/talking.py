"""A site, a visitor and a chat for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.test import Client

from tests.factories import House
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.chat import services, sites
from yingnuo.chat.models import Chat, Visitor
from yingnuo.chat.services import Told
from yingnuo.chat.sites import Site
from yingnuo.journey import chatting
from yingnuo.journey.chatting import Words
from yingnuo.kit import revisions, secrets
from yingnuo.people.models import Staff

ORIGIN = "https://shop.example"
SECRET = "a-secret-of-the-shop"


def site(**more: Any) -> Site:
    """The shop, whose chats the front team takes."""
    settings = {"origins": [ORIGIN], "team": "front", **more}
    row = Channel.objects.create(
        code="shop", name="Shop", kind=ChannelKind.CHAT, settings=settings, secret=secrets.seal(SECRET)
    )
    revisions.bump()
    return sites.of(row)


def online(*people: Staff) -> None:
    """These take chats."""
    Staff.objects.filter(pk__in=[p.pk for p in people]).update(presence="online")


def visitor(site: Site, *, now: datetime, name: str = "Chen") -> Visitor:
    """A browser."""
    return services.new_visitor(site.channel, Told("en", f"{ORIGIN}/washer", name), now=now)


def says(site: Site, visitor: Visitor, text: str = "It shows E3.", *, now: datetime, key: str = "") -> Chat:
    """His words, taken in."""
    return chatting.say(site, visitor, words=Words(key or text, text), now=now).chat


@dataclass(frozen=True, slots=True)
class Browser:
    """The widget's side of the doors."""

    client: Client
    origin: str = ORIGIN

    def post(self, name: str, said: Any = None, *, status: int = 200, **more: Any) -> Any:
        """One call; its JSON."""
        body = said if isinstance(said, str | bytes) else json.dumps(said or {})
        headers = {"origin": self.origin} if self.origin else {}
        answer = self.client.post(f"/chat/shop/{name}", body, content_type="application/json", headers=headers, **more)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else {}

    def token(self) -> str:
        """The token of a new visitor."""
        return str(self.post("hello", {"start": True, "lang": "en"})["token"])


def free(house: House) -> None:
    """Alice alone takes chats."""
    online(house.alice)
