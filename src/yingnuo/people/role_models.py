"""How do roles differ from those that are built in, and which has the house added?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Sight(models.TextChoices):
    """Which tickets a role sees, from the fewest to all."""

    OWN = "own", _("only tickets that are given to them")
    TEAMS = "teams", _("tickets of their own teams")
    DEPARTMENT = "department", _("tickets of the departments in which they lead a team")
    BELOW = "below", _("tickets of the departments they head and of all below; who heads none sees all")
    ALL = "all", _("all tickets")


class StaffRole(models.Model):
    """A role of the house, or what it changed at a built-in one: what differs from `base`, which is built in.

    A built-in role without a row is as it was built. `sight` "" and an empty name are those of the base.
    """

    code = models.SlugField(max_length=40, unique=True)
    base = models.CharField(max_length=10)
    zh_hans = models.CharField(max_length=40, blank=True, default="")
    zh_hant = models.CharField(max_length=40, blank=True, default="")
    en = models.CharField(max_length=40, blank=True, default="")
    granted = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    withdrawn = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    sight = models.CharField(max_length=10, choices=Sight, blank=True, default="")
    active = models.BooleanField(default=True)
    edition = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.code
