"""Are channels set up with sealed secrets, tested, and tokens shown once?"""

import pytest
from django.test import Client

from yingnuo.channels import accounts, mailboxes
from yingnuo.channels.models import Channel
from yingnuo.kit import instants, secrets
from yingnuo.people.models import ApiToken

MAILBOX = {
    "name": "Support", "code": "support", "address": "help@shop.example", "host": "127.0.0.1", "port": "1",
    "security": "none", "user": "help", "secret": "hush-hush", "folder": "INBOX", "interval": "60", "active": "on",
    "receives": "imap", "auth": "password", "smtp_auth": "same", "smtp_security": "starttls",
}  # fmt: skip
GATEWAY = {
    "name": "SMS", "code": "sms", "url": "http://127.0.0.1:1/send", "method": "POST", "secret": "key",
    "headers": "Authorization: Bearer {{ secret }}", "active": "on",
}  # fmt: skip


def test_a_mailbox_keeps_its_password_sealed(admin: Client) -> None:
    admin.post("/settings/channels/new/mail", MAILBOX)
    row = Channel.objects.get(code="support")
    assert "hush-hush" not in row.secret
    assert mailboxes.server_of(row, now=instants.now()).password == "hush-hush"
    assert "hush-hush" not in admin.get(f"/settings/channels/{row.pk}/").content.decode()


def test_channels_without_settings_are_listed_too(admin: Client) -> None:
    Channel.objects.create(code="door", name="Front door", kind="portal")
    admin.post("/settings/channels/new/mail", MAILBOX)
    page = admin.get("/settings/channels/").content.decode()
    assert "Front door" in page
    assert "help@shop.example" in page


def test_an_empty_password_leaves_the_stored_one(admin: Client) -> None:
    admin.post("/settings/channels/new/mail", MAILBOX)
    row = Channel.objects.get(code="support")
    admin.post(f"/settings/channels/{row.pk}/", {**MAILBOX, "secret": "", "name": "Help"})
    row.refresh_from_db()
    assert (row.name, accounts.secrets_of(row)["secret"]) == ("Help", "hush-hush")


@pytest.mark.parametrize("elsewhere", [{"host": "evil.example"}, {"port": "2"}, {"security": "tls"}])
def test_a_stored_password_does_not_follow_to_another_server(admin: Client, elsewhere: dict[str, str]) -> None:
    admin.post("/settings/channels/new/mail", MAILBOX)
    row = Channel.objects.get(code="support")
    answer = admin.post(f"/settings/channels/{row.pk}/", {**MAILBOX, "secret": "", **elsewhere})
    assert answer.status_code == 422
    assert Channel.objects.get(code="support").settings["host"] == "127.0.0.1"


def test_a_mailbox_that_cannot_be_reached_says_so(admin: Client) -> None:
    admin.post("/settings/channels/new/mail", MAILBOX)
    row = Channel.objects.get(code="support")
    page = admin.post(f"/settings/channels/{row.pk}/test", follow=True).content.decode()
    assert "The server cannot be reached" in page


def test_a_gateway_that_cannot_be_reached_says_so(admin: Client) -> None:
    admin.post("/settings/channels/new/sms", GATEWAY)
    row = Channel.objects.get(code="sms")
    assert row.settings["headers"] == {"Authorization": "Bearer {{ secret }}"}
    page = admin.post(f"/settings/channels/{row.pk}/test", {"to": "+8613800002210"}, follow=True).content.decode()
    assert "The gateway cannot be reached" in page


@pytest.mark.parametrize("wrong", [{"url": "file:///etc/passwd"}, {"headers": "no colon"}, {"url": ""}])
def test_a_bad_gateway_is_refused(admin: Client, wrong: dict[str, str]) -> None:
    assert admin.post("/settings/channels/new/sms", {**GATEWAY, **wrong}).status_code == 422
    assert not Channel.objects.filter(code="sms").exists()


def test_a_token_is_shown_once_and_works_until_revoked(admin: Client) -> None:
    page = admin.post("/settings/tokens/", {"name": "Shop", "scopes": ["ticket.view"]}).content.decode()
    bearer = page.partition('<code id="bearer">')[2].partition("<")[0]
    token = ApiToken.objects.get()
    assert token.digest == secrets.digest(bearer)
    assert bearer not in admin.get("/settings/tokens/").content.decode()
    admin.post(f"/settings/tokens/{token.pk}/revoke")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_without_rights_is_refused(admin: Client) -> None:
    assert admin.post("/settings/tokens/", {"name": "Shop"}).status_code == 422
    assert not ApiToken.objects.exists()
