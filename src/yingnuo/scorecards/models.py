"""What was learnt from history, kept until it is learnt anew?"""

from __future__ import annotations

from django.db import models


class RiskModel(models.Model):
    """One fit of `engine.risk`; the newest is in force. `spec` is what `Model.from_spec` takes, `n` its cases."""

    fitted_at = models.DateTimeField()
    n = models.PositiveIntegerField()
    brier_before = models.FloatField(null=True)
    brier_after = models.FloatField(null=True)
    spec = models.JSONField()

    def __str__(self) -> str:
        return f"{self.pk} of {self.fitted_at:%Y-%m-%d}"
