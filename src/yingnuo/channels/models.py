"""Which ways in and out are there, what came in raw, and what went out?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.tickets.models import Message, Ticket


class ChannelKind(models.TextChoices):
    PORTAL = "portal", _("Portal")
    API = "api", _("API")
    MAIL = "mail", _("Mailbox")
    SMS = "sms", _("SMS gateway")
    FILES = "files", _("Mail files")


class Channel(models.Model):
    """One way in or out. `settings` are plain, `secret` is sealed (see kit.secrets)."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=ChannelKind)
    settings = models.JSONField(default=dict, blank=True)
    secret = models.TextField(blank=True, default="")
    active = models.BooleanField(default=True)
    cursor = models.CharField(max_length=200, blank=True, default="")
    checked_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class RawState(models.TextChoices):
    STORED = "stored", _("Stored")
    TAKEN = "taken", _("Taken in")
    FAILED = "failed", _("Failed")


class Raw(models.Model):
    """What came in, byte by byte, before anybody understood it. `key` makes taking it in idempotent."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    key = models.CharField(max_length=250)
    received_at = models.DateTimeField()
    content = models.BinaryField()
    size = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=RawState, default=RawState.STORED)
    outcome = models.CharField(max_length=20, blank=True, default="")
    problem = models.TextField(blank=True, default="")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="raw_once")]
        indexes = [models.Index(fields=["id"], condition=models.Q(state="stored"), name="raw_waiting")]

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.key}"


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Delivery(models.Model):
    """A message on its way to the customer; sent at least once, its key being the idempotency key."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="delivery")
    way = models.CharField(max_length=8)
    to = models.CharField(max_length=250)
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=250, blank=True, default="")
    problem = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["retry_at", "id"], condition=models.Q(state__in=["pending", "sending"]), name="delivery_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.way} to {self.to}"


class Simulated(models.Model):
    """What a simulator (mail sink, SMS gateway) received instead of the world; shown on its page. Keys come once."""

    way = models.CharField(max_length=8)
    key = models.CharField(max_length=250, unique=True)
    to = models.CharField(max_length=250)
    subject = models.CharField(max_length=250, blank=True, default="")
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-id"], name="simulated_newest")]

    def __str__(self) -> str:
        return f"{self.way} to {self.to}"
