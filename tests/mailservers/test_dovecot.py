"""Does a real Dovecot's mail come in at once, once, whatever breaks?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import factories
from tests.mailservers.private import PASSWORD, Dovecot, dovecot
from tests.mailservers.tokens import CLIENT_ID, CLIENT_SECRET, Provider, provider
from yingnuo.channels import accounts, idling, mail_tokens, mailboxes
from yingnuo.channels.models import Channel, Raw
from yingnuo.journey import post_in
from yingnuo.kit import instants
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def mail(number: int, to: str = "help") -> bytes:
    """A customer's mail."""
    return (
        f"From: Chen <chen@customer.example>\r\nTo: {to}@house.example\r\nSubject: No {number}\r\n"
        f"Message-ID: <{to}-{number}@customer.example>\r\n\r\nWords {number}.\r\n"
    ).encode()


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


def _box(server: Dovecot, code: str = "help", *, secrets: dict[str, str] | None = None, **more: Any) -> Channel:
    settings = {
        "host": "127.0.0.1", "port": server.port, "security": "none", "user": code,
        "address": f"{code}@house.example", **more,
    }  # fmt: skip
    sealed = accounts.sealed(secrets or {"secret": PASSWORD})
    return Channel.objects.create(code=code, name=code, kind="mail", settings=settings, secret=sealed)


@contextmanager
def _holding() -> Iterator[idling.Round]:
    """The work process's part: connections are held while the block runs."""
    runner, stop = idling.Round(), threading.Event()

    def look() -> None:
        while not stop.is_set():
            runner.step()
            stop.wait(0.2)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield runner
    finally:
        stop.set()
        thread.join(5)
        held = [one for one, _event in runner._held.values()]
        runner.stop()
        for one in held:
            one.join(15)


def _until(true: Callable[[], bool], seconds: float = 15.0) -> float:
    """Waits until something is so; how long it took. Fails when it never is."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - began


def _stored(count: int) -> Callable[[], bool]:
    return lambda: Raw.objects.count() == count


def test_new_mail_is_heard_of_at_once(server: Dovecot) -> None:
    server.deliver("help", mail(1), "1.x")
    box = _box(server, interval=3_600)
    with _holding():
        _until(_stored(1))
        time.sleep(1.0)  # it stands by now
        server.deliver("help", mail(2), "2.x")
        assert _until(_stored(2)) < 5
    box.refresh_from_db()
    assert (box.problem, mailboxes.due(now=instants.now())) == ("", [])


def test_a_dropped_connection_is_made_anew(server: Dovecot) -> None:
    _box(server)
    with _holding():
        _until(lambda: Channel.objects.get().checked_at is not None)
        server.drop()
        server.deliver("help", mail(1), "1.x")
        _until(_stored(1))
        server.drop()
        server.deliver("help", mail(2), "2.x")
        _until(_stored(2))


def test_a_folder_built_anew_is_read_again_and_stored_once(server: Dovecot) -> None:
    for number in range(3):
        server.deliver("help", mail(number), f"{number}.x")
    box = _box(server)
    assert mailboxes.fetch(box, now=instants.now()) == 3
    before = Channel.objects.get().cursor
    server.forget_uids("help")
    server.deliver("help", mail(9), "9.x")
    box.refresh_from_db()
    assert mailboxes.fetch(box, now=instants.now()) == 1
    assert Channel.objects.get().cursor.partition(":")[0] != before.partition(":")[0]


def test_several_mailboxes_are_held_at_once(server: Dovecot) -> None:
    for code in ("help", "sales", "parts"):
        _box(server, code)
    with _holding():
        _until(lambda: not Channel.objects.filter(checked_at=None).exists())
        for code in ("help", "sales", "parts"):
            server.deliver(code, mail(1, code), "1.x")
        _until(_stored(3))
    post_in.take_waiting(now=instants.now())


def test_a_server_that_cannot_tell_is_asked() -> None:
    with dovecot(idle=False) as server:
        _box(server, interval=1)
        with _holding():
            _until(lambda: Channel.objects.get().checked_at is not None)
            server.deliver("help", mail(1), "1.x")
            _until(_stored(1))


def test_a_wrong_password_is_told_and_a_right_one_heals(server: Dovecot) -> None:
    box = _box(server, secrets={"secret": "wrong"})
    server.deliver("help", mail(1), "1.x")
    assert mailboxes.fetch(box, now=instants.now()) == 0
    assert Channel.objects.get().problem.startswith("imap_auth")
    Channel.objects.update(secret=accounts.sealed({"secret": PASSWORD}))
    box.refresh_from_db()
    assert mailboxes.fetch(box, now=instants.now()) == 1
    assert Channel.objects.get().problem == ""


@pytest.fixture
def tokens() -> Iterator[Provider]:
    mail_tokens._HELD.clear()
    with provider() as running:
        yield running


def _by_token(server: Dovecot, tokens: Provider) -> Channel:
    kept = {"client_secret": CLIENT_SECRET, "refresh_token": str(tokens.grant()["refresh_token"])}
    return _box(
        server, secrets=kept, auth="oauth", client_id=CLIENT_ID, token_url=f"{tokens.address}/token",
        authorize_url=f"{tokens.address}/authorize",
    )  # fmt: skip


def test_a_token_opens_the_mailbox_and_is_renewed(tokens: Provider) -> None:
    with dovecot(introspection=f"{tokens.address}/introspect") as server:
        box = _by_token(server, tokens)
        server.deliver("help", mail(1), "1.x")
        assert mailboxes.fetch(box, now=instants.now()) == 1, Channel.objects.get().problem
        assert tokens.asked == ["refresh_token"]
        box.refresh_from_db()
        assert accounts.secrets_of(box)["refresh_token"] in tokens.refresh  # the new one; the old one counts no more
        mailboxes.fetch(box, now=instants.now())
        assert tokens.asked == ["refresh_token"]


def test_a_token_that_was_withdrawn_is_asked_for_again(tokens: Provider) -> None:
    with dovecot(introspection=f"{tokens.address}/introspect") as server:
        box = _by_token(server, tokens)
        mailboxes.fetch(box, now=instants.now())
        tokens.access.clear()
        mailboxes.fetch(box, now=instants.now())
        assert Channel.objects.get().problem.startswith("imap_auth")
        server.deliver("help", mail(1), "1.x")
        box.refresh_from_db()
        assert mailboxes.fetch(box, now=instants.now()) == 1


def test_a_consent_that_ended_is_told(tokens: Provider) -> None:
    with dovecot(introspection=f"{tokens.address}/introspect") as server:
        box = _by_token(server, tokens)
        tokens.refresh.clear()
        assert mailboxes.fetch(box, now=instants.now()) == 0
        assert Channel.objects.get().problem.startswith("oauth_refused: invalid_grant")


def test_what_a_held_connection_brought_becomes_tickets(server: Dovecot) -> None:
    factories.house()
    box = _box(server)
    for number in range(5):
        server.deliver("help", mail(number), f"{number}.x")
    mailboxes.fetch(box, now=instants.now())
    assert post_in.take_waiting(now=instants.now()) == 5
    assert Ticket.objects.count() == 5
