"""Is every mail of a mailbox stored once and taken in, whatever crashes between, and are its troubles told?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests import factories
from tests.channels.imap_server import Folder, serving
from yingnuo.channels import accept, claims, mailboxes, tasks
from yingnuo.channels.models import Channel, Raw
from yingnuo.journey import post_in
from yingnuo.kit import instants, secrets
from yingnuo.tickets.models import Ticket


def mail(number: int) -> bytes:
    """A customer's mail."""
    return (
        f"From: chen@customer.example\r\nTo: help@house.example\r\nSubject: No {number}\r\n"
        f"Message-ID: <m{number}@customer.example>\r\n\r\nWords {number}.\r\n"
    ).encode()


@pytest.fixture
def folder(db: None) -> Iterator[tuple[Folder, Channel]]:
    """A mailbox with two mails, and its channel."""
    factories.house()
    folder = Folder()
    folder.add(mail(1))
    folder.add(mail(2))
    with serving(folder) as server:
        yield folder, _channel(server.port)
        server.shutdown()


def _channel(port: int) -> Channel:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "user": "help", "address": "help@house.example"}
    return Channel.objects.create(
        code="help", name="Help", kind="mail", settings=settings, secret=secrets.seal("the right one")
    )


def look(channel: Channel) -> int:
    """One look into the mailbox."""
    channel.refresh_from_db()
    return mailboxes.fetch(channel, now=instants.now())


def test_mails_are_stored_and_taken_in_once(folder: tuple[Folder, Channel]) -> None:
    box, channel = folder
    assert look(channel) == 2
    assert post_in.take_waiting(now=instants.now()) == 2
    box.add(mail(3))
    assert look(channel) == 1
    assert post_in.take_waiting(now=instants.now()) == 1
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == ["No 1", "No 2", "No 3"]
    assert look(channel) == post_in.take_waiting(now=instants.now()) == 0


def test_a_crash_between_storing_and_intake_loses_nothing(folder: tuple[Folder, Channel]) -> None:
    look(folder[1])
    assert set(Raw.objects.values_list("state", flat=True)) == {"stored"}  # killed here; another process goes on
    assert post_in.Round().step() == 0.0
    assert Ticket.objects.count() == 2


def test_a_crash_before_the_cursor_moved_stores_nothing_twice(folder: tuple[Folder, Channel]) -> None:
    look(folder[1])
    Channel.objects.update(cursor="")
    assert look(folder[1]) == 0
    assert Raw.objects.count() == 2


def test_a_crash_while_storing_is_gone_on_from(folder: tuple[Folder, Channel], monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = accept.keep, []

    def dies(*given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise MemoryError
        return real(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(mailboxes.accept, "keep", dies)
        with pytest.raises(MemoryError):
            look(folder[1])
    assert look(folder[1]) == 1
    assert Raw.objects.count() == 2


def test_a_new_validity_reads_again_and_stores_nothing_twice(folder: tuple[Folder, Channel]) -> None:
    look(folder[1])
    folder[0].validity = 9
    assert look(folder[1]) == 0
    folder[1].refresh_from_db()
    assert folder[1].cursor.startswith("9:")


def test_a_mailbox_that_does_not_answer_says_so_until_it_does(folder: tuple[Folder, Channel]) -> None:
    channel = folder[1]
    right = dict(channel.settings)
    Channel.objects.update(settings={**right, "port": 1})
    assert look(channel) == 0
    channel.refresh_from_db()
    assert channel.problem.startswith("imap_unreachable")
    Channel.objects.update(settings=right)
    assert look(channel) == 2
    channel.refresh_from_db()
    assert channel.problem == ""


@pytest.mark.parametrize("change", [{"secret": "sealed elsewhere"}, {"settings": {"host": "x", "security": "magic"}}])
def test_settings_that_cannot_be_used_are_told(folder: tuple[Folder, Channel], change: dict[str, Any]) -> None:
    Channel.objects.update(**change)
    look(folder[1])
    assert Channel.objects.get(code="help").problem.startswith("settings: ")


def test_only_mailboxes_whose_interval_is_over_are_looked_into(folder: tuple[Folder, Channel]) -> None:
    now = instants.now()
    assert [c.code for c in mailboxes.due(now=now)] == ["help"]
    Channel.objects.update(checked_at=now)
    assert mailboxes.due(now=now + timedelta(seconds=30)) == []
    assert [c.code for c in mailboxes.due(now=now + timedelta(seconds=58))] == ["help"]
    Channel.objects.update(active=False)
    assert mailboxes.due(now=now + timedelta(hours=1)) == []


def test_the_jobs_fetch_what_is_due(folder: tuple[Folder, Channel]) -> None:
    tasks.look(0)
    tasks.fetch(folder[1].pk)
    tasks.look(0)  # not due any more
    assert Raw.objects.count() == 2


def test_what_another_process_is_at_is_passed_over(folder: tuple[Folder, Channel]) -> None:
    look(folder[1])
    raw = Raw.objects.earliest("id")
    with claims.claimed(raw.pk) as mine:
        assert mine is True
    assert post_in.take(raw, now=instants.now()) is not None
    assert post_in.take(raw, now=instants.now()) is None
    assert Ticket.objects.count() == 1
