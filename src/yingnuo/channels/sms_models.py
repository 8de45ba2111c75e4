"""What is kept of SMS and of templates that providers approve, and on which ground do data leave the country?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff


class Ground(models.TextChoices):
    """Why personal data may be given to a provider abroad (PIPL 38, and the exemptions made since 2024)."""

    ASSESSMENT = "assessment", _("Security assessment passed (PIPL 38.1.1)")
    CERTIFICATION = "certification", _("Certified by a professional body (PIPL 38.1.2)")
    STANDARD_CONTRACT = "standard_contract", _("Standard contract with the recipient, filed (PIPL 38.1.3)")
    PERSONS_CONTRACT = "persons_contract", _("Needed for a contract with the person himself (exempt)")
    BELOW_THRESHOLD = "below_threshold", _("Fewer people than the threshold, nothing sensitive (exempt)")
    OUT_OF_SCOPE = "out_of_scope", _("No personal data from mainland China")
    OTHER = "other", _("Another ground in law")


class Basis(models.Model):
    """The recorded lawful basis of one channel that carries data abroad; withdrawn ones stay."""

    channel = models.ForeignKey("channels.Channel", on_delete=models.CASCADE, related_name="bases", db_index=False)
    ground = models.CharField(max_length=20, choices=Ground)
    text = models.TextField()
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(withdrawn_at=None), name="basis_one_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.ground}"


class TemplateState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class MessageTemplate(models.Model):
    """A text that a provider approves before it may be sent.

    `code` is how the product asks for it (`reply`, `notice_warning` …); `text` names its variables {{ so }}.
    `provider_id` is what the provider calls it, `provider_language` the language it was approved in, where that has a
    name of its own there.
    """

    channel = models.ForeignKey("channels.Channel", on_delete=models.CASCADE, related_name="templates", db_index=False)
    code = models.SlugField(max_length=40)
    language = models.CharField(max_length=10)
    provider_id = models.CharField(max_length=120, blank=True, default="")
    provider_language = models.CharField(max_length=20, blank=True, default="")
    sign = models.CharField(max_length=60, blank=True, default="")
    text = models.TextField()
    state = models.CharField(max_length=10, choices=TemplateState, default=TemplateState.DRAFT)
    reason = models.CharField(max_length=250, blank=True, default="")
    changed_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "code", "language"], name="message_template_once"),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | ~models.Q(provider_id=""), name="message_template_has_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})"


class Purpose(models.TextChoices):
    ANSWER = "answer", _("Answers to customers")
    AUTOMATIC = "automatic", _("Notices to customers")
    NOTICE = "notice", _("Notices to staff")
    TEST = "test", _("Tests")


class Sms(models.Model):
    """One SMS that left or is leaving, written before it is sent: for limits, costs and receipts. Keys come once."""

    channel = models.ForeignKey("channels.Channel", on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=120, unique=True)
    to = models.CharField(max_length=30)
    purpose = models.CharField(max_length=10, choices=Purpose)
    template = models.CharField(max_length=40, blank=True, default="")
    parts = models.PositiveSmallIntegerField()
    cost = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="CNY")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, default="sending")  # values of DeliveryState
    arrived_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=120, blank=True, default="")
    problem = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["channel", "to", "at"], name="sms_to_number"),
            models.Index(fields=["channel", "at"], name="sms_by_time"),
            models.Index(fields=["channel", "external_id"], condition=~models.Q(external_id=""), name="sms_external"),
        ]

    def __str__(self) -> str:
        return f"{self.key} to {self.to}"


class Unsubscribed(models.Model):
    """A number whose owner asked for nothing more that is not owed, and by which word; the row goes when he is back."""

    number = models.CharField(max_length=30, unique=True)
    word = models.CharField(max_length=20)
    channel = models.ForeignKey("channels.Channel", null=True, on_delete=models.SET_NULL, db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number
