"""What is new in our mailboxes?

A mailbox is a channel of kind mail: settings {host, port, security, user, folder, address, interval}, its secrets
sealed (see setup). Looking into it stores what is new, raw, and moves the cursor on; understanding it is the journey's
(post_in). A mail is stored before the cursor moves and its bytes are its key, so that a crash between the two costs
nothing. A held connection (`listen`) hears of news at once; where it is not held, a job looks every so often. What is
wrong with a mailbox stands in `Channel.problem` until a look succeeds.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from imap_tools import BaseMailBox

from yingnuo.channels import accept, accounts, hooks, mail_tokens
from yingnuo.channels.adapters.mail import imap
from yingnuo.channels.adapters.mail.imap import Cursor, ImapServer
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.kit import instants

INTERVAL_S = 60
MOST = 100  # mails of one look; the next look goes on
STAND_BY_S = 120  # a quiet connection is tried so often; it also counts as a look
SENDING = "smtp_"  # problems that begin so are those of the way out; a look into the mailbox leaves them


def with_server() -> list[Channel]:
    """The mailboxes that lie on a server, those never looked into first."""
    rows = Channel.objects.filter(kind=ChannelKind.MAIL, active=True).order_by("checked_at", "id")
    return [row for row in rows if row.settings.get("host")]


def due(*, now: datetime) -> list[Channel]:
    """The mailboxes whose interval is over; those that a connection is held to are not."""
    return [row for row in with_server() if _is_due(row, now)]


def _is_due(row: Channel, now: datetime) -> bool:
    # a job that runs each minute comes some seconds early or late: five seconds do not count
    wait = timedelta(seconds=_interval(row) - 5)
    return row.checked_at is None or now - row.checked_at >= wait


def _interval(row: Channel) -> int:
    return _whole(row.settings, "interval", INTERVAL_S)


def fetch(channel: Channel, *, now: datetime) -> int:
    """Stores what is new; how many mails were. A mailbox that fails says why in `problem`, and is tried again."""
    stored, problem = 0, ""
    try:
        with imap.opened(server_of(channel, now=now)) as mailbox:
            stored = _take_new(channel, mailbox, now)[1]
    except ChannelError as error:
        problem = _refused(channel, error)
    except ValueError as error:  # settings that name no server, or a password sealed under another key
        problem = f"settings: {error}"[:200]
    _looked(channel, problem, now)
    return stored


def listen(pk: int, stop: threading.Event) -> bool:
    """Holds a connection to one mailbox until it breaks or `stop` is set; True when it stood."""
    channel = Channel.objects.filter(pk=pk, active=True).first()
    if channel is None:
        stop.set()
        return True
    stood = False
    try:
        with imap.opened(server_of(channel, now=instants.now())) as mailbox:
            while not stop.is_set():
                more = _all_new(channel, mailbox)
                stood = True
                if not more:
                    imap.stand_by(mailbox, min(STAND_BY_S, _interval(channel)), stop)
    except ChannelError as error:
        _looked(channel, _refused(channel, error), instants.now())
    except ValueError as error:
        _looked(channel, f"settings: {error}"[:200], instants.now())
    return stood


def _all_new(channel: Channel, mailbox: BaseMailBox) -> bool:
    """One look on a held connection; whether there may be more."""
    now = instants.now()
    seen, stored = _take_new(channel, mailbox, now)
    _looked(channel, "", now)
    if stored:
        hooks.wake()
    return seen >= MOST


def _take_new(channel: Channel, mailbox: BaseMailBox, now: datetime) -> tuple[int, int]:
    seen = stored = 0
    for mail in imap.fetch_new(mailbox, cursor_of(channel), at_most=MOST):
        seen, stored = seen + 1, stored + _store(channel, mail.raw, mail.cursor, now)
    return seen, stored


def _store(channel: Channel, raw: bytes, cursor: Cursor, now: datetime) -> bool:
    _row, new = accept.keep(channel, content=raw, key=hashlib.sha256(raw).hexdigest(), received_at=now)
    channel.cursor = f"{cursor.validity}:{cursor.last_uid}"
    Channel.objects.filter(pk=channel.pk).update(cursor=channel.cursor)
    return new


def _refused(channel: Channel, error: ChannelError) -> str:
    if error.code == "imap_auth":
        mail_tokens.forget(channel.pk)  # a token may have been withdrawn before its time
    return str(error)[:200]


def _looked(channel: Channel, problem: str, now: datetime) -> None:
    """What the last look said; a trouble of sending stays until a mail has left."""
    rows = Channel.objects.filter(pk=channel.pk)
    rows.update(checked_at=now)
    if not problem:
        rows = rows.exclude(problem="").exclude(problem__startswith=SENDING)
    rows.update(problem=problem, problem_at=now if problem else None)


def cursor_of(channel: Channel) -> Cursor:
    """How far the mailbox was read; from the beginning when that is not known."""
    validity, _colon, last = channel.cursor.partition(":")
    return Cursor(int(validity), int(last)) if validity.isdigit() and last.isdigit() else Cursor()


def server_of(channel: Channel, *, now: datetime) -> ImapServer:
    """Where the mailbox is and what lets us in. ValueError when its secrets were sealed under another key;
    ChannelError when a token cannot be had."""
    s = channel.settings
    security = str(s.get("security") or imap.Security.TLS)
    by_token = s.get("auth") == "oauth"
    return ImapServer(
        host=str(s.get("host", "")),
        port=_whole(s, "port", 993 if security == imap.Security.TLS else 143),
        user=str(s.get("user", "")),
        password="" if by_token else accounts.secrets_of(channel).get("secret", ""),
        folder=str(s.get("folder") or "INBOX"),
        security=imap.Security(security),
        token=mail_tokens.access(channel, now=now) if by_token else "",
    )


def mark(row: Channel) -> str:
    """What a held connection depends on: when it changes, a new one is made. Renewed tokens do not count."""
    secret = "" if row.settings.get("auth") == "oauth" else row.secret
    counting = {name: value for name, value in row.settings.items() if name != "words"}
    return f"{secret}{sorted(counting.items(), key=str)}"


def _whole(settings: Mapping[str, object], name: str, default: int) -> int:
    value = str(settings.get(name) or "")
    return int(value) if value.isascii() and value.isdigit() else default
