"""What was tried in the promise lab, by whom, and what did it find?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class LabRun(models.Model):
    """One run. `asked` and `sheet` are the JSON of `asking.Asked` and of `sheet.Sheet`.

    `teams` is what its maker could see when he asked, null for all: the figures are of those teams, so that nobody
    reads it who sees less. `shared`: others than its maker may. `problem` is a code of `carrying.PROBLEMS`.
    """

    title = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.WAITING)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Staff, on_delete=models.CASCADE)
    teams = ArrayField(models.BigIntegerField(), null=True)
    shared = models.BooleanField(default=False)
    asked = models.JSONField()
    steps = models.PositiveSmallIntegerField(default=0)
    steps_done = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    sheet = models.JSONField(null=True)
    problem = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["-created_at", "-id"], name="lab_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(sheet__isnull=False), name="lab_run_done_has_sheet"
            )
        ]

    def __str__(self) -> str:
        return self.title
