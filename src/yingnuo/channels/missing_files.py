"""How do files that came as references get to their message?

The words are taken in at once and the promise runs; the files follow, tried again for a day. What cannot be had is said
at the message by the row that stays behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from yingnuo.channels import accounts, basis, registry
from yingnuo.channels.contract import ChannelError, Fetches, File, Media
from yingnuo.channels.models import Channel, MissingFile
from yingnuo.kit import instants, live
from yingnuo.tickets import services as tickets
from yingnuo.tickets.services import NewFile

_log = structlog.get_logger(__name__)
_RETRIES = (5, 30, 120, 600, 3_600, 21_600, 43_200)  # seconds
_LEASE = timedelta(minutes=3)


def expect(channel: Channel, message: int, media: Sequence[Media], *, now: datetime) -> None:
    """Remembers files to be fetched for a message, in the caller's transaction."""
    rows = [
        MissingFile(
            message_id=message, channel=channel, ref=m.ref, name=m.name[:200], content_type=m.content_type[:120],
            retry_at=now,
        )
        for m in media
    ]  # fmt: skip
    MissingFile.objects.bulk_create(rows)


def fetch_due(*, most: int = 10) -> int:
    """Fetches what is due; how many were tried. The provider is asked outside of any transaction."""
    with transaction.atomic(durable=True):
        due = MissingFile.objects.select_for_update(skip_locked=True, of=("self",)).filter(retry_at__lte=Now())
        ids = list(due.order_by("retry_at").values_list("pk", flat=True)[:most])
        MissingFile.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1, retry_at=instants.now() + _LEASE)
    for row in MissingFile.objects.filter(pk__in=ids).select_related("channel", "message"):
        _fetch(row)
    return len(ids)


def _fetch(row: MissingFile) -> None:
    try:
        basis.check(row.channel)
        adapter = registry.adapter_of(row.channel.kind)
        if not isinstance(adapter, Fetches):
            raise ChannelError("fetches_nothing", row.channel.kind, permanent=True)
        file = adapter.fetch(accounts.of(row.channel), Media(row.ref, row.name, row.content_type))
    except ChannelError as error:
        _later(row, error)
        return
    except ValueError as error:  # a secret sealed under another key, an answer that is none
        _later(row, ChannelError("unreadable", str(error), permanent=False))
        return
    _attach(row, file)


def _attach(row: MissingFile, file: File) -> None:
    new = NewFile(row.name or file.name, file.content_type or row.content_type, file.data, file.inline_id)
    with transaction.atomic(durable=True):
        if not MissingFile.objects.filter(pk=row.pk).delete()[0]:
            return  # another worker, after our lease, was quicker
        tickets.attach(row.message, [new])
        live.publish(f"ticket:{row.message.ticket_id}", row.message.ticket_id)


def _later(row: MissingFile, error: ChannelError) -> None:
    final = error.permanent or row.attempts > len(_RETRIES)
    pause = timedelta(seconds=_RETRIES[min(row.attempts, len(_RETRIES)) - 1])
    _log.warning("file.not_fetched", message=row.message_id, problem=str(error)[:200], given_up=final)
    MissingFile.objects.filter(pk=row.pk).update(
        retry_at=None if final else instants.now() + pause, problem=str(error)[:250]
    )
