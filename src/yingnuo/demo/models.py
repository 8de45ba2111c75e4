"""Is there a demonstration, how far is it loaded, and does it move?"""

from __future__ import annotations

from django.db import models


class Demonstration(models.Model):
    """The one row of a demonstration. `at` is the moment it was made for; its tickets lie before it.

    `recent_at` is when the recent days were complete, `history_at` when the older ones were; None while they are
    awaited. `beat_at` is the simulator's last sign of life.
    `marks` tells by table above which number and up to which its rows are, see `marks.py`. From `removing_at` on it
    goes, for the account `removed_by`, which stays: `gone` of `doomed` tickets are gone.
    """

    only = models.BooleanField(default=True, unique=True)
    seed = models.BigIntegerField()
    scale = models.FloatField()
    at = models.DateTimeField()
    recent_at = models.DateTimeField(null=True)
    history_at = models.DateTimeField(null=True)
    paused = models.BooleanField(default=False)
    beat_at = models.DateTimeField(null=True)
    marks = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    removing_at = models.DateTimeField(null=True)
    removed_by = models.BigIntegerField(null=True)
    doomed = models.PositiveIntegerField(default=0, db_default=0)
    gone = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="demonstration_once")]

    def __str__(self) -> str:
        return f"demonstration {self.seed}"
