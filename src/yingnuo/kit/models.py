"""Which single number tells every process that a setting changed?"""

from django.db import models


class Revision(models.Model):
    """One row: the revision of all settings that processes keep in memory (see kit.revisions)."""

    number = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return str(self.number)
