"""What is new in our mailboxes?

A mailbox is a channel of kind mail: settings {host, port, security, user, folder, address, interval}, the password
sealed in `secret`. Looking into it stores what is new, raw, and moves the cursor on; understanding it is the journey's
(post_in). A mail is stored before the cursor moves and its bytes are its key, so that a crash between the two costs
nothing. What is wrong with a mailbox stands in `Channel.problem` until a look succeeds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from yingnuo.channels import accept
from yingnuo.channels.adapters.mail import imap
from yingnuo.channels.adapters.mail.imap import Cursor, ImapServer
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.kit import secrets

INTERVAL_S = 60
MOST = 100  # mails of one look; the next look goes on


def due(*, now: datetime) -> list[Channel]:
    """The mailboxes whose interval is over; those never looked into first."""
    rows = Channel.objects.filter(kind=ChannelKind.MAIL, active=True).order_by("checked_at", "id")
    return [row for row in rows if row.settings.get("host") and _is_due(row, now)]


def _is_due(row: Channel, now: datetime) -> bool:
    # a job that runs each minute comes some seconds early or late: five seconds do not count
    wait = timedelta(seconds=_whole(row.settings, "interval", INTERVAL_S) - 5)
    return row.checked_at is None or now - row.checked_at >= wait


def fetch(channel: Channel, *, now: datetime) -> int:
    """Stores what is new; how many mails were. A mailbox that fails says why in `problem`, and is tried again."""
    stored, problem = 0, ""
    try:
        with imap.opened(server_of(channel)) as mailbox:
            for mail in imap.fetch_new(mailbox, cursor_of(channel), at_most=MOST):
                stored += _store(channel, mail.raw, mail.cursor, now)
    except ChannelError as error:
        problem = str(error)[:200]
    except ValueError as error:  # settings that name no server, or a password sealed under another key
        problem = f"settings: {error}"[:200]
    Channel.objects.filter(pk=channel.pk).update(checked_at=now, problem=problem)
    return stored


def _store(channel: Channel, raw: bytes, cursor: Cursor, now: datetime) -> bool:
    _row, new = accept.keep(channel, content=raw, key=hashlib.sha256(raw).hexdigest(), received_at=now)
    Channel.objects.filter(pk=channel.pk).update(cursor=f"{cursor.validity}:{cursor.last_uid}")
    return new


def cursor_of(channel: Channel) -> Cursor:
    """How far the mailbox was read; from the beginning when that is not known."""
    validity, _colon, last = channel.cursor.partition(":")
    return Cursor(int(validity), int(last)) if validity.isdigit() and last.isdigit() else Cursor()


def server_of(channel: Channel) -> ImapServer:
    """Where the mailbox is; ValueError when its password was sealed under another key."""
    s = channel.settings
    security = str(s.get("security") or imap.Security.TLS)
    return ImapServer(
        host=str(s.get("host", "")),
        port=_whole(s, "port", 993 if security == imap.Security.TLS else 143),
        user=str(s.get("user", "")),
        password=secrets.unseal(channel.secret),
        folder=str(s.get("folder") or "INBOX"),
        security=imap.Security(security),
    )


def _whole(settings: Mapping[str, object], name: str, default: int) -> int:
    value = str(settings.get(name) or "")
    return int(value) if value.isascii() and value.isdigit() else default
