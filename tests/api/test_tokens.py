"""Is a token judged rightly: unknown, revoked, expired, too eager?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.conftest import Program, program
from tests.house.places import ROOT
from yingnuo.api import tokens
from yingnuo.api.limits import Window, window
from yingnuo.desk.settings import scopes
from yingnuo.kit import instants
from yingnuo.people import services as people
from yingnuo.people.models import ApiToken


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic abc", "Bearer \u00e9"])
def test_without_a_valid_token_everything_is_401(standard: None, header: str) -> None:
    response = Program("x").ask("GET", "/me", Authorization=header)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_token_that_ended_is_401(chen: Program, field: str) -> None:
    ApiToken.objects.update(**{field: instants.now()})
    assert chen.get("/me").status_code == 401


def test_last_use_is_written_at_most_once_a_minute(chen: Program) -> None:
    chen.get("/me")
    first = ApiToken.objects.get().last_used_at
    chen.get("/me")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=instants.now() - tokens.USED_EVERY)
    chen.get("/me")
    assert ApiToken.objects.get().last_used_at > first


def test_a_token_that_asks_too_often_waits(chen: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "most", 2)
    assert [chen.get("/me").status_code for _ in range(3)] == [200, 200, 429]
    response = chen.get("/me")
    assert response.json()["code"] == "rate_limited"
    assert 1 <= int(response["Retry-After"]) <= 60
    assert program().get("/me").status_code == 200


def test_the_window_slides() -> None:
    seen = Window(most=10)
    assert [seen.wait(1, 0.0) for _ in range(11)] == [0] * 10 + [60]
    assert seen.wait(1, 60.0) > 0  # the last minute still counts in full
    assert seen.wait(1, 90.0) == 0  # half of it has slid out
    assert seen.wait(1, 300.0) == 0


def test_waiting_as_told_is_enough() -> None:
    seen = Window(most=10)
    for second in range(10):
        seen.wait(1, float(second))
    wait = seen.wait(1, 20.0)
    assert seen.wait(1, 20.0 + wait + 60) == 0


def test_an_expiry_to_come_does_no_harm(chen: Program) -> None:
    ApiToken.objects.update(expires_at=instants.now() + timedelta(hours=1))
    assert chen.get("/me").status_code == 200


def test_every_scope_is_documented_and_has_words_in_the_settings() -> None:
    page = (ROOT / "docs/howto/api.md").read_text()
    assert [scope for scope in people.API_SCOPES if f"`{scope}`" not in page] == []
    assert set(scopes.WORDS) == set(people.API_SCOPES)


def test_no_scope_lets_a_token_make_tokens_or_be_administrator() -> None:
    assert not {"token.edit", "admin"} & set(people.API_SCOPES)
