"""Is what cannot be read refused plainly, and does every answer tell what is left?"""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.api.conftest import BASE, TICKET, Program
from yingnuo.api.limits import Room, Window, window
from yingnuo.tickets.models import Ticket


def test_another_media_type_is_415(chen: Program) -> None:
    headers = {"Authorization": f"Bearer {chen.bearer}", "Accept-Language": "en"}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        response = Client().generic("POST", f"{BASE}/tickets", b"{}", content_type=kind, headers=headers)
        assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert not Ticket.objects.exists()


def test_another_method_is_405_and_names_the_right_ones(chen: Program) -> None:
    response = chen.ask("DELETE", "/tickets")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert set(response["Allow"].split(", ")) == {"GET", "POST"}
    assert response["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_413(chen: Program, settings: object) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000  # type: ignore[attr-defined]
    response = chen.post("/tickets", {**TICKET, "text": "x" * 3_000})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert not Ticket.objects.exists()


def test_an_address_that_is_not_there_is_a_problem(chen: Program) -> None:
    response = chen.get("/nothing/here")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_every_answer_tells_what_is_left(chen: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "most", 3)
    answers = [chen.get("/me"), chen.get("/tickets/999999"), chen.post("/tickets", b"{"), chen.get("/me")]
    assert [a.status_code for a in answers] == [200, 404, 400, 429]
    left = [re.fullmatch(r'"caller";r=(\d+);t=(\d+)', a["RateLimit"]) for a in answers]
    assert [int(one[1]) for one in left if one] == [2, 1, 0, 0]
    assert {a["RateLimit-Policy"] for a in answers} == {'"caller";q=3;w=60'}


def test_what_is_left_grows_as_the_window_slides() -> None:
    seen = Window(most=10)
    for second in range(10):
        seen.wait(1, float(second))
    assert seen.room(1, 9.0) == Room(10, 0, 51)
    assert seen.room(1, 90.0).left == 5
    assert seen.room(2, 0.0).left == 10


def test_answers_are_for_the_caller_alone(chen: Program) -> None:
    assert chen.get("/me")["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("language", "title"), [("zh-hans", "这里不能这样做"), ("en", "This cannot be done here")])
def test_problems_speak_the_callers_language(chen: Program, language: str, title: str) -> None:
    assert Program(chen.bearer, language).ask("DELETE", "/tickets").json()["title"] == title
