"""Who was warned of what, by which way, and who acknowledged?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff


class NoticeState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Skipped")


class Notice(models.Model):
    """One notice of one step to one person by one way: the unique key makes it come once, whatever workers do.

    `moment` is when it should have been given, `at` when it was written; the difference is the measured lateness.
    `reason` says what came: warning, no acknowledgement, broken, urged, a department concerned.
    """

    promise_id = models.BigIntegerField()
    generation = models.PositiveIntegerField()
    step = models.CharField(max_length=30)
    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, related_name="notices", db_index=False, db_constraint=False
    )
    way = models.CharField(max_length=8)
    role = models.CharField(max_length=20)
    reason = models.CharField(max_length=20)
    ticket_id = models.BigIntegerField()
    milestone = models.CharField(max_length=20)
    due_at = models.DateTimeField(null=True)
    moment = models.DateTimeField()
    at = models.DateTimeField()
    ack_by = models.DateTimeField(null=True)
    acked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=NoticeState, default=NoticeState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["promise_id", "generation", "step", "staff", "way"], name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["retry_at", "id"], condition=models.Q(state__in=["pending", "sending"]), name="notice_waiting"
            ),
            models.Index(fields=["staff", "-id"], condition=models.Q(way="in_app"), name="notice_bell"),
            models.Index(
                fields=["ticket_id"],
                condition=models.Q(ack_by__isnull=False, acked_at__isnull=True),
                name="notice_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} to {self.staff_id} by {self.way}"


class Template(models.Model):
    """Wording of notices by step reason, way and language, in Liquid; without a row the built-in wording is used."""

    reason = models.CharField(max_length=20)
    way = models.CharField(max_length=8)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reason", "way", "language"], name="template_once")]

    def __str__(self) -> str:
        return f"{self.reason}/{self.way}/{self.language}"
