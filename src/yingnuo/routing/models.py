"""By which rules is a ticket sent to a team, and what became of what dispatch suggested?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from yingnuo.people.models import Staff, Team, TeamStrategy
from yingnuo.tickets.models import Kind, Message, Ticket, Urgency


class Rule(models.Model):
    """One dispatch rule. It matches when the facts meet `when` and, where keywords are named, one of them occurs.

    Rules are tried by position; the first that names a team decides it. A rule may also set what intake could not know:
    kind, urgency (only ever raised) and tags; those are taken from every rule that matches.
    """

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    when = models.JSONField(default=dict, blank=True)
    keywords = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT)
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    set_kind = models.CharField(max_length=12, choices=Kind, blank=True, default="")
    set_urgency = models.CharField(max_length=10, choices=Urgency, blank=True, default="")
    set_product_line = models.CharField(max_length=40, blank=True, default="")
    add_tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Suggestion(models.Model):
    """A lead decided a waiting ticket: whom dispatch had suggested, and who got it. `rule` sent it to the team."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="suggestions")
    strategy = models.CharField(max_length=12, choices=TeamStrategy)
    suggested = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    taken = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.suggested_id} → {self.taken_id}"


class Handoff(models.Model):
    """Which note went with a ticket from one team to another; what it says is the note's own text."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="handoffs")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="handoff")
    from_team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    to_team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.from_team_id} → {self.to_team_id}"


class StandIn(models.Model):
    """A deputy holds the ticket of somebody who is absent, until it is given back or at rest."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="stood_in_for")
    deputy = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(returned_at__isnull=True), name="one_stand_in_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.deputy_id} for {self.owner_id}"
