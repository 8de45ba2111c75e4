"""What is kept about a broken promise: why, shown by what, excused by whom, and what the customer was told?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff, Team
from yingnuo.tickets.models import Attachment, Message


class ExcuseCode(models.TextChoices):
    NONE = "none", _("Not asked")
    ASKED = "asked", _("Asked")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")


OTHER = "other"  # the reason that says nothing without words


class Breach(models.Model):
    """The file of one broken promise, made when somebody first has something to say about it.

    An excuse changes nothing about the promise, which stays broken; it is for reports that count with and without.
    `culprit_*` is the link that had used the time when the promise broke, see `promises.links`. `version` goes up
    with every change, so that who decides has read what he decides about.
    """

    promise = models.OneToOneField("promises.Promise", on_delete=models.CASCADE, related_name="breach")
    reason = models.CharField(max_length=40, blank=True, default="")
    words = models.TextField(blank=True, default="")
    reason_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    reason_at = models.DateTimeField(null=True)
    excuse = models.CharField(max_length=8, choices=ExcuseCode, default=ExcuseCode.NONE)
    excuse_words = models.TextField(blank=True, default="")
    asked_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    asked_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    follows = models.TextField(blank=True, default="")
    next_at = models.DateTimeField(null=True)
    told_message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    told_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    told_at = models.DateTimeField(null=True)
    culprit_team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    culprit_used = models.BigIntegerField(null=True)
    culprit_budget = models.BigIntegerField(null=True)
    culprit_spent = models.BigIntegerField(null=True)
    culprit_agreement = models.CharField(max_length=3, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(excuse__in=ExcuseCode.values), name="breach_excuse_known"),
            models.CheckConstraint(
                condition=~models.Q(reason=OTHER) | ~models.Q(words=""), name="breach_other_needs_words"
            ),
            models.CheckConstraint(
                condition=models.Q(excuse=ExcuseCode.NONE) | models.Q(asked_at__isnull=False),
                name="breach_excuse_was_asked",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("asked_by")), name="breach_decided_by_another"
            ),
        ]
        indexes = [
            models.Index(fields=["promise"], condition=models.Q(excuse="granted"), name="breach_granted"),
            models.Index(fields=["asked_at"], condition=models.Q(excuse="asked"), name="breach_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.promise_id}: {self.reason or '?'}, {self.excuse}"


class Evidence(models.Model):
    """What shows that a reason is true: a file, something said in the ticket, or a row of the ledger; exactly one."""

    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="evidence")
    attachment = models.ForeignKey(Attachment, null=True, on_delete=models.CASCADE, db_index=False)
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, db_index=False)
    event_id = models.BigIntegerField(null=True)
    added_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["breach", "attachment"], name="evidence_file_once"),
            models.UniqueConstraint(fields=["breach", "message"], name="evidence_message_once"),
            models.UniqueConstraint(fields=["breach", "event_id"], name="evidence_event_once"),
            models.CheckConstraint(
                condition=models.Q(attachment__isnull=False, message__isnull=True, event_id__isnull=True)
                | models.Q(attachment__isnull=True, message__isnull=False, event_id__isnull=True)
                | models.Q(attachment__isnull=True, message__isnull=True, event_id__isnull=False),
                name="evidence_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.breach_id}: {self.attachment_id or self.message_id or self.event_id}"


class BreachReason(models.Model):
    """A reason of the company's own, or a built-in one (same code) reworded or switched off."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, blank=True, default="")
    needs_words = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100)

    def __str__(self) -> str:
        return self.code


class BreachWording(models.Model):
    """The company's own word to the customer about a broken promise, in Liquid; one for each language."""

    language = models.CharField(max_length=10, unique=True)
    body = models.TextField()

    def __str__(self) -> str:
        return self.language
