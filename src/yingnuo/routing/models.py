"""By which rules is a ticket sent to a team?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from yingnuo.people.models import Team
from yingnuo.tickets.models import Kind, Urgency


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
