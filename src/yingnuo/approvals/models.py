"""What needs whose consent, who was asked for it, and what did they say?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket


class Guard(models.TextChoices):
    """What cannot be done before it is approved."""

    NOTHING = "", _("Nothing: it is only asked")
    RESOLVE = "resolve", _("Resolving the ticket")
    FIELD = "field", _("Setting a value")
    REPLY = "reply", _("A public reply with certain words")


class Template(models.Model):
    """One sort of approval. `conditions` as in `engine.conditions`: for which tickets it is there.

    `steps`, one after the other: {roles, people, verb, need, above}; `need` 0 is all of them, `above` an amount from
    which on the step is needed at all. `guard_values`: the values, or the words of a reply, that are guarded;
    `guard_above`: a number above which a value is. `own`: whoever asks may decide too.
    """

    code = models.SlugField(max_length=40, unique=True)
    name_hans = models.CharField(max_length=80)
    name_hant = models.CharField(max_length=80, blank=True, default="")
    name_en = models.CharField(max_length=80, blank=True, default="")
    conditions = models.JSONField(default=dict, blank=True)
    steps = models.JSONField()
    seconds = models.PositiveIntegerField()
    calendar = models.CharField(max_length=40, blank=True, default="")
    guard = models.CharField(max_length=8, choices=Guard, blank=True, default="")
    guard_field = models.CharField(max_length=40, blank=True, default="")
    guard_values = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    guard_above = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    asks_amount = models.BooleanField(default=False)
    own = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(seconds__gte=60), name="approval_takes_time")]

    def __str__(self) -> str:
        return self.name_hans


class State(models.TextChoices):
    """The first two are open; a question that is answered leads back to `asked`."""

    ASKED = "asked", _("Waits for a decision")
    QUESTION = "question", _("Asked back")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    VOID = "void", _("Void: the ticket changed")


class Approval(models.Model):
    """Something for which consent is asked. Its clock is `promise`, owed by those who decide; terms are copied.

    `facts` are those of the ticket for which it was asked: once one changes it is void. `asked_by` None: a rule.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="approvals", db_index=False)
    template = models.ForeignKey(Template, null=True, on_delete=models.SET_NULL, db_index=False)
    subject = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    asked_by = models.ForeignKey(
        Staff, null=True, on_delete=models.SET_NULL, related_name="asked_approvals", db_index=False
    )
    asked_at = models.DateTimeField()
    promise = models.OneToOneField(Promise, on_delete=models.CASCADE, related_name="approval")
    facts = models.JSONField(default=dict)
    steps = models.JSONField()
    step = models.PositiveSmallIntegerField(default=0)
    own = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.ASKED)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "question"], ended_at__isnull=True)
                | models.Q(state__in=["approved", "declined", "withdrawn", "void"], ended_at__isnull=False),
                name="approval_ended_when",
            )
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="approval_ticket"),
            models.Index(fields=["asked_by", "id"], name="approval_asked_by"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.ended_at is None


class Seat(models.Model):
    """Somebody who decides in one step. `by` decided in it: he, his deputy, or the next above him."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="seats", db_index=False)
    step = models.PositiveSmallIntegerField()
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="approval_seats", db_index=False)
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    approves = models.BooleanField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["approval", "step", "staff"], name="approval_seat_once")]
        indexes = [models.Index(fields=["staff", "approval"], name="approval_seat_staff")]

    def __str__(self) -> str:
        return f"{self.approval_id}/{self.step}/{self.staff_id}"


class Said(models.Model):
    """What was said about an approval. `kind` is the state it led to, or `answer`; `staff_for` was absent or late."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="words", db_index=False)
    kind = models.CharField(max_length=9)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    staff_for = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["approval", "id"], name="approval_said")]

    def __str__(self) -> str:
        return f"{self.approval_id}/{self.kind}"
