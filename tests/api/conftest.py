"""What does every test of the API begin with? The default standard and a token with every scope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from yingnuo.api.limits import window
from yingnuo.kit import instants, revisions
from yingnuo.people import services as people
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import standards, versions

BASE = "/api/v1"


@dataclass(frozen=True, slots=True)
class Program:
    """A program with a token; answers are Django's test responses."""

    bearer: str
    language: str = "en"

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """One request; a body that is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        names = {"Authorization": f"Bearer {self.bearer}", "Accept-Language": self.language}
        names |= {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(raise_request_exception=False).generic(
            method, f"{BASE}{path}", content, content_type="application/json", headers=names
        )

    def get(self, path: str) -> Any:
        """GET."""
        return self.ask("GET", path)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        """POST."""
        return self.ask("POST", path, body, **headers)

    def opened(self, **more: object) -> Any:
        """A ticket as the API tells it."""
        response = self.post("/tickets", {**TICKET, **more})
        assert response.status_code == 201, response.content
        return response.json()


TICKET: dict[str, object] = {
    "subject": "Press stops",
    "text": "The press stops after ten minutes.",
    "contact": {"name": "Chen", "email": "chen@customer.example"},
    "urgency": "urgent",
}


def program(*scopes: str) -> Program:
    """A program whose token has these scopes; without any, all of them."""
    _row, bearer = people.issue_token(SYSTEM, name="Program", scopes=scopes or people.API_SCOPES, now=instants.now())
    return Program(bearer)


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """No test pays for the requests of another."""
    window.forget()
    yield
    window.forget()


@pytest.fixture
def standard(db: None) -> Iterator[None]:
    """The default policy and calendars."""
    revisions.forget()
    standards.forget()
    versions.install_pack(SYSTEM, now=instants.now())
    yield
    revisions.forget()
    standards.forget()


@pytest.fixture
def chen(standard: None) -> Program:
    """A program that may do everything."""
    return program()
