"""Is a channel connected out of its adapter's declarations: secrets sealed, its address shown, its test telling?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.channels.provider import Provider, serving
from yingnuo.channels import accounts
from yingnuo.channels.models import Channel, Raw
from yingnuo.kit import instants

BOT = {"name": "Bot", "code": "telegram", "token": "12:secret", "hook_secret": "hush", "mode": "hook"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as provider:
        yield provider


def _connected(admin: Client, **other: str) -> Channel:
    answer = admin.post("/settings/channels/connect/telegram/", {**BOT, **other})
    assert answer.status_code == 302, answer.content.decode()
    return Channel.objects.get(code=other.get("code", "telegram"))


def test_every_kind_is_offered(admin: Client) -> None:
    page = admin.get("/settings/channels/connect/").content.decode()
    assert "/settings/channels/connect/telegram/" in page
    assert "/settings/channels/new/mail" in page
    assert admin.get("/settings/channels/connect/pigeon/").status_code == 404


def test_secrets_are_sealed_and_never_shown(admin: Client) -> None:
    row = _connected(admin)
    assert "12:secret" not in row.secret
    assert accounts.secrets_of(row) == {"token": "12:secret", "hook_secret": "hush"}
    assert "secret" not in row.settings.values()
    page = admin.get(f"/settings/channels/{row.pk}/").content.decode()
    assert "12:secret" not in page
    assert "hush" not in page
    assert "/hooks/telegram/" in page


def test_an_empty_secret_leaves_the_stored_one(admin: Client) -> None:
    row = _connected(admin)
    admin.post(f"/settings/channels/{row.pk}/", {**BOT, "token": "", "hook_secret": "", "name": "Other"})
    row.refresh_from_db()
    assert (row.name, accounts.secrets_of(row)["token"]) == ("Other", "12:secret")


def test_stored_secrets_do_not_follow_to_another_server(admin: Client) -> None:
    row = _connected(admin, api="http://127.0.0.1:1")
    moved = {**BOT, "token": "", "hook_secret": "", "api": "http://127.0.0.1:2"}
    assert admin.post(f"/settings/channels/{row.pk}/", moved).status_code == 422
    row.refresh_from_db()
    assert row.settings["api"] == "http://127.0.0.1:1"


def test_what_is_missing_is_named_and_nothing_stored(admin: Client) -> None:
    answer = admin.post("/settings/channels/connect/telegram/", {**BOT, "token": ""})
    assert answer.status_code == 422
    assert not Channel.objects.filter(kind="telegram").exists()


def test_a_code_that_is_taken_is_refused(admin: Client) -> None:
    _connected(admin)
    assert admin.post("/settings/channels/connect/telegram/", BOT).status_code == 422
    assert Channel.objects.filter(kind="telegram").count() == 1


def test_the_test_button_tells_what_the_provider_says(admin: Client, provider: Provider) -> None:
    provider.on("/bot12:secret/getMe", {"ok": True, "result": {"username": "our_bot"}})
    row = _connected(admin, api=provider.url)
    assert "@our_bot" in admin.post(f"/settings/channels/{row.pk}/test", follow=True).content.decode()
    provider.down(401)
    page = admin.post(f"/settings/channels/{row.pk}/test", follow=True).content.decode()
    assert "The provider refuses" in page
    assert "12:secret" not in page


def test_the_list_tells_how_each_channel_is(admin: Client) -> None:
    row = _connected(admin)
    now = instants.now()
    Raw.objects.create(channel=row, key="1", content=b"x", size=1, received_at=now - timedelta(minutes=9))
    Raw.objects.create(channel=row, key="2", content=b"x", size=1, received_at=now, state="failed")
    Channel.objects.filter(pk=row.pk).update(
        problem="unreachable: ConnectError",
        problem_at=now,
        active=True,
        failures=9,
        retry_at=now + timedelta(minutes=5),
        last_in_at=now,
    )
    page = admin.get("/settings/channels/").content.decode()
    for words in ("provider away", "unreachable: ConnectError", "in 1, out 0", "1 not understood"):
        assert words in page


def test_a_channel_abroad_is_switched_on_after_its_basis_is_on_record(admin: Client) -> None:
    answer = admin.post("/settings/channels/connect/telegram/", {**BOT, "active": "on"})
    assert answer.status_code == 422
    assert not Channel.objects.filter(kind="telegram").exists()
    row = factories.lawful(_connected(admin))
    admin.post(f"/settings/channels/{row.pk}/", {**BOT, "active": "on"})
    row.refresh_from_db()
    assert row.active


@pytest.mark.parametrize("who", ["manager", "lead"])
def test_others_connect_nothing(request: pytest.FixtureRequest, who: str) -> None:
    client: Any = request.getfixturevalue(who)
    assert client.post("/settings/channels/connect/telegram/", BOT).status_code == 403
    assert not Channel.objects.filter(kind="telegram").exists()
