"""How often was the portal used from one place lately?"""

from __future__ import annotations

from django.db import models


class Use(models.Model):
    """A count of uses in one window of time. `key` holds a keyed digest, never an address or a name."""

    key = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "starts_at"], name="portal_use_once")]
        indexes = [models.Index(fields=["starts_at"], name="portal_use_age")]

    def __str__(self) -> str:
        return f"{self.key} {self.count}"
