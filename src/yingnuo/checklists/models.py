"""Which steps does the operating rule ask for in a ticket of some kind, and which were done, by whom, when?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff
from yingnuo.tickets.models import Ticket


class Strictness(models.TextChoices):
    """What solving a ticket does while required steps are open."""

    WARN = "warn", _("Ask first")
    REFUSE = "refuse", _("Refuse")


class Checklist(models.Model):
    """The steps of one operating rule. No `kinds`: tickets of every kind; no `product_line`: every one.

    `steps` is a list of {key, zh, en, required}; a key is given once and never again, so that a tick keeps its step
    when words change or others are put before it. `last_key` is the highest one ever given.
    """

    name = models.CharField(max_length=80)
    kinds = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    product_line = models.CharField(max_length=40, blank=True, default="")
    strictness = models.CharField(max_length=6, choices=Strictness, default=Strictness.WARN)
    steps = models.JSONField(default=list)
    last_key = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Tick(models.Model):
    """A step that was done in a ticket. Taken back, the row goes; the ledger keeps both."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ticks", db_index=False)
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, db_index=False)
    key = models.PositiveIntegerField()
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "checklist", "key"], name="tick_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.checklist_id}/{self.key}"
