"""Which batches move open promises to other terms, and how far has each come?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff


class RunKind(models.TextChoices):
    POLICY = "policy", _("Promise standard")
    CALENDAR = "calendar", _("Service time")


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class Recompute(models.Model):
    """One batch: the open promises are moved to version `version` of a policy or calendar, as if at `at`.

    `total` and `done` count tickets, the others promises as `promises.moving.Tally` does. While the batch runs its
    pieces hold the counts; they are summed up here when it ends. `problem` is a code or what an exception said.
    """

    kind = models.CharField(max_length=8, choices=RunKind)
    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=RunState, default=RunState.WAITING)
    at = models.DateTimeField()
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    broken_tickets = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [
            # every worker asks all the time whether there is one
            models.Index(
                fields=["id"], condition=models.Q(state__in=["waiting", "running"]), name="recompute_under_way"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code"], condition=models.Q(state__in=["waiting", "running"]), name="recompute_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}@{self.version}"


class RecomputePiece(models.Model):
    """Tickets `first` to `last` of a batch: claimed, moved and marked as done in one transaction, by any worker.

    A ticket that somebody is at work on is left out; the piece is taken up again at `retry_at` until none is.
    """

    run = models.ForeignKey(Recompute, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict)
    broken_tickets = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first"], name="recompute_piece")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first} to {self.last}"
