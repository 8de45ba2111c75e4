"""How does each row of the ledger become one delivery to each endpoint that wants to hear of it, once?

One process at a time holds the mark up to which the ledger was read; the deliveries and the moved mark are one
transaction, and the key (endpoint, event) would refuse a second one besides. Only settled rows are read.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from yingnuo.ledger.models import Event
from yingnuo.webhooks import catalogue
from yingnuo.webhooks.models import Delivery, Endpoint, EndpointState, Reading
from yingnuo.webhooks.payloads import Bodies

BATCH = 500
_HEARS = [EndpointState.ACTIVE, EndpointState.PAUSED]


def fan_out(up_to: int) -> bool:
    """Reads on to the settled row `up_to`; True when there is more to do at once."""
    with transaction.atomic(durable=True):
        mark = _mark()
        if mark is None:
            return False
        behind = _catch_up(up_to)
        if mark.up_to >= up_to:
            return behind
        endpoints = list(Endpoint.objects.filter(state__in=_HEARS))
        # what all endpoints are too young for need not be read: of a first endpoint that is the whole past
        after = max(mark.up_to, min((e.since_id for e in endpoints), default=up_to))
        reached = _between(endpoints, after, up_to) if after < up_to else up_to
        Reading.objects.filter(pk=mark.pk).update(up_to=reached)
    return behind or reached < up_to


def _mark() -> Reading | None:
    """The mark, locked; None while another process has it."""
    if not Reading.objects.exists():
        Reading.objects.get_or_create(pk=1)
    return Reading.objects.select_for_update(skip_locked=True).first()


def _between(endpoints: Sequence[Endpoint], after: int, up_to: int) -> int:
    """Deliveries of the next rows; the id up to which that was done."""
    wanted = catalogue.codes_of(frozenset(type for e in endpoints for type in e.events))
    rows = Event.objects.filter(pk__gt=after, pk__lte=up_to, code__in=wanted).order_by("pk")
    events = list(rows[:BATCH])
    _deliver(endpoints, events)
    return events[-1].pk if len(events) == BATCH else up_to


def _catch_up(up_to: int) -> bool:
    """One batch for an endpoint that is to hear of a stretch afterwards; True when there is more."""
    behind = Endpoint.objects.filter(state__in=_HEARS, behind_id__isnull=False).order_by("pk").first()
    if behind is None or behind.behind_id is None:
        return False
    end = min(behind.behind_until or 0, up_to)
    reached = _between([behind], behind.behind_id, end) if behind.behind_id < end else end
    done = reached >= end
    Endpoint.objects.filter(pk=behind.pk).update(
        behind_id=None if done else reached, behind_until=None if done else F("behind_until")
    )
    return True


def _deliver(endpoints: Sequence[Endpoint], events: Sequence[Event]) -> None:
    bodies = Bodies(events)
    made: list[Delivery] = []
    for event in events:
        kind = catalogue.kind_of(event.code)
        hear = [e for e in endpoints if kind and _hears(e, kind.type, event.pk)]
        if kind and hear:
            body = bodies.of(event, kind)
            made += [_delivery(e, event, kind.type, body) for e in hear]
    Delivery.objects.bulk_create(made, ignore_conflicts=True)


def _hears(endpoint: Endpoint, type: str, event: int) -> bool:
    in_time = event > endpoint.since_id or (endpoint.behind_id is not None and event > endpoint.behind_id)
    return in_time and (catalogue.ALL in endpoint.events or type in endpoint.events)


def _delivery(endpoint: Endpoint, event: Event, type: str, body: str) -> Delivery:
    return Delivery(
        endpoint=endpoint, event_id=event.pk, key=new_key(), type=type, ticket_id=event.ticket_id, body=body,
        at=event.at, retry_at=event.at,
    )  # fmt: skip


def new_key() -> str:
    """A webhook-id of our own."""
    return f"msg_{uuid.uuid4().hex}"
