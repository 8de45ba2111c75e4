"""How do notices reach people by mail and SMS?

Claimed in short transactions, sent outside them, at least once with the notice's key as idempotency key. Many to one
person by one way within a round go out as one digest; the rows keep all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from liquid.exceptions import LiquidError

from yingnuo.alerts import matters, wording
from yingnuo.alerts.models import Notice, NoticeState
from yingnuo.alerts.wording import Worded
from yingnuo.channels import outlets
from yingnuo.channels.contract import ChannelError, Outgoing, Sender
from yingnuo.kit import instants
from yingnuo.tickets.models import Ticket

_log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
RETRIES = (10, 30, 60, 120, 300, 600, 1_800)  # seconds; a warning hours late helps nobody
DIGEST_FROM = 6  # notices to one person by one way in one round that are put together


def deliver_due(*, most: int = 100) -> int:
    """Sends what is due; returns how many notices were tried."""
    rows = _claim(most)
    if not rows:
        return 0
    senders: dict[str, Sender] = {"mail": outlets.mail(), "sms": outlets.sms()}
    tickets = Ticket.objects.select_related("contact", "agent", "team").defer("search")
    by_id = tickets.in_bulk({n.ticket_id for n in rows})
    for group in _groups(rows):
        if not _still_ours(group):
            continue
        try:
            _send(group, by_id, senders)
        except (
            LiquidError,
            LookupError,
            ValueError,
            ObjectDoesNotExist,
        ) as error:  # one bad wording must not hold up the others
            _log.exception("notice.cannot_be_worded", notice=group[0].pk)
            _settle(group, NoticeState.FAILED, problem=f"{type(error).__name__}: {error}"[:250])
    return len(rows)


def _claim(most: int) -> list[Notice]:
    states = [NoticeState.PENDING, NoticeState.SENDING]
    with transaction.atomic(durable=True):
        due = Notice.objects.select_for_update(skip_locked=True).filter(state__in=states, retry_at__lte=Now())
        ids = list(due.order_by("retry_at").values_list("pk", flat=True)[:most])
        Notice.objects.filter(pk__in=ids).update(
            state=NoticeState.SENDING, attempts=F("attempts") + 1, retry_at=instants.now() + LEASE
        )
    return list(Notice.objects.filter(pk__in=ids).select_related("staff").order_by("id"))


def _still_ours(group: Sequence[Notice]) -> bool:
    """Takes the lease anew: behind a slow server the notices of one claim may wait longer than it holds."""
    ids = [n.pk for n in group]
    mine = Notice.objects.filter(pk__in=ids, state=NoticeState.SENDING, retry_at=group[0].retry_at)
    return mine.update(retry_at=instants.now() + LEASE) == len(ids)


def _groups(rows: Sequence[Notice]) -> list[list[Notice]]:
    by_person: dict[tuple[int, str], list[Notice]] = defaultdict(list)
    for n in rows:
        by_person[n.staff_id, n.way].append(n)
    groups: list[list[Notice]] = []
    for notices in by_person.values():
        groups += [notices] if len(notices) >= DIGEST_FROM else [[n] for n in notices]
    return groups


def _send(group: list[Notice], tickets: Mapping[int, Ticket], senders: Mapping[str, Sender]) -> None:
    first = group[0]
    to = first.staff.email if first.way == "mail" else first.staff.phone
    sender = senders.get(first.way)
    if sender is None or not to:
        _settle(group, NoticeState.SKIPPED, problem="no_address" if sender else "unknown_way")
        return
    worded = _worded(group, tickets)
    out = Outgoing(
        key=f"notice-{first.pk}-{len(group)}", to=to, subject=worded.subject, text=worded.text,
        message_id=f"<notice-{first.pk}@{outlets.mail_address().rpartition('@')[2] or 'localhost'}>", automatic=True,
    )  # fmt: skip
    try:
        sender.send(out)
    except ChannelError as error:
        _retry(group, error, now=instants.now())
        return
    _settle(group, NoticeState.SENT)


def _worded(group: list[Notice], tickets: Mapping[int, Ticket]) -> Worded:
    first = group[0]
    if len(group) > 1:
        return wording.digest(group, first.staff, url=_url("desk:queue"))
    if not first.ticket_id:
        return matters.word(first, first.staff, site=str(settings.YINGNUO.address))
    ticket = tickets[first.ticket_id]
    return wording.word(first, ticket, first.staff, url=_url("desk:ticket", ticket.pk))


def _url(name: str, *args: int) -> str:
    return str(settings.YINGNUO.address) + reverse(name, args=args)


def _settle(group: list[Notice], state: NoticeState, *, problem: str = "") -> None:
    sent_at = instants.now() if state == NoticeState.SENT else None
    ids = [n.pk for n in group]
    Notice.objects.filter(pk__in=ids).update(state=state, sent_at=sent_at, problem=problem, retry_at=None)


def _retry(group: list[Notice], error: ChannelError, *, now: datetime) -> None:
    for n in group:
        final = error.permanent or (n.attempts > len(RETRIES) and not error.waits)
        pause = RETRIES[min(n.attempts, len(RETRIES)) - 1]
        Notice.objects.filter(pk=n.pk).update(
            state=NoticeState.FAILED if final else NoticeState.PENDING,
            retry_at=None if final else now + timedelta(seconds=pause),
            problem=str(error)[:250],
        )
