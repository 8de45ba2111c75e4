"""How does a program set webhooks up for itself, watch them and have them repeated? (webhook.edit)"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from yingnuo.api import render
from yingnuo.api.asked import PathId
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.kit import instants, pages
from yingnuo.kit.errors import NotFound
from yingnuo.people.roles import require
from yingnuo.webhooks import catalogue, queries, services
from yingnuo.webhooks.models import Delivery, Endpoint
from yingnuo.webhooks.sending import masked
from yingnuo.webhooks.services import VERB, Facts, Which

router = Router(tags=["webhooks"])
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class WebhookIn(Schema):
    """A webhook. `events` are types of `GET /webhooks/events`, or `*` for all, later ones included."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    url: Url
    events: list[str] = Field(min_length=1, max_length=100)


class WebhookPatch(Schema):
    """What is to be changed. `state`: active, paused or off; `catch_up` also tells what happened while it was off."""

    model_config = ConfigDict(extra="forbid")
    name: Name | None = None
    url: Url | None = None
    events: list[str] | None = Field(None, min_length=1, max_length=100)
    state: Literal["active", "paused", "off"] | None = None
    catch_up: bool = False


class WebhookOut(Schema):
    """A webhook; `failing_since` is set while nothing is taken, `secret` only where it was made a moment ago."""

    id: int
    name: str
    url: str
    events: list[str]
    state: str
    why_off: str
    waiting: int
    failing_since: datetime | None
    problem: str
    last_ok_at: datetime | None
    created_at: datetime
    previous_until: datetime | None
    secret: str | None = None


class WebhookList(Schema):
    """All webhooks."""

    items: list[WebhookOut]


class EventKind(Schema):
    """One public type of event."""

    type: str
    about: str
    meaning: str
    version: int


class EventKinds(Schema):
    """All public types."""

    items: list[EventKind]


class RotateIn(Schema):
    """For how many seconds the old secret goes on signing: 0, 3600, 86400 or 604800."""

    model_config = ConfigDict(extra="forbid")
    grace_s: Literal[0, 3600, 86400, 604800] = 86_400


class TestOut(Schema):
    """What a test came to; `status` is null when nobody answered."""

    delivery: int
    status: int | None
    problem: str
    ms: int


class DeliveryOut(Schema):
    """One delivery; `key` is its webhook-id."""

    id: int
    key: str
    type: str
    event: int | None
    ticket: int | None
    at: datetime
    state: str
    attempts: int
    status: int | None
    problem: str
    next_at: datetime | None
    delivered_at: datetime | None
    replays: int


class DeliveryPage(Schema):
    """Deliveries, the newest first."""

    items: list[DeliveryOut]
    next: str


class DeliveryQuery(Schema):
    """Which deliveries; `state`: pending, sending, delivered, failed, or waiting for the first two."""

    state: Literal["", "waiting", "pending", "sending", "delivered", "failed"] = ""
    after: str = ""
    limit: int = Field(50, ge=1, le=200)


class ReplayIn(Schema):
    """Deliveries by their ids, or all that happened `since` (until `until`); `failed`: only what was given up."""

    model_config = ConfigDict(extra="forbid")
    ids: list[int] = Field(default_factory=list, max_length=1_000)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    failed: bool = False


class ReplayOut(Schema):
    """How many go out again."""

    count: int


@router.get("/webhooks/events", response={200: EventKinds, **READING}, summary="List the types of events")
def list_events(request: Asked) -> HttpResponse:
    """Every public type with what it means; its JSON Schema stands at `/webhooks/events/{type}/schema`."""
    kinds = [EventKind(type=k.type, about=k.about, meaning=k.meaning, version=catalogue.VERSION)
             for k in catalogue.TYPES.values()]  # fmt: skip
    return render.answer(EventKinds(items=kinds))


@router.get("/webhooks/events/{type}/schema", auth=None, response={200: dict[str, Any], **READING},
            summary="JSON Schema of an event's body")  # fmt: skip
def event_schema(
    request: HttpRequest, type: Annotated[str, StringConstraints(pattern=r"^[a-z_.]{1,40}$")]
) -> HttpResponse:
    """JSON Schema (2020-12) of the whole body; open to everybody, so that tools can read it."""
    kind = catalogue.TYPES.get(type)
    if kind is None:
        raise NotFound(_("There is no such type of event."), code="event_not_found")
    return JsonResponse(catalogue.schema(kind), content_type="application/schema+json")


@router.get("/webhooks", response={200: WebhookList, **READING}, summary="List webhooks (webhook.edit)")
def list_webhooks(request: Asked) -> HttpResponse:
    """Every webhook with how it is."""
    require(request.auth, VERB)
    return render.answer(WebhookList(items=_told(list(Endpoint.objects.order_by("pk")))))


@router.post("/webhooks", response={201: WebhookOut, **ALL}, summary="Set up a webhook (webhook.edit)")
def create_webhook(request: Asked, body: WebhookIn) -> HttpResponse:
    """Answers with the secret, this once."""
    facts = Facts(body.name, body.url, tuple(body.events))
    row, secret = services.create(request.auth, facts=facts, now=instants.now())
    return render.answer(_one(row, secret), status=201)


@router.get("/webhooks/{webhook_id}", response={200: WebhookOut, **READING}, summary="Read a webhook (webhook.edit)")
def read_webhook(request: Asked, webhook_id: PathId) -> HttpResponse:
    """One webhook with how it is."""
    return render.answer(_one(services.get(request.auth, webhook_id)))


@router.patch("/webhooks/{webhook_id}", response={200: WebhookOut, **ALL}, summary="Change a webhook (webhook.edit)")
def change_webhook(request: Asked, webhook_id: PathId, body: WebhookPatch) -> HttpResponse:
    """Sets name, address or events; pauses it, switches it on or off."""
    row, now = services.get(request.auth, webhook_id), instants.now()
    if body.name or body.url or body.events:
        facts = Facts(body.name or row.name, body.url or row.url, tuple(body.events or row.events))
        row = services.change(request.auth, pk=row.pk, facts=facts, now=now)
    if body.state == "active" and row.state != body.state:
        services.switch_on(request.auth, pk=row.pk, catch_up=body.catch_up, now=now)
    elif body.state == "paused" and row.state != body.state:
        services.pause(request.auth, pk=row.pk, now=now)
    elif body.state == "off" and row.state != body.state:
        services.switch_off(request.auth, pk=row.pk, now=now)
    return render.answer(_one(services.get(request.auth, webhook_id)))


@router.delete("/webhooks/{webhook_id}", response={204: None, **ALL}, summary="Take a webhook away (webhook.edit)")
def remove_webhook(request: Asked, webhook_id: PathId) -> HttpResponse:
    """With its log."""
    services.remove(request.auth, pk=webhook_id, now=instants.now())
    return HttpResponse(status=204)


@router.post("/webhooks/{webhook_id}/rotate", response={200: WebhookOut, **ALL}, summary="New secret (webhook.edit)")
def rotate_secret(request: Asked, webhook_id: PathId, body: RotateIn) -> HttpResponse:
    """Answers with the new secret, this once; the old one signs along for `grace_s` seconds."""
    row, secret = services.rotate(request.auth, pk=webhook_id, grace_s=body.grace_s, now=instants.now())
    return render.answer(_one(row, secret))


@router.post("/webhooks/{webhook_id}/test", response={200: TestOut, **ALL}, summary="Send a test (webhook.edit)")
def send_test(request: Asked, webhook_id: PathId) -> HttpResponse:
    """Calls it at once with `webhook.test` and tells what came of it."""
    delivery, tried = services.test(request.auth, pk=webhook_id, now=instants.now())
    return render.answer(TestOut(delivery=delivery.pk, status=tried.status, problem=tried.problem, ms=tried.ms))


@router.get("/webhooks/{webhook_id}/deliveries", response={200: DeliveryPage, **READING},
            summary="List deliveries (webhook.edit)")  # fmt: skip
def list_deliveries(request: Asked, webhook_id: PathId, asked: Query[DeliveryQuery]) -> HttpResponse:
    """What was sent to it, or waits to be."""
    found = queries.log(request.auth, webhook_id, state=asked.state)
    page = pages.keyset(found, by=["-id"], after=asked.after, size=asked.limit)
    return render.answer(DeliveryPage(items=[_delivery(d) for d in page.rows], next=page.next))


@router.post("/webhooks/{webhook_id}/replay", response={200: ReplayOut, **ALL}, summary="Send again (webhook.edit)")
def replay(request: Asked, webhook_id: PathId, body: ReplayIn) -> HttpResponse:
    """Under the webhook-ids they had."""
    which = Which(tuple(body.ids), body.since, body.until, body.failed)
    return render.answer(ReplayOut(count=services.replay(request.auth, pk=webhook_id, which=which, now=instants.now())))


def _one(row: Endpoint, secret: str | None = None) -> WebhookOut:
    [told] = _told([row])
    return told.model_copy(update={"secret": secret})


def _told(rows: list[Endpoint]) -> list[WebhookOut]:
    return [
        WebhookOut(
            id=h.endpoint.pk, name=h.endpoint.name, url=masked(h.endpoint.url), events=h.endpoint.events,
            state=h.endpoint.state, why_off=h.endpoint.why_off, waiting=h.waiting, problem=h.endpoint.problem,
            failing_since=h.endpoint.failing_since, last_ok_at=h.endpoint.last_ok_at,
            created_at=h.endpoint.created_at, previous_until=h.endpoint.previous_until,
        )
        for h in queries.health(rows, now=instants.now())
    ]  # fmt: skip


def _delivery(d: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=d.pk, key=d.key, type=d.type, event=d.event_id, ticket=d.ticket_id, at=d.at, state=d.state,
        attempts=d.attempts, status=d.status, problem=d.problem, next_at=d.retry_at if d.state == "pending" else None,
        delivered_at=d.delivered_at, replays=d.replays,
    )  # fmt: skip
