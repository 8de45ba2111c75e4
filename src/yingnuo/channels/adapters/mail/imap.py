"""Which mails are new in a mailbox?

By UID, so that fetching twice gives the same mails and none is passed over: the caller keeps a `Cursor`, stores each
raw mail, and only then moves the cursor on. Mails are read with BODY.PEEK and stay unread for people who look into
the same mailbox; `file_away` marks or moves what has been stored.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError, MailboxLoginError

from yingnuo.channels.adapters.mail import oauth
from yingnuo.channels.contract import ChannelError

LARGEST = 60 * 1024 * 1024
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"\bUID (\d+)")


class Security(StrEnum):
    """How the connection is protected."""

    TLS = "tls"  # port 993
    STARTTLS = "starttls"
    NONE = "none"  # a server on the same machine or network


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where the mailbox is. `security` is a value of `Security`."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    security: str = Security.TLS
    timeout_s: float = 60.0
    token: str = ""  # an OAuth2 access token, in the place of a password


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox was read. A change of `validity` makes all UIDs meaningless (RFC 9051, 2.3.1.1)."""

    validity: int = 0
    last_uid: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """One raw mail. `cursor` is what to keep once it is stored; `size` is that on the server, larger when cut."""

    uid: int
    raw: bytes
    size: int
    cursor: Cursor


@contextmanager
def opened(server: ImapServer) -> Iterator[BaseMailBox]:
    """A signed-in connection with the folder selected. Raises ChannelError, never permanent: mail keeps waiting."""
    try:
        with _signed_in(server) as mailbox:
            _introduce(mailbox)
            mailbox.folder.set(server.folder)
            yield mailbox
    except imaplib.IMAP4.abort as error:  # the connection broke
        raise ChannelError("imap_unreachable", str(error)[:200], permanent=False) from error
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise ChannelError("imap_refused", str(error)[:200], permanent=False) from error
    except OSError as error:
        raise ChannelError("imap_unreachable", type(error).__name__, permanent=False) from error


def fetch_new(mailbox: BaseMailBox, since: Cursor, *, at_most: int = 100) -> Iterator[Fetched]:
    """The mails after `since`, lowest UID first, one at a time. A new validity begins at the first mail again.

    Larger mails than LARGEST bytes are cut there: a ticket with a note is better than none.
    """
    validity = _validity(mailbox)
    after = since.last_uid if validity == since.validity else 0
    for uid in _uids_after(mailbox, after)[:at_most]:
        found = _fetch_one(mailbox, uid)
        if found is not None:
            raw, size = found
            yield Fetched(uid, raw, size, Cursor(validity, uid))


def file_away(mailbox: BaseMailBox, uids: Sequence[int], *, folder: str = "") -> None:
    """Mark stored mails as seen, or move them to `folder`. Doing it twice does no harm."""
    names = [str(uid) for uid in uids]
    if not names:
        return
    if folder:
        mailbox.move(names, folder)
    else:
        mailbox.flag(names, [MailMessageFlags.SEEN], True)


def can_idle(mailbox: BaseMailBox) -> bool:
    """Whether the server tells of news by itself (RFC 2177)."""
    return "IDLE" in mailbox.client.capabilities


def stand_by(mailbox: BaseMailBox, seconds: int, stop: threading.Event) -> bool:
    """Waits (IDLE) until something happens in the folder, `stop` is set or `seconds` are over; True for the first.

    Without IDLE it merely waits. A connection that broke meanwhile raises at the end, or at the next command. Servers
    end an IDLE after 29 minutes, and routers between forget a quiet connection sooner: ask for a few minutes.
    """
    if not can_idle(mailbox):
        stop.wait(seconds)
        mailbox.client.noop()
        return False
    mailbox.idle.start()  # type: ignore[no-untyped-call]
    try:
        return _told_already(mailbox) or any(
            mailbox.idle.poll(timeout=1) for _second in range(seconds) if not stop.is_set()
        )
    finally:
        mailbox.idle.stop()  # type: ignore[no-untyped-call]


def _told_already(mailbox: BaseMailBox) -> bool:
    """Whether news came in one packet with the leave to idle: they lie in the client's buffer, and `poll` asks the
    socket only."""
    client, had = mailbox.client, mailbox.client.sock.gettimeout()
    client.sock.settimeout(0)
    try:
        return bool(client._get_line())
    except imaplib.IMAP4.abort as error:
        return "unterminated" in str(error)  # part of a line: something was said; else nothing was there
    except OSError:
        return False
    finally:
        client.sock.settimeout(had)


def _signed_in(server: ImapServer) -> BaseMailBox:
    mailbox = _connect(server)
    try:
        if not server.token:
            return mailbox.login(server.user, server.password, initial_folder=None)
        # a refusal comes as a challenge, to be answered with nothing before the server says NO
        words = oauth.sasl(server.user, server.token).encode()
        mailbox.client.authenticate("XOAUTH2", lambda challenge: b"" if challenge else words)
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        mailbox.client.shutdown()
        refused = isinstance(error, MailboxLoginError) or not isinstance(error, imaplib.IMAP4.abort)
        raise ChannelError("imap_auth" if refused else "imap_unreachable", str(error)[:200], permanent=False) from error
    return mailbox


def _introduce(mailbox: BaseMailBox) -> None:
    """Says who we are (RFC 2971): NetEase opens no folder for clients that do not."""
    if "ID" in mailbox.client.capabilities:
        mailbox.client.xatom("ID", '("name" "Yingnuo" "vendor" "Yingnuo")')


def _connect(server: ImapServer) -> BaseMailBox:
    if server.security == Security.NONE:
        return MailBoxUnencrypted(server.host, server.port, timeout=server.timeout_s)
    context = ssl.create_default_context()
    if server.security == Security.STARTTLS:
        return MailBoxStartTls(server.host, server.port, timeout=server.timeout_s, ssl_context=context)
    return MailBox(server.host, server.port, timeout=server.timeout_s, ssl_context=context)


def _validity(mailbox: BaseMailBox) -> int:
    """UIDVALIDITY as told when the folder was selected."""
    _, values = mailbox.client.response("UIDVALIDITY")
    given = values[-1] if values else None
    if isinstance(given, bytes) and given.isdigit():
        # the answer is handed out once: keep it for the next call on this connection
        mailbox.client.untagged_responses["UIDVALIDITY"] = [given]
        return int(given)
    return 0


def _uids_after(mailbox: BaseMailBox, last: int) -> list[int]:
    """`n:*` always matches the newest mail, even when its UID is below n: filter once more."""
    found = mailbox.uids(f"UID {last + 1}:*")
    return sorted(uid for uid in map(int, found) if uid > last)


def _fetch_one(mailbox: BaseMailBox, uid: int) -> tuple[bytes, int] | None:
    """(raw, size on the server); None when the mail was deleted meanwhile."""
    status, answer = mailbox.client.uid("FETCH", str(uid), f"(UID RFC822.SIZE BODY.PEEK[]<0.{LARGEST}>)")
    if status != "OK":
        raise ChannelError("imap_refused", f"FETCH {uid}", permanent=False)
    for item in answer:
        if isinstance(item, tuple) and (named := _UID.search(item[0])) and int(named[1]) == uid:
            size = _SIZE.search(item[0])
            return item[1], int(size[1]) if size else len(item[1])
    return None
