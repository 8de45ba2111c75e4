"""What happens when a provider calls our door?

The call is verified, its body kept raw once (in its own transaction, before anybody understands it) and answered; a
worker takes it in. A forged, stale or oversized call leaves nothing behind; a repeated one changes nothing.
"""

from __future__ import annotations

import hashlib

from django.db import connection

from yingnuo.channels import accept, accounts, basis, registry
from yingnuo.channels.contract import Account, Answer, Checked, Hook, Rejected
from yingnuo.channels.models import Channel

LARGEST = 2 * 1024 * 1024  # bytes of one call; providers send files as references
WAKE = "yn_raw"
"""NOTIFY channel on which workers hear that something waits to be taken in."""


def take(channel: Channel, hook: Hook) -> Answer:
    """Verifies one call and keeps it; what to answer. Raises Rejected."""
    if not channel.active or basis.is_missing(channel):
        raise Rejected("off")
    if len(hook.body) > LARGEST:
        raise Rejected("too_large")
    checked = _checked(channel, accounts.of(channel), hook)
    if checked.body:
        keep(channel, [(checked.key, checked.body)], hook=hook)
    return checked.answer


def _checked(channel: Channel, account: Account, hook: Hook) -> Checked:
    try:
        return registry.adapter_of(channel.kind).verify(account, hook)
    except LookupError as error:
        raise Rejected("off") from error


def keep(channel: Channel, bodies: list[tuple[str, bytes]], *, hook: Hook) -> None:
    """Stores the bodies of one call, each once."""
    for key, body in bodies:
        accept.keep(channel, content=body, key=key or digest(body), received_at=hook.received_at)
    accounts.heard(channel.pk, now=hook.received_at)
    wake()


def wake() -> None:
    """Tells a worker that something waits to be taken in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])


def digest(body: bytes) -> str:
    """The key of a body whose provider gives none."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
