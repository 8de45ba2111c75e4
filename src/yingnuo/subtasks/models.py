"""What did one team ask of another for a ticket, by when, and what came of it?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff, Team
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket


class TaskState(models.TextChoices):
    """An open task is in one of the first three; a question that is answered leads back to where it was."""

    ASKED = "asked", _("Requested")
    ACCEPTED = "accepted", _("In work")
    QUESTION = "question", _("Asked back")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Sight(models.TextChoices):
    """What those who were asked may read of the ticket."""

    TICKET = "ticket", _("The whole conversation")
    TASK = "task", _("The task alone")


_OPEN = models.Q(ended_at__isnull=True)


class Task(models.Model):
    """Something asked of a team for a ticket. Its clock is `promise`, an OLA of that team's own.

    `staff` is whoever of the team has it, `asked_by` who asked (None: a program). `waits`: the ticket waits for it.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    subject = models.CharField(max_length=120)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="tasks", db_index=False)
    asked_by = models.ForeignKey(
        Staff, null=True, on_delete=models.SET_NULL, related_name="asked_tasks", db_index=False
    )
    asked_at = models.DateTimeField()
    promise = models.OneToOneField(Promise, on_delete=models.CASCADE, related_name="task")
    sight = models.CharField(max_length=6, choices=Sight, default=Sight.TICKET)
    waits = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=TaskState, default=TaskState.ASKED)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "accepted", "question"], ended_at__isnull=True)
                | models.Q(state__in=["done", "refused", "withdrawn"], ended_at__isnull=False),
                name="task_ended_when",
            )
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="task_ticket"),
            models.Index(fields=["team"], condition=_OPEN, name="task_team_open"),
            models.Index(fields=["ended_at"], condition=models.Q(ended_at__isnull=False), name="task_ended"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes it."""
        return self.ended_at is None


class Word(models.Model):
    """What was said in a task: the wish, a question, its answer, the result. `kind` is the state it led to."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="words", db_index=False)
    kind = models.CharField(max_length=9)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False)
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["task", "id"], name="task_word")]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.pk}"


class TaskFile(models.Model):
    """A file said along. `path` is where the storage keeps it; the name is only ever shown, never used as a path."""

    word = models.ForeignKey(Word, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name
