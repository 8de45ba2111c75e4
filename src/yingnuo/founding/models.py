"""How far is the first set-up of this installation?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Founding(models.Model):
    """The one row of the set-up, made when it begins. `done` and `skipped` are steps by code.

    `left_at`: an administrator said "later"; nobody is led to it any more, the card on the overview stays until it is
    finished or put away. `ticket` is the try-out ticket.
    """

    only = models.BooleanField(default=True, unique=True)
    country = models.CharField(max_length=2, blank=True, default="")
    zone = models.CharField(max_length=40, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    done = ArrayField(models.CharField(max_length=12), default=list)
    skipped = ArrayField(models.CharField(max_length=12), default=list)
    ticket = models.BigIntegerField(null=True)
    left_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="founding_once")]

    def __str__(self) -> str:
        return f"founding: {', '.join(self.done)}"
