"""Under which names does the company meet its customers, and in which words do its automatic mails speak?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from yingnuo.people.models import Staff


class Brand(models.Model):
    """One brand. The default one has the code "": it is what no other brand claims, and is always there once named.

    What a brand claims: ways in by `channels` (ids), product lines and regions by code, in that order of weight; of
    two that claim the same the one of the lower `position` has it. `logo` is a path in the storage, `host` the name
    under which its portal is reached, "" for the common one.
    """

    code = models.SlugField(max_length=40, unique=True, blank=True)
    zh_hans = models.CharField(max_length=60, blank=True, default="")
    zh_hant = models.CharField(max_length=60, blank=True, default="")
    en = models.CharField(max_length=60, blank=True, default="")
    colour = models.CharField(max_length=7, blank=True, default="")
    logo = models.CharField(max_length=120, blank=True, default="")
    logo_type = models.CharField(max_length=20, blank=True, default="")
    host = models.CharField(max_length=120, blank=True, default="")
    sender = models.CharField(max_length=60, blank=True, default="")
    signature = models.TextField(blank=True, default="")
    footer = models.TextField(blank=True, default="")
    channels = ArrayField(models.BigIntegerField(), default=list, blank=True)
    product_lines = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    regions = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=~models.Q(host=""), name="brand_host"),
            models.CheckConstraint(condition=models.Q(active=True) | ~models.Q(code=""), name="brand_default_active"),
        ]

    def __str__(self) -> str:
        return self.zh_hans or self.en or self.zh_hant or self.code


class Text(models.Model):
    """One version of an automatic text of a brand in one language; the highest number counts.

    An empty `body` is the shipped text again. `brand` is a code; versions are never changed.
    """

    brand = models.CharField(max_length=40, blank=True, default="")
    code = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    body = models.TextField(blank=True, default="")
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "code", "language", "number"], name="brand_text")]

    def __str__(self) -> str:
        return f"{self.brand}.{self.code}.{self.language} {self.number}"
