"""Which rules act by themselves, what did each do to which ticket, and which macros are there?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff, Team


class WhyOff(models.TextChoices):
    HAND = "hand", _("by hand")
    FAILING = "failing", _("it failed ten times in a row")


class Rule(models.Model):
    """When something happens or time has passed (`when`), if the ticket is like this (`conditions`), then `actions`.

    Specifications as in `engine.automation` and `engine.conditions`. `since_id` is the ledger row after which it hears.
    `failures` are those in a row; `stop` lets no later rule act on the same event.
    """

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True, default="")
    active = models.BooleanField(default=True)
    why_off = models.CharField(max_length=8, choices=WhyOff, blank=True, default="")
    when = models.JSONField()
    conditions = models.JSONField(default=dict, blank=True)
    actions = models.JSONField()
    stop = models.BooleanField(default=False)
    most_per_day = models.PositiveSmallIntegerField(default=10)
    owner = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    since_id = models.BigIntegerField()
    failures = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")
    last_run_at = models.DateTimeField(null=True)
    acted = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(most_per_day__gte=1), name="automation_some_per_day"),
        ]

    def __str__(self) -> str:
        return self.name


class RunState(models.TextChoices):
    PENDING = "pending", _("Waiting for its moment")
    DONE = "done", _("Done")
    PARTLY = "partly", _("Done in part")
    FAILED = "failed", _("Failed")
    HELD = "held", _("Held back")


class Run(models.Model):
    """One rule set off by one ledger row, once: the unique key sees to that. What did not fit leaves no run behind.

    `due_at` is when it looks at the ticket, `chain` the rules that led to the row, `refused` pairs of action and
    sentence, `why` a code of `engine.automation.why_held` where it was held back.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs", db_index=False)
    event_id = models.BigIntegerField()
    ticket_id = models.BigIntegerField()
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    by = models.CharField(max_length=10)
    due_at = models.DateTimeField()
    at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.PENDING)
    chain = ArrayField(models.BigIntegerField(), default=list)
    done = ArrayField(models.CharField(max_length=20), default=list)
    refused = models.JSONField(default=list)
    why = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "event_id"], name="automation_run_once")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="pending"), name="automation_due"),
            # which of a ticket's runs comes first, and how often a rule acted on it within a day
            models.Index(fields=["ticket_id", "rule"], name="automation_of_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} by {self.event_id}: {self.state}"


class Reading(models.Model):
    """One row: up to which id the ledger has been turned into runs."""

    up_to = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.up_to)


class Macro(models.Model):
    """Actions and a text under a name, for an agent to apply. Without `owner` and `team` it is everybody's."""

    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True, default="")
    owner = models.ForeignKey(Staff, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    actions = models.JSONField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True) | models.Q(team__isnull=True), name="macro_of_one"
            ),
            models.UniqueConstraint(fields=["name", "owner", "team"], nulls_distinct=False, name="macro_named_once"),
        ]

    def __str__(self) -> str:
        return self.name
