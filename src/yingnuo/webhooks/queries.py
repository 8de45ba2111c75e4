"""How is each webhook, and what did it hear of?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import Actor, require
from yingnuo.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState
from yingnuo.webhooks.services import VERB, get


@dataclass(frozen=True, slots=True)
class Health:
    """One endpoint. `state` is active, paused, off, failing (it takes nothing) or resting (left alone until then)."""

    endpoint: Endpoint
    waiting: int
    state: str


def health(endpoints: Iterable[Endpoint], *, now: datetime) -> list[Health]:
    """How these are, in their order; one query for all."""
    rows = list(endpoints)
    waits = Delivery.objects.filter(endpoint__in=rows, state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    counts = dict(waits.values_list("endpoint").annotate(n=Count("id")).order_by())
    return [Health(row, counts.get(row.pk, 0), _state(row, now)) for row in rows]


def _state(row: Endpoint, now: datetime) -> str:
    if row.state != EndpointState.ACTIVE:
        return row.state
    if row.retry_at and row.retry_at > now:
        return "resting"
    return "failing" if row.failing_since else "active"


def log(actor: Actor, endpoint: int, *, state: str = "") -> QuerySet[Delivery]:
    """The deliveries of one endpoint without their bodies, to be ordered by the caller."""
    row = get(actor, endpoint)
    found = Delivery.objects.filter(endpoint=row).defer("body")
    if state == "waiting":
        return found.filter(state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    return found.filter(state=state) if state in DeliveryState.values else found


def delivery(actor: Actor, endpoint: int, pk: int) -> tuple[Delivery, list[Attempt]]:
    """One delivery and how it went, the last attempt first."""
    require(actor, VERB)
    row = Delivery.objects.select_related("endpoint").filter(endpoint=endpoint, pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such delivery."), code="delivery_not_found")
    return row, list(row.tries.order_by("-id")[:50])
