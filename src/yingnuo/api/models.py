"""Which answers are kept, so that a request that is sent again is done only once?"""

from __future__ import annotations

from django.db import models


class KeptAnswer(models.Model):
    """The answer to a POST under an idempotency key of one `owner` ("token:7").

    `done` is written in the transaction of what the request did, `status` and `body` after it: a row that is done and
    has no answer belongs to a process that died between the two. `digest` is that of the request.
    """

    owner = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    done = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="kept_answer_once")]
        indexes = [models.Index(fields=["at"], name="kept_answer_at")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"
