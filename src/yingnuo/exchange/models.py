"""Which tables were taken in, what became of each row, and by which key does another system name our rows?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    MAPPING = "mapping", _("Columns to be named")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked: nothing is written yet")
    RUNNING = "running", _("Being taken in")
    DONE = "done", _("Taken in")
    STOPPED = "stopped", _("Stopped")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")


UNDER_WAY = (State.CHECKING, State.RUNNING, State.UNDOING)


class Outcome(models.TextChoices):
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    SAME = "same", _("Same as before")
    REFUSED = "refused", _("Refused")
    UNDONE = "undone", _("Undone")
    KEPT = "kept", _("Stays: touched since")


class Import(models.Model):
    """One table. `mapping` names the field of each column by its place; `options` are choices of its kind.

    `by_kind` and `by_id` are the actor's, with whose rights every row is written.
    """

    kind = models.CharField(max_length=12)
    file = models.CharField(max_length=200)
    form = models.CharField(max_length=8)
    encoding = models.CharField(max_length=20, blank=True, default="")
    delimiter = models.CharField(max_length=2, blank=True, default="")
    head = models.JSONField()
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    total = models.PositiveIntegerField()
    problem = models.CharField(max_length=200, blank=True, default="")
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=["checking", "running", "undoing"]), name="import_under_way"
            )
        ]

    def __str__(self) -> str:
        return self.file


class Row(models.Model):
    """One line of a table. `problems` are [field, code, params] of each; `key` is how it names itself.

    `pending`: the step that its table is at has not come to it yet. `before` and `after` are what a write found and
    left, for undoing it.
    """

    table = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    key = models.CharField(max_length=250, blank=True, default="")
    pending = models.BooleanField(default=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default="")
    problems = models.JSONField(default=list)
    object_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "number"], name="import_row_once")]
        indexes = [
            models.Index(fields=["table", "number"], condition=models.Q(pending=True), name="import_row_pending"),
            models.Index(fields=["table", "outcome", "number"], name="import_row_outcome"),
            models.Index(fields=["table", "key"], condition=~models.Q(key=""), name="import_row_key"),
        ]

    def __str__(self) -> str:
        return f"{self.table_id}:{self.number}"


class Key(models.Model):
    """How another system names a row of ours."""

    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    object_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="external_key_once")]
        indexes = [models.Index(fields=["kind", "object_id"], name="external_key_of")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class Remembered(models.Model):
    """The mapping that was last used for a head of these names."""

    kind = models.CharField(max_length=12)
    head = models.CharField(max_length=64)
    mapping = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "head"], name="mapping_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.head[:8]}"
