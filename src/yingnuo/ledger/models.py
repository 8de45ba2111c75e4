"""Where does every change leave its trace?"""

from __future__ import annotations

from django.db import models


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
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.subject or self.ticket_id or ''}"
