"""Which lists of tickets have people saved, how does each stand at the head of the queue, and what can be undone?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff, Team


class Audience(models.TextChoices):
    """Who sees a list."""

    OWN = "own", _("Only me")
    TEAM = "team", _("One team")
    ALL = "all", _("Everybody")


class Worklist(models.Model):
    """A filter with a name. `asked` is a condition as `tickets.asking` writes it, `look` as `worklists.looks` does.

    One that was deleted stays for a while, so that it can be brought back.
    """

    name = models.CharField(max_length=60)
    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    audience = models.CharField(max_length=4, choices=Audience, default=Audience.OWN)
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    scope = models.CharField(max_length=12, default="all")
    state = models.CharField(max_length=12, default="open")
    order = models.CharField(max_length=12, default="due")
    asked = models.JSONField(default=dict)
    look = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience="team") ^ models.Q(team__isnull=True), name="worklist_team_when_for_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """What one person made of a list for himself: its place, its look, whether the desk begins there.

    Without a list it is the look of the plain queue.
    """

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    worklist = models.ForeignKey(Worklist, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.IntegerField(null=True)
    look = models.JSONField(default=dict)
    start = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "worklist"], nulls_distinct=False, name="place_once"),
            models.UniqueConstraint(fields=["staff"], condition=models.Q(start=True), name="place_one_start"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id}: {self.worklist_id}"


class Batch(models.Model):
    """What somebody did to many tickets at once, for as long as it may be undone.

    `done`: per ticket its number, its version afterwards and what was so before. `undone_at` is set once.
    """

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    deed = models.CharField(max_length=20)
    done = models.JSONField(default=list)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.deed} × {len(self.done)}"
