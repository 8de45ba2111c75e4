"""What does every test of the customers' API begin with? The company, its app, and Chen who uses it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.api.customer.sessions import window
from yingnuo.api.customer.tickets import ASKS
from yingnuo.customer_apps import services
from yingnuo.customer_apps.models import App
from yingnuo.customer_apps.services import AppFacts
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM

BASE = "/api/customer/v1"


def b64(data: bytes) -> str:
    """As JWT writes bytes."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Shop:
    """The company's app as its own server knows it."""

    app: App
    kid: str
    secret: str

    def claims(self, subject: str = "u-chen", **more: Any) -> dict[str, Any]:
        """What the server says of a user."""
        now = instants.now()
        known = {
            "sub": subject, "aud": self.app.code, "jti": uuid.uuid4().hex, "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()), "name": "Chen", "locale": "en",
        }  # fmt: skip
        return known | more

    def signed(self, claims: dict[str, Any], **head: Any) -> str:
        """The claims, signed with the shared secret; `head` changes the header."""
        header = {"alg": "HS256", "typ": "JWT", "kid": self.kid} | head
        first = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{first}.{b64(hmac.new(self.secret.encode(), first.encode(), hashlib.sha256).digest())}"

    def user(self, subject: str = "u-chen", **more: Any) -> User:
        """A user with a session."""
        response = User("").post("/session", {"identity": self.signed(self.claims(subject, **more))})
        assert response.status_code == 201, response.content
        return User(response.json()["token"])


@dataclass(frozen=True, slots=True)
class User:
    """The app on a user's phone."""

    session: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """One request; a body is sent as JSON."""
        content = b"" if body is None else json.dumps(body).encode()
        names = {"Authorization": f"Bearer {self.session}", "Accept-Language": "en"}
        names |= {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(raise_request_exception=False).generic(
            method, f"{BASE}{path}", content, content_type="application/json", headers=names
        )

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        """POST."""
        return self.ask("POST", path, body, **headers)

    def asked(self, **more: object) -> Any:
        """A request as the app tells it."""
        response = self.post("/tickets", {"text": "It shows E3 and stops.", "subject": "E3", **more})
        assert response.status_code == 201, response.content
        return response.json()


@pytest.fixture(autouse=True)
def fresh_user_limits() -> None:
    """No test pays for the requests of another."""
    for one in (window, ASKS):
        one.forget()


@pytest.fixture
def house(db: None) -> House:
    """The company."""
    return factories.house()


@pytest.fixture
def shop(house: House) -> Shop:
    """Its app with a shared secret."""
    now = instants.now()
    app = services.save(SYSTEM, pk=None, facts=AppFacts("shop", "Shop", ("https://shop.example",)), now=now)
    key, secret = services.add_key(SYSTEM, app=app.pk, algorithm="HS256", now=now)
    return Shop(app, key.kid, secret)


@pytest.fixture
def chen(shop: Shop) -> User:
    """Chen, whose mail address the app has checked."""
    return shop.user(email="chen@harbour.example", email_verified=True)
