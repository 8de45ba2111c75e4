"""How are endpoints set up, changed, tried out and repeated? The only writer beside the loop that delivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import http, secrets
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger import settled
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM, Actor, require
from yingnuo.webhooks import catalogue, deliver, fanout, payloads, signing
from yingnuo.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState, WhyOff
from yingnuo.webhooks.sending import Tried

VERB = "webhook.edit"
GRACES_S = (0, 3_600, 24 * 3_600, 7 * 24 * 3_600)  # for which an old secret goes on signing
MOST_ENDPOINTS = 100
MOST_REPLAYED = 10_000
KEPT_FOR = timedelta(days=30)
_PURGED_AT_ONCE = 5_000
_REASONS = {
    "bad_url": _("This is no address of the web. Write it like https://erp.example.com/hooks."),
    "not_https": _("Only https is called. A host of your own network has to be named in YINGNUO_INNER_HOSTS."),
    "bad_port": _("This port is not called."),
    "private_address": _("This address is in your own network. Its host has to be named in YINGNUO_INNER_HOSTS."),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is chosen for an endpoint; `events` are public types, or `*` alone for all, those to come included."""

    name: str
    url: str
    events: tuple[str, ...]


def get(actor: Actor, pk: int) -> Endpoint:
    """The endpoint; NotFound when there is none."""
    require(actor, VERB)
    row = Endpoint.objects.filter(pk=pk).select_related("created_by").first()
    if row is None:
        raise NotFound(_("There is no such webhook."), code="webhook_not_found")
    return row


def create(actor: Actor, *, facts: Facts, now: datetime) -> tuple[Endpoint, str]:
    """A new endpoint, and its secret, which is shown this once."""
    require(actor, VERB)
    wanted, secret = _checked(facts), signing.new_secret()
    with transaction.atomic(durable=True):
        if Endpoint.objects.count() >= MOST_ENDPOINTS:
            raise Conflict(_("There are enough webhooks; take one away first."), code="too_many_webhooks")
        row = Endpoint.objects.create(
            name=wanted.name, url=wanted.url, events=list(wanted.events), secret=secrets.seal(secret),
            since_id=settled.end(), created_at=now, created_by_id=actor.id if actor.kind == "staff" else None,
        )  # fmt: skip
        _noted(actor, row, now)
    return row, secret


def change(actor: Actor, *, pk: int, facts: Facts, now: datetime) -> Endpoint:
    """Other name, address or events. What waits already goes to the new address."""
    require(actor, VERB)
    wanted = _checked(facts)
    with transaction.atomic(durable=True):
        row = _locked(pk)
        row.name, row.url, row.events = wanted.name, wanted.url, list(wanted.events)
        row.failures, row.retry_at, row.problem = 0, None, ""
        row.save(update_fields=["name", "url", "events", "failures", "retry_at", "problem"])
        _noted(actor, row, now)
    return row


def _checked(facts: Facts) -> Facts:
    name, url = facts.name.strip()[:80], facts.url.strip()
    if not name:
        raise Invalid(_("Something is missing."), fields={"name": _("This must not be empty.")})
    _check_address(url)
    unknown = [type for type in facts.events if type not in (*catalogue.offered(), catalogue.ALL)]
    if unknown or not facts.events:
        raise Invalid(_("Choose at least one kind of event."), fields={"events": _("Unknown or empty.")})
    events = (catalogue.ALL,) if catalogue.ALL in facts.events else tuple(dict.fromkeys(facts.events))
    return Facts(name, url, events)


def _check_address(url: str) -> None:
    try:
        if len(url) > 500:
            raise http.Unsafe("bad_url")
        http.check(url, inner=settings.YINGNUO.inner_hosts)
    except http.Unsafe as error:
        words = _REASONS[error.code]
        raise Invalid(words, fields={"url": words}, code=error.code) from error


def rotate(actor: Actor, *, pk: int, grace_s: int, now: datetime) -> tuple[Endpoint, str]:
    """A new secret, shown this once; the one before signs too for `grace_s` seconds."""
    require(actor, VERB)
    if grace_s not in GRACES_S:
        raise Invalid(_("Choose from the list."), fields={"grace_s": _("Choose from the list.")})
    secret = signing.new_secret()
    with transaction.atomic(durable=True):
        row = _locked(pk)
        row.previous = row.secret if grace_s else ""
        row.previous_until = now + timedelta(seconds=grace_s) if grace_s else None
        row.secret = secrets.seal(secret)
        row.save(update_fields=["secret", "previous", "previous_until"])
        _noted(actor, row, now)
    return row, secret


def pause(actor: Actor, *, pk: int, now: datetime) -> Endpoint:
    """Calls it no more for now; what happens meanwhile is kept for it."""
    return _turn(actor, pk, EndpointState.PAUSED, now, frm=(EndpointState.ACTIVE,))


def switch_on(actor: Actor, *, pk: int, catch_up: bool = False, now: datetime) -> Endpoint:
    """Calls it again; with `catch_up` it also hears of what happened while it was switched off."""
    return _turn(actor, pk, EndpointState.ACTIVE, now, frm=(EndpointState.PAUSED, EndpointState.OFF), catch_up=catch_up)


def switch_off(actor: Actor, *, pk: int, now: datetime) -> Endpoint:
    """Calls it no more; what waits is given up, what happens from now on is not kept for it."""
    require(actor, VERB)
    with transaction.atomic(durable=True):
        row = _locked(pk)
        if row.state == EndpointState.OFF:
            raise Conflict(_("It is in that state already."), code="same_state")
        deliver.switch_off(row, WhyOff.HAND)
        _noted(actor, row, now)
    row.refresh_from_db()
    return row


def _turn(
    actor: Actor, pk: int, to: EndpointState, now: datetime, *, frm: Sequence[str], catch_up: bool = False
) -> Endpoint:
    require(actor, VERB)
    with transaction.atomic(durable=True):
        row = _locked(pk)
        if row.state not in frm:
            raise Conflict(_("It is in that state already."), code="same_state")
        if row.state == EndpointState.OFF:
            end = settled.end()
            row.behind_id, row.behind_until = (row.off_id, end) if catch_up else (None, None)
            row.since_id = end
        row.state, row.why_off, row.off_id, row.told_at = to, "", None, None
        row.failures, row.failing_since, row.retry_at, row.problem = 0, None, None, ""
        row.save()
        _noted(actor, row, now)
    return row


def remove(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes it away with its log."""
    require(actor, VERB)
    with transaction.atomic(durable=True):
        row = _locked(pk)
        _noted(actor, row, now)
        Attempt.objects.filter(delivery__endpoint=row).delete()
        Delivery.objects.filter(endpoint=row).delete()
        row.delete()


def test(actor: Actor, *, pk: int, now: datetime) -> tuple[Delivery, Tried]:
    """Sends a test event at once, whatever the endpoint's state; the network is outside of the transactions."""
    row = get(actor, pk)
    with transaction.atomic(durable=True):
        delivery = Delivery.objects.create(
            endpoint=row, key=fanout.new_key(), type=catalogue.TEST, body=payloads.test_body(now), at=now, attempts=1,
            state=DeliveryState.SENDING, tried_since=now, retry_at=now + deliver.LEASE,
        )  # fmt: skip
    tried = deliver.try_now(row, delivery)
    delivery.refresh_from_db()
    return delivery, tried


@dataclass(frozen=True, slots=True)
class Which:
    """Deliveries to send again: these, or all of a time; `failed` only those that were given up."""

    ids: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    failed: bool = False


def replay(actor: Actor, *, pk: int, which: Which, now: datetime) -> int:
    """Sends deliveries again under the webhook-id they have; how many. What is on its way is left alone."""
    require(actor, VERB)
    if not which.ids and which.since is None:
        raise Invalid(_("Say from when on."), fields={"since": _("This must not be empty.")})
    with transaction.atomic(durable=True):
        row = _locked(pk)
        if row.state == EndpointState.OFF:
            raise Conflict(_("It is switched off; switch it on first."), code="switched_off")
        ids = list(_chosen(row, which).order_by("pk").values_list("pk", flat=True)[: MOST_REPLAYED + 1])
        if len(ids) > MOST_REPLAYED:
            text = _("That is more than %(most)s deliveries; choose a shorter time.")
            raise Invalid(text, most=MOST_REPLAYED, fields={"until": text % {"most": MOST_REPLAYED}})
        Delivery.objects.filter(pk__in=ids).update(
            state=DeliveryState.PENDING, attempts=0, tried_since=None, retry_at=now, holds=False, problem="",
            replays=F("replays") + 1,
        )  # fmt: skip
        entry = Entry(Code.WEBHOOK_REPLAYED, 0, f"webhook:{row.pk}", {"name": row.name, "count": len(ids)})
        ledger.record(actor, [entry], now=now)
    return len(ids)


def _chosen(row: Endpoint, which: Which) -> QuerySet[Delivery]:
    states = [DeliveryState.FAILED] if which.failed else [DeliveryState.FAILED, DeliveryState.DELIVERED]
    chosen = Delivery.objects.filter(endpoint=row, state__in=states, event_id__isnull=False)
    if which.ids:
        return chosen.filter(pk__in=which.ids)
    chosen = chosen.filter(at__gte=which.since)
    return chosen.filter(at__lte=which.until) if which.until else chosen


def _locked(pk: int) -> Endpoint:
    row = Endpoint.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such webhook."), code="webhook_not_found")
    return row


def _noted(actor: Actor, row: Endpoint, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"webhook:{row.pk}", {"what": "webhook"})], now=now)


def untold(*, now: datetime) -> list[Endpoint]:
    """Endpoints that were switched off by themselves and of which nobody was told yet; in the caller's transaction they
    count as told from now on."""
    off = Endpoint.objects.select_for_update(skip_locked=True).filter(state=EndpointState.OFF, told_at=None)
    rows = list(off.exclude(why_off=WhyOff.HAND).order_by("pk"))
    Endpoint.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=now)
    entries = [Entry(Code.WEBHOOK_OFF, 0, f"webhook:{r.pk}", {"name": r.name, "why": r.why_off}) for r in rows]
    ledger.record(SYSTEM, entries, now=now)
    return rows


def purge(*, now: datetime) -> int:
    """Forgets what is older than KEPT_FOR and no longer waits, some at a time; how many."""
    ended = [DeliveryState.DELIVERED, DeliveryState.FAILED]
    with transaction.atomic(durable=True):
        old = Delivery.objects.filter(at__lt=now - KEPT_FOR, state__in=ended).order_by("at")
        ids = list(old.values_list("pk", flat=True)[:_PURGED_AT_ONCE])
        Attempt.objects.filter(delivery__in=ids).delete()
        Delivery.objects.filter(pk__in=ids).delete()
    return len(ids)
