"""Which programs hear of what happens, and how did each word reach them?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff


class EndpointState(models.TextChoices):
    ACTIVE = "active", _("In use")
    PAUSED = "paused", _("Paused: what happens is kept")
    OFF = "off", _("Switched off")


class WhyOff(models.TextChoices):
    HAND = "hand", _("by hand")
    GONE = "gone", _("the other side answered 410 Gone")
    FAILING = "failing", _("nothing was taken for five days")


class Endpoint(models.Model):
    """An address that is called. Secrets are sealed; the `previous` one signs too until `previous_until`.

    `since_id` is the ledger row after which it hears; `behind_id` to `behind_until` is a stretch it is to hear of
    afterwards. `failures` are those in a row that are the endpoint's own (away, overloaded), `retry_at` until when it
    is left alone; `failing_since` is the first attempt of any kind that failed after the last one that was taken.
    """

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=40))
    secret = models.TextField()
    previous = models.TextField(blank=True, default="")
    previous_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=EndpointState, default=EndpointState.ACTIVE)
    why_off = models.CharField(max_length=8, choices=WhyOff, blank=True, default="")
    off_id = models.BigIntegerField(null=True)
    told_at = models.DateTimeField(null=True)
    since_id = models.BigIntegerField()
    behind_id = models.BigIntegerField(null=True)
    behind_until = models.BigIntegerField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    last_ok_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(events=[]), name="endpoint_hears_something")]

    def __str__(self) -> str:
        return self.name


class Reading(models.Model):
    """One row: up to which id the ledger has been turned into deliveries."""

    up_to = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.up_to)


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    SENDING = "sending", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")


class Delivery(models.Model):
    """One thing that happened, on its way to one endpoint; `key` is its webhook-id, whatever becomes of it.

    `holds`: until it is there or given up, later ones of the same ticket wait. A test has no `event_id`.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=60, unique=True)
    type = models.CharField(max_length=40)
    ticket_id = models.BigIntegerField(null=True)
    body = models.TextField()
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    holds = models.BooleanField(default=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    replays = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_once")]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="webhook_log"),
            models.Index(
                fields=["endpoint", "id"], condition=models.Q(state__in=["pending", "sending"]), name="webhook_waiting"
            ),
            models.Index(
                fields=["endpoint", "ticket_id", "id"],
                condition=models.Q(state__in=["pending", "sending"]),
                name="webhook_ticket",
            ),
            models.Index(fields=["at"], name="webhook_at"),
        ]

    def __str__(self) -> str:
        return self.key


class Attempt(models.Model):
    """One try: when, how long, what came back. `head` are the answer's headers; secrets are not among what is kept."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    ms = models.PositiveIntegerField(default=0)
    address = models.CharField(max_length=60, blank=True, default="")
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    head = models.JSONField(default=dict)
    answer = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status or self.problem}"
