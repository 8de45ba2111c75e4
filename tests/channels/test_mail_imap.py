"""Is every mail of a mailbox fetched once, in order, and none passed over? Against an IMAP server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.channels import imap_server
from tests.channels.imap_server import Folder
from tests.channels.mails import mail
from yingnuo.channels.adapters.mail import imap
from yingnuo.channels.adapters.mail.imap import Cursor, ImapServer
from yingnuo.channels.contract import ChannelError


@pytest.fixture
def folder() -> Folder:
    return Folder()


@pytest.fixture
def server(folder: Folder) -> Iterator[ImapServer]:
    running = imap_server.serving(folder)
    yield ImapServer("127.0.0.1", running.port, "chen", "right", security="none", timeout_s=5)
    running.shutdown()
    running.server_close()


def _bodies(server: ImapServer, since: Cursor, at_most: int = 100) -> list[bytes]:
    with imap.opened(server) as mailbox:
        return [found.raw for found in imap.fetch_new(mailbox, since, at_most=at_most)]


def test_mails_come_in_order_with_a_cursor_each(folder: Folder, server: ImapServer) -> None:
    raws = [mail(f"mail {number}", "X-Odd: )\r\n(") for number in range(3)]
    uids = [folder.add(raw) for raw in raws]
    with imap.opened(server) as mailbox:
        found = list(imap.fetch_new(mailbox, Cursor()))
    assert [f.raw for f in found] == raws
    assert [f.cursor for f in found] == [Cursor(1, uid) for uid in uids]
    assert [f.size for f in found] == [len(raw) for raw in raws]


def test_after_a_cursor_only_newer_mails_come(folder: Folder, server: ImapServer) -> None:
    for number in range(4):
        folder.add(b"%d" % number)
    assert _bodies(server, Cursor(1, 2)) == [b"2", b"3"]
    assert _bodies(server, Cursor(1, 4)) == []  # the server names the last one all the same
    assert _bodies(server, Cursor(1, 0), at_most=2) == [b"0", b"1"]


def test_fetching_twice_gives_the_same(folder: Folder, server: ImapServer) -> None:
    folder.add(b"one")
    with imap.opened(server) as mailbox:
        assert list(imap.fetch_new(mailbox, Cursor())) == list(imap.fetch_new(mailbox, Cursor()))


def test_a_new_validity_begins_anew(folder: Folder, server: ImapServer) -> None:
    folder.add(b"one")
    folder.validity = 7
    with imap.opened(server) as mailbox:
        (found,) = imap.fetch_new(mailbox, Cursor(1, 100))
    assert found.cursor == Cursor(7, 1)


def test_an_empty_mailbox_gives_nothing(server: ImapServer) -> None:
    assert _bodies(server, Cursor()) == []


def test_reading_leaves_mails_unread(folder: Folder, server: ImapServer) -> None:
    uid = folder.add(b"one")
    _bodies(server, Cursor())
    assert (folder.seen, uid in folder.mails) == (set(), True)
    assert not [command for command in folder.commands if "BODY[]" in command]


def test_too_large_a_mail_is_cut(folder: Folder, server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "LARGEST", 100)
    folder.add(b"x" * 1000)
    with imap.opened(server) as mailbox:
        (found,) = imap.fetch_new(mailbox, Cursor())
    assert (len(found.raw), found.size) == (100, 1000)


def test_a_mail_deleted_meanwhile_is_left_out(folder: Folder, server: ImapServer) -> None:
    for number in range(3):
        folder.add(b"%d" % number)
    with imap.opened(server) as mailbox:
        found = imap.fetch_new(mailbox, Cursor())
        assert next(found).raw == b"0"
        del folder.mails[2]
        assert [f.raw for f in found] == [b"2"]


def test_stored_mails_are_marked_or_moved(folder: Folder, server: ImapServer) -> None:
    uids = [folder.add(b"one"), folder.add(b"two")]
    with imap.opened(server) as mailbox:
        imap.file_away(mailbox, uids[:1])
        imap.file_away(mailbox, uids[1:], folder="Done")
        imap.file_away(mailbox, [])
    assert (folder.seen, set(folder.archived)) == ({1}, {2})


def test_idle_wakes_when_mail_arrives(folder: Folder, server: ImapServer) -> None:
    with imap.opened(server) as mailbox:
        folder.add(b"one")
        assert imap.stand_by(mailbox, 5, threading.Event())


def test_news_that_come_with_the_leave_to_idle_are_heard(folder: Folder, server: ImapServer) -> None:
    folder.at_once = True
    with imap.opened(server) as mailbox:
        assert imap.stand_by(mailbox, 3, threading.Event())


def test_idle_ends_quietly(server: ImapServer) -> None:
    with imap.opened(server) as mailbox:
        assert not imap.stand_by(mailbox, 1, threading.Event())


@pytest.mark.parametrize(("password", "code"), [("wrong", "imap_auth"), ("", "imap_auth")])
def test_a_wrong_password_is_told(server: ImapServer, password: str, code: str) -> None:
    bad = ImapServer(server.host, server.port, "chen", password, security="none", timeout_s=5)
    with pytest.raises(ChannelError) as error:
        _bodies(bad, Cursor())
    assert (error.value.code, error.value.permanent) == (code, False)


def test_an_absent_server_is_tried_again_later() -> None:
    with pytest.raises(ChannelError) as error:
        _bodies(ImapServer("127.0.0.1", 1, "chen", "right", security="none", timeout_s=2), Cursor())
    assert (error.value.code, error.value.permanent) == ("imap_unreachable", False)
