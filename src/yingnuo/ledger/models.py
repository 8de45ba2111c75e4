"""Where does every change leave its trace?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django.db import models

HOUSE = ["role.changed", "role.granted", "role.withdrawn"]  # what a page tells of a thing of the house: see its index


class Told(Protocol):
    """As much of a row as whoever tells it needs."""

    @property
    def at(self) -> datetime: ...
    @property
    def code(self) -> str: ...
    @property
    def actor_kind(self) -> str: ...
    @property
    def actor_id(self) -> int: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


class Event(models.Model):
    """One thing that happened: history, audit log and source of reactions in one. Rows are never changed."""

    at = models.DateTimeField()
    code = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(default=0)
    ticket_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=60, default="")
    params = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["ticket_id", "id"], name="ledger_ticket", condition=models.Q(ticket_id__isnull=False)),
            # who gave a period's tickets to whom is measured in one walk
            models.Index(
                fields=["id"], condition=models.Q(code__in=["ticket.assigned", "ticket.routed"]), name="ledger_dispatch"
            ),
            # who changed a role is told on its page
            models.Index(fields=["subject", "id"], condition=models.Q(code__in=HOUSE), name="ledger_house"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject or self.ticket_id or ''}"


class Seal(models.Model):
    """One closed block of a table whose rows are never changed: a link of the chain. See `ledger.seals`.

    It covers the rows with ids above `after_id` up to `last_id`. `root` is the digest of those rows, `digest` that of
    this link; `previous` is the digest of the link before it, whatever table that closes. Digests are SHA-256 in hex.
    """

    number = models.BigIntegerField(primary_key=True)
    table = models.CharField(max_length=63)
    after_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    rows = models.IntegerField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "last_id"], name="seal_of_row"),
            models.CheckConstraint(condition=models.Q(last_id__gt=models.F("after_id")), name="seal_forward"),
            models.CheckConstraint(condition=models.Q(rows__gt=0), name="seal_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.table} ≤ {self.last_id}"
