"""Do the addresses of the API hold: its document, its reference page, the simulator, and what is nowhere?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from yingnuo.channels.adapters.sms import HttpSms, SmsSettings
from yingnuo.channels.contract import Outgoing
from yingnuo.channels.models import Channel, Simulated
from yingnuo.kit import secrets

SIM = "/api/v1/sim/sms"


def test_the_document_is_open_and_tells_of_problems(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    refused = document["paths"]["/api/v1/tickets"]["post"]["responses"]
    assert set(refused) == {"201", "400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "503"}
    assert list(refused["422"]["content"]) == ["application/problem+json"]
    assert "Retry-After" in refused["429"]["headers"]
    assert "Retry-After" in refused["503"]["headers"]


def test_the_reference_page_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert b"//cdn" not in page.content
    assert b"<script>" not in page.content
    assert "script-src 'self'" in page["Content-Security-Policy"]


def test_an_address_that_is_not_there_is_a_problem(client: Client) -> None:
    response = client.get("/api/v1/nothing/here")
    assert (response.status_code, response.json()["code"]) == (404, "no_such_address")
    assert response["Content-Type"] == "application/problem+json"


def _post(client: Client, body: object, **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(SIM, json.dumps(body), content_type="application/json", headers=names)


@pytest.mark.django_db
def test_without_a_channel_that_points_here_there_is_no_simulator(client: Client) -> None:
    assert _post(client, {"to": "+8613800138000", "text": "Hello"}).status_code == 404
    assert not Simulated.objects.exists()


@pytest.fixture
def pointing(db: None) -> Channel:
    """An SMS channel whose gateway is the simulator."""
    return Channel.objects.create(
        code="sms", name="SMS", kind="sms", secret=secrets.seal("s3cret"),
        settings={"url": f"http://127.0.0.1:8000{SIM}", "headers": {"Authorization": "Bearer {{ secret }}"}},
    )  # fmt: skip


def test_the_same_key_is_counted_not_kept_twice(client: Client, pointing: Channel) -> None:
    body = {"to": "+8613800138000", "text": "Hello"}
    for _ in range(2):
        assert _post(client, body, Idempotency_Key="n-1", Authorization="Bearer s3cret").status_code == 200
    row = Simulated.objects.get()
    assert (row.way, row.key, row.to, row.text, row.repeats) == ("sms", "n-1", "+8613800138000", "Hello", 1)


def test_a_wrong_secret_keeps_nothing(client: Client, pointing: Channel) -> None:
    assert _post(client, {"to": "1", "text": "x"}, Authorization="Bearer no").status_code == 403
    assert not Simulated.objects.exists()


@pytest.mark.parametrize("body", [[], {}, {"to": "", "text": "x"}, "text"])
def test_what_is_no_sms_is_refused(client: Client, pointing: Channel, body: object) -> None:
    assert _post(client, body, Authorization="Bearer s3cret").status_code == 422
    assert not Simulated.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_our_own_outlet_reaches_the_simulator(live_server: Any) -> None:
    url = f"{live_server.url}{SIM}"
    Channel.objects.create(code="sms", name="SMS", kind="sms", settings={"url": url})
    HttpSms(SmsSettings(url=url), secret="").send(Outgoing(key="n-2", to="+8613800138000", subject="", text="应诺"))
    assert Simulated.objects.get().text == "应诺"
