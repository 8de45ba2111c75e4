"""Which tags does the house know, and which changes to them run through the tickets?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff


class Tone(models.TextChoices):
    """The colours of tags; each is readable in light and in dark, and none is needed to read a tag."""

    GRAY = "gray", _("Gray")
    BLUE = "blue", _("Blue")
    GREEN = "green", _("Green")
    TEAL = "teal", _("Teal")
    YELLOW = "yellow", _("Yellow")
    ORANGE = "orange", _("Orange")
    RED = "red", _("Red")
    PURPLE = "purple", _("Purple")


class Tag(models.Model):
    """A tag of tickets. Not `active`: it is offered no more; `into`: what it is called now, "" for nothing."""

    name = models.CharField(max_length=40, unique=True)
    description = models.CharField(max_length=200, blank=True, default="")
    tone = models.CharField(max_length=8, choices=Tone, default=Tone.GRAY)
    active = models.BooleanField(default=True)
    into = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Change(models.TextChoices):
    RENAMED = "renamed", _("Renamed")
    MERGED = "merged", _("Merged")
    RETIRED = "retired", _("Retired")


class TagRun(models.Model):
    """One change of a tag on its way through all tickets: `done` of `total`; without `ended_at` it is under way."""

    what = models.CharField(max_length=8, choices=Change)
    name = models.CharField(max_length=40)
    into = models.CharField(max_length=40, blank=True, default="")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            # two changes of one tag at once would chase each other
            models.UniqueConstraint(fields=["name"], condition=models.Q(ended_at=None), name="tag_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.what} {self.into}"
