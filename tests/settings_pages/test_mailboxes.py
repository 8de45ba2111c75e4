"""Are mailboxes set up with their ways in and out, consents and words, and nothing sent where it must not go?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.mailservers.tokens import CLIENT_ID, CLIENT_SECRET, Provider, provider
from tests.settings_pages.test_channels import MAILBOX
from yingnuo.channels import accounts, mail_tokens, outlets
from yingnuo.channels.models import Channel
from yingnuo.kit import instants


@pytest.fixture
def tokens() -> Iterator[Provider]:
    mail_tokens._HELD.clear()
    with provider() as running:
        yield running


def _made(admin: Client, **more: str) -> Channel:
    answer = admin.post("/settings/channels/new/mail", {**MAILBOX, **more})
    assert answer.status_code == 302, answer.content.decode()[-2_000:]
    return Channel.objects.get(code="support")


def _oauth(tokens: Provider) -> dict[str, str]:
    return {
        "auth": "other", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "scope": "mail",
        "token_url": f"{tokens.address}/token", "authorize_url": f"{tokens.address}/authorize",
    }  # fmt: skip


def test_a_mailbox_by_smtp_needs_no_server(admin: Client) -> None:
    row = _made(admin, receives="smtp", host="", user="", aliases="a@shop.example, B@shop.example")
    assert (row.settings["by_smtp"], row.settings["aliases"]) == (True, ["a@shop.example", "b@shop.example"])


@pytest.mark.parametrize(
    "missing", [{"host": ""}, {"user": ""}, {"auth": "microsoft"}, {"auth": "other", "client_id": "x"}]
)
def test_what_is_missing_is_named(admin: Client, missing: dict[str, str]) -> None:
    assert admin.post("/settings/channels/new/mail", {**MAILBOX, **missing}).status_code == 422
    assert not Channel.objects.exists()


def test_its_own_way_out_has_its_own_password(admin: Client) -> None:
    row = _made(admin, smtp_host="smtp.shop.example", smtp_auth="own", smtp_user="out", smtp_password="pw-out")
    server = outlets.own_server(row, now=instants.now())
    assert server is not None
    assert (server.host, server.user, server.password) == ("smtp.shop.example", "out", "pw-out")


def test_the_inbox_password_does_not_follow_to_a_server_of_somebodys_choosing(admin: Client) -> None:
    row = _made(admin)
    changed = {**MAILBOX, "secret": "", "smtp_host": "evil.example", "smtp_auth": "same"}
    assert admin.post(f"/settings/channels/{row.pk}/", changed).status_code == 422
    row.refresh_from_db()
    assert "smtp_host" not in row.settings


def test_words_stay_when_the_rest_is_saved(admin: Client) -> None:
    row = _made(admin)
    admin.post(f"/settings/channels/{row.pk}/words/en/", {"signature": "Bye, {{ staff }}", "do": "save"})
    admin.post(f"/settings/channels/{row.pk}/", {**MAILBOX, "secret": "", "name": "Help"})
    row.refresh_from_db()
    assert (row.name, row.settings["words"]["en"]["signature"]) == ("Help", "Bye, {{ staff }}")


WRONG = [{"signature": "{{ staff"}, {"reply": "{% if x %}"}, {"receipt": "Thank you."}, {"reply": "{{ secret }}"}]


@pytest.mark.parametrize("words", WRONG)
def test_words_that_cannot_be_used_are_refused(admin: Client, words: dict[str, str]) -> None:
    row = _made(admin)
    assert admin.post(f"/settings/channels/{row.pk}/words/en/", {**words, "do": "save"}).status_code == 422
    row.refresh_from_db()
    assert "words" not in row.settings


def test_a_preview_shows_and_stores_nothing(admin: Client) -> None:
    row = _made(admin)
    page = admin.post(
        f"/settings/channels/{row.pk}/words/en/", {"reply": "Dear {{ customer }}: {{ text }}", "do": "look"}
    )
    assert "Dear Ms Chen: Your machine" in page.content.decode()
    row.refresh_from_db()
    assert "words" not in row.settings


def _consents(admin: Client, tokens: Provider, row: Channel, **change: str) -> Any:
    asked = admin.post(f"/settings/channels/{row.pk}/connect")
    code, state = tokens.consent(asked["Location"])
    return admin.get("/settings/channels/connected", {"code": code, "state": state, **change}, follow=True)


def test_a_consent_gives_lasting_access(admin: Client, tokens: Provider) -> None:
    row = _made(admin, **_oauth(tokens))
    page = _consents(admin, tokens, row).content.decode()
    assert "is connected" in page
    row.refresh_from_db()
    assert accounts.secrets_of(row)["refresh_token"] in tokens.refresh
    assert accounts.secrets_of(row)["refresh_token"] not in row.secret
    assert mail_tokens.access(row, now=instants.now()) in tokens.access
    assert tokens.asked == ["authorization_code"]


@pytest.mark.parametrize("change", [{"state": "forged"}, {"code": "stolen"}, {"error": "access_denied"}])
def test_a_consent_that_is_not_ours_gives_nothing(admin: Client, tokens: Provider, change: dict[str, str]) -> None:
    row = _made(admin, **_oauth(tokens))
    _consents(admin, tokens, row, **change)
    row.refresh_from_db()
    assert "refresh_token" not in accounts.secrets_of(row)


def test_a_consent_counts_once(admin: Client, tokens: Provider) -> None:
    row = _made(admin, **_oauth(tokens))
    _consents(admin, tokens, row)
    again = admin.get("/settings/channels/connected", {"code": "x", "state": ""}, follow=True).content.decode()
    assert "was not asked for here" in again


def test_a_consent_does_not_follow_to_another_provider(admin: Client, tokens: Provider) -> None:
    row = _made(admin, **_oauth(tokens))
    _consents(admin, tokens, row)
    elsewhere = {**MAILBOX, **_oauth(tokens), "secret": "", "token_url": "https://evil.example/token"}
    admin.post(f"/settings/channels/{row.pk}/", elsewhere)
    row.refresh_from_db()
    assert "refresh_token" not in accounts.secrets_of(row)


@pytest.mark.parametrize("path", ["/settings/channels/1/connect", "/settings/channels/1/words/en/"])
def test_only_administrators_set_mailboxes_up(manager: Client, path: str) -> None:
    Channel.objects.create(pk=1, code="help", name="Help", kind="mail", settings={"address": "help@shop.example"})
    assert manager.post(path, {"signature": "x", "do": "save"}).status_code == 403
    assert "words" not in Channel.objects.get().settings
