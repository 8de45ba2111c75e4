"""Which access token lets us into a mailbox now?

Refresh tokens are sealed in `Channel.secret`; access tokens live in the memory of a process and are renewed before they
end. One process at a time asks, under a lock of the database: some providers take a refresh token only once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction

from yingnuo.channels import accounts
from yingnuo.channels.adapters.mail import oauth
from yingnuo.channels.adapters.mail.oauth import Client, Tokens
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.models import Channel

_LOCKS = 0x594F << 40  # advisory locks of those who renew a token
EARLY = timedelta(minutes=5)  # an access token is renewed so long before it ends
_HELD: dict[int, tuple[str, str, datetime]] = {}  # by channel: the client it is for, the token, until when


def client_of(channel: Channel) -> Client:
    """Our registration for this mailbox; ValueError when settings or key are not right."""
    secret = accounts.secrets_of(channel).get("client_secret", "")
    return Client(oauth.of(channel.settings), str(channel.settings.get("client_id") or ""), secret)


def access(channel: Channel, *, now: datetime) -> str:
    """An access token that holds for some minutes at least. Raises ChannelError, ValueError."""
    held = _HELD.get(channel.pk)
    mark = _mark(channel)
    if held is not None and held[0] == mark and now < held[2] - EARLY:
        return held[1]
    with _alone(channel.pk):
        row = Channel.objects.get(pk=channel.pk)
        kept = accounts.secrets_of(row).get("refresh_token", "")
        if not kept:
            raise ChannelError("oauth_not_connected", "", permanent=False)
        tokens = oauth.refresh(client_of(row), kept)
        keep(row.pk, tokens, now=now)
    return tokens.access


def keep(pk: int, tokens: Tokens, *, now: datetime) -> None:
    """Keeps what a provider gave: the refresh token sealed, the access token in memory."""
    with transaction.atomic(durable=True):
        row = Channel.objects.select_for_update().get(pk=pk)
        if tokens.refresh:
            row.secret = accounts.sealed({**accounts.secrets_of(row), "refresh_token": tokens.refresh})
            row.save(update_fields=["secret"])
    _HELD[pk] = (_mark(row), tokens.access, now + timedelta(seconds=tokens.lasts_s))


def forget(pk: int) -> None:
    """The access token is not used again: the server refused it, or the consent is a new one."""
    _HELD.pop(pk, None)


def _mark(channel: Channel) -> str:
    s = channel.settings
    return " ".join(str(s.get(name, "")) for name in ("provider", "tenant", "client_id", "token_url", "user"))


@contextmanager
def _alone(pk: int) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)::text", [_LOCKS | pk])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCKS | pk])
