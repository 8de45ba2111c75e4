"""Which single number tells every process that a setting changed, and who touched a form last?"""

from django.db import models


class Revision(models.Model):
    """One row: the revision of all settings that processes keep in memory (see kit.revisions)."""

    number = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return str(self.number)


class Touch(models.Model):
    """The last change of one field of the form at an address (see kit.touches); `by` is the number of an account."""

    place = models.CharField(max_length=200)
    field = models.CharField(max_length=60)
    by = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "field"], name="touch_once")]

    def __str__(self) -> str:
        return f"{self.place} {self.field}"
