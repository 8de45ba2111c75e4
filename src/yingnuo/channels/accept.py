"""How is what came in kept before anybody understands it?"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Channel, ChannelKind, Raw, RawState
from yingnuo.kit import bulk
from yingnuo.kit.errors import Conflict

_DEFAULTS = {ChannelKind.PORTAL: "Portal", ChannelKind.API: "API", ChannelKind.FILES: "Files"}


def built_in(kind: ChannelKind) -> Channel:
    """The one channel of a kind that every installation has; made when it is first used."""
    channel, _made = Channel.objects.get_or_create(
        code=kind.value, defaults={"name": _DEFAULTS.get(kind, kind.value), "kind": kind}
    )
    return channel


def draft(channel: Channel, *, content: bytes, key: str = "", received_at: datetime) -> Raw:
    """An unsaved raw row; without a key it gets one of its own and never meets another."""
    return Raw(
        channel=channel,
        key=(key or uuid.uuid4().hex)[:250],
        received_at=received_at,
        content=content,
        size=len(content),
    )


def keep(channel: Channel, *, content: bytes, key: str, received_at: datetime) -> tuple[Raw, bool]:
    """Stores one raw arrival in its own transaction; (row, True) when it is new, (the earlier row, False) otherwise."""
    with transaction.atomic(durable=True):
        row, new = Raw.objects.get_or_create(
            channel=channel,
            key=key[:250],
            defaults={"content": content, "size": len(content), "received_at": received_at},
        )
    return row, new


def keep_many(channel: Channel, bodies: Sequence[tuple[str, bytes]], *, received_at: datetime) -> None:
    """Stores many raw arrivals (key, content), each once, in one transaction of its own."""
    rows = [draft(channel, content=content, key=key, received_at=received_at) for key, content in bodies]
    with transaction.atomic(durable=True):
        Raw.objects.bulk_create(rows, ignore_conflicts=True)


def same_again(channel: Channel, *, key: str, content: bytes) -> Raw | None:
    """The earlier arrival under this idempotency key, if any; Conflict when the key came with other content."""
    row = Raw.objects.filter(channel=channel, key=key[:250]).first()
    if row is not None and bytes(row.content) != content:
        raise Conflict(
            _("This idempotency key was used for another request. Use a new key."), code="idempotency_key_reused"
        )
    return row


def taken(raws: Sequence[Raw]) -> None:
    """Stores what became of raw arrivals; unsaved ones are inserted with it, in one statement each."""
    for raw in raws:
        raw.state = RawState.TAKEN
    fresh = [r for r in raws if r.pk is None]
    known = [r for r in raws if r.pk is not None]
    if fresh:
        bulk.create(fresh)
    if known:
        Raw.objects.bulk_update(known, ["state", "outcome", "ticket", "message", "problem"])


def failed(raw: Raw, problem: str) -> None:
    """Keeps why an arrival could not be taken in; it stays waiting to be tried again."""
    raw.problem = problem[:2000]
    raw.state = RawState.FAILED
    if raw.pk is None:
        raw.save()
    else:
        raw.save(update_fields=["state", "problem"])
