"""How do deliveries leave: which may go now, and what follows from how it went?

Claimed under a lease, sent outside of any transaction, so at least once; the webhook-id tells a receiver what it has
had. Events of one ticket go to one endpoint in their order, as long as the endpoint takes them: one that it refuses
(4xx) is tried again beside the others. An endpoint that is away is left alone for a while as a whole; what waits for
it has used no attempt meanwhile, and goes out at once when it is back.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from yingnuo.kit import instants
from yingnuo.ledger import settled
from yingnuo.webhooks import sending
from yingnuo.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState, WhyOff
from yingnuo.webhooks.sending import Tried, Verdict

_log = structlog.get_logger(__name__)
BATCH = 50
LEASE = timedelta(minutes=2)  # a worker that is not heard of for so long is taken for dead
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 12 * 3_600  # between attempts; each is three times the one before, and some jitter
GIVE_UP_AFTER = timedelta(days=3)
OFF_AFTER = timedelta(days=5)
ALONE_S = (5, 15, 60, 300, 900)  # for which an endpoint that is away is left alone, by failures in a row
_JITTER = random.SystemRandom()


def due(*, now: datetime) -> list[int]:
    """Endpoints that may be called now and have something waiting."""
    free = Q(state=EndpointState.ACTIVE) & (Q(retry_at=None) | Q(retry_at__lte=now))
    waiting = Delivery.objects.filter(endpoint=OuterRef("pk"), state__in=_OPEN, retry_at__lte=now)
    return list(Endpoint.objects.filter(free, Exists(waiting)).order_by("pk").values_list("pk", flat=True))


_OPEN = [DeliveryState.PENDING, DeliveryState.SENDING]
# Of each ticket only what no earlier one holds back: one on its way, or one that failed and waits for its next attempt.
_CLAIM = """
UPDATE webhooks_delivery SET state = 'sending', attempts = attempts + 1, retry_at = %(lease)s,
    tried_since = COALESCE(tried_since, %(now)s)
WHERE id IN (
    SELECT d.id FROM webhooks_delivery d
    WHERE d.endpoint_id = %(endpoint)s AND d.state IN ('pending', 'sending') AND d.retry_at <= %(now)s
        AND (d.ticket_id IS NULL OR NOT EXISTS (
            SELECT 1 FROM webhooks_delivery e
            WHERE e.endpoint_id = d.endpoint_id AND e.ticket_id = d.ticket_id AND e.id < d.id AND e.holds
                AND e.state IN ('pending', 'sending') AND e.retry_at > %(now)s))
    ORDER BY d.id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one lane sends: deliveries of one endpoint, in their order."""

    endpoint: Endpoint
    rows: Sequence[Delivery]


def claim(endpoint: int, *, now: datetime, most: int = BATCH) -> Claim | None:
    """Takes what may go to an endpoint under a lease; a single one where it is not known whether it is back."""
    with transaction.atomic(durable=True):
        # two that claim at once would each not see what the other takes, and could turn the order round
        row = Endpoint.objects.select_for_update(skip_locked=True).filter(pk=endpoint).first()
        if row is None or row.state != EndpointState.ACTIVE or (row.retry_at and row.retry_at > now):
            return None
        values: dict[str, int | datetime] = {
            "endpoint": endpoint,
            "now": now,
            "lease": now + LEASE,
            "most": 1 if row.failures else most,
        }
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, values)
            ids = [pk for (pk,) in cursor.fetchall()]
    return Claim(row, list(Delivery.objects.filter(pk__in=ids).order_by("pk"))) if ids else None


def deliver(taken: Claim) -> None:
    """Sends what was claimed, one after the other, until it turns out that the endpoint is away or gone."""
    for place, row in enumerate(taken.rows):
        now = instants.now()
        if not _still_ours(row, now):
            continue
        tried = sending.attempt(taken.endpoint, row, now=now)
        settle(taken.endpoint, row, tried, began=now, now=instants.now())
        if tried.verdict in (Verdict.AWAY, Verdict.GONE):
            _give_back(taken.rows[place + 1 :])
            return


def _still_ours(row: Delivery, now: datetime) -> bool:
    """Takes the lease anew: behind a slow endpoint the rows of one claim may wait longer than it holds."""
    mine = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING, attempts=row.attempts)
    return bool(mine.update(retry_at=now + LEASE))


def _give_back(rows: Sequence[Delivery]) -> None:
    """What was claimed and not tried has used no attempt."""
    for row in rows:
        mine = Delivery.objects.filter(pk=row.pk, state=DeliveryState.SENDING, attempts=row.attempts)
        mine.update(state=DeliveryState.PENDING, attempts=F("attempts") - 1, retry_at=row.at)
        Delivery.objects.filter(pk=row.pk, attempts=0).update(tried_since=None)


def settle(endpoint: Endpoint, row: Delivery, tried: Tried, *, began: datetime, now: datetime) -> None:
    """Keeps what an attempt came to, at the delivery, in its log and at the endpoint; one transaction."""
    with transaction.atomic(durable=True):
        fresh = Endpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
        if fresh is None:
            return  # taken away meanwhile, and its deliveries with it
        _note(row, tried, began)
        if tried.verdict is Verdict.TAKEN:
            _delivered(fresh, row, tried, now)
        else:
            _failed(fresh, row, tried, now)
    level = _log.info if tried.verdict is Verdict.TAKEN else _log.warning
    level("webhook.attempt", endpoint=endpoint.pk, key=row.key, status=tried.status, problem=tried.problem)


def _note(row: Delivery, tried: Tried, began: datetime) -> None:
    Attempt.objects.create(
        delivery=row, at=began, ms=tried.ms, address=tried.address, status=tried.status, problem=tried.problem[:200],
        head=tried.head, answer=tried.answer,
    )  # fmt: skip


def _delivered(endpoint: Endpoint, row: Delivery, tried: Tried, now: datetime) -> None:
    Delivery.objects.filter(pk=row.pk).update(
        state=DeliveryState.DELIVERED, delivered_at=now, retry_at=None, status=tried.status, problem=""
    )
    if endpoint.failures:
        back = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.PENDING, holds=True, retry_at__gt=now)
        back.update(retry_at=now)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        failures=0, failing_since=None, retry_at=None, problem="", last_ok_at=now
    )


def _failed(endpoint: Endpoint, row: Delivery, tried: Tried, now: datetime) -> None:
    pause = max(tried.after_s, _pause(row.attempts))
    since = row.tried_since or now
    over = row.event_id is None or now + timedelta(seconds=pause) > since + GIVE_UP_AFTER
    Delivery.objects.filter(pk=row.pk).update(
        state=DeliveryState.FAILED if over else DeliveryState.PENDING,
        retry_at=None if over else now + timedelta(seconds=pause),
        holds=tried.verdict is not Verdict.REFUSED, status=tried.status, problem=tried.problem[:200],
    )  # fmt: skip
    if row.event_id is None and tried.verdict is not Verdict.GONE:
        return  # somebody only tries it out
    _endpoint_failed(endpoint, tried, now)


def _endpoint_failed(endpoint: Endpoint, tried: Tried, now: datetime) -> None:
    since = endpoint.failing_since or now
    values: dict[str, object] = {"failing_since": since, "problem": _said(tried)}
    if tried.verdict is Verdict.AWAY:
        alone = max(tried.after_s, _jittered(ALONE_S[min(endpoint.failures, len(ALONE_S) - 1)]))
        values |= {"failures": endpoint.failures + 1, "retry_at": now + timedelta(seconds=alone)}
    Endpoint.objects.filter(pk=endpoint.pk).update(**values)
    if tried.verdict is Verdict.GONE:
        switch_off(endpoint, WhyOff.GONE)
    elif now - since >= OFF_AFTER and endpoint.state == EndpointState.ACTIVE:
        switch_off(endpoint, WhyOff.FAILING)


def _said(tried: Tried) -> str:
    return f"{tried.problem} {tried.status or ''}".strip()[:200]


def switch_off(endpoint: Endpoint, why: WhyOff) -> None:
    """Calls it no more, in the caller's transaction; what waits for it is given up and can be sent again later."""
    Endpoint.objects.filter(pk=endpoint.pk).update(
        state=EndpointState.OFF, why_off=why, off_id=settled.end(), told_at=None, retry_at=None, behind_id=None,
        behind_until=None,
    )  # fmt: skip
    waiting = Delivery.objects.filter(endpoint=endpoint, state__in=_OPEN)
    waiting.update(state=DeliveryState.FAILED, retry_at=None, problem="switched_off")


def _pause(attempts: int) -> int:
    return _jittered(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 3 ** min(attempts - 1, 20)))


def _jittered(seconds: float) -> int:
    return max(1, round(seconds * _JITTER.uniform(0.8, 1.2)))


def try_now(endpoint: Endpoint, row: Delivery) -> Tried:
    """Sends one delivery at once, whatever the endpoint's state; for who stands before the page and waits."""
    began = instants.now()
    tried = sending.attempt(endpoint, row, now=began)
    settle(endpoint, row, replace(tried, problem=tried.problem[:200]), began=began, now=instants.now())
    return tried
