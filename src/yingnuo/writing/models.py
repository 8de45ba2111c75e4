"""What is being written, what waits to leave, with what does one answer quickly, and who is at which ticket?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff, Team
from yingnuo.tickets.models import Ticket

HOLDS = (0, 5, 10, 30)  # seconds for which a reply may be held before it leaves
USUAL_HOLD = 10


class Side(models.TextChoices):
    """Who reads it."""

    REPLY = "reply", _("Reply to the customer")
    NOTE = "note", _("Internal note")


class Habit(models.Model):
    """How one member of staff writes: how many seconds a reply is held, and what follows his replies usually.

    `then` is a sequel of `journey.reply`: "", wait or resolve. Without a row: USUAL_HOLD and "". `story` is the chapter
    of a ticket's story that he reads usually, "" for all of it.
    """

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="writing_habit")
    hold = models.PositiveSmallIntegerField(default=USUAL_HOLD)
    then = models.CharField(max_length=8, blank=True, default="")
    story = models.CharField(max_length=10, blank=True, default="", db_default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(hold__in=HOLDS), name="habit_hold_of_list")]

    def __str__(self) -> str:
        return f"{self.staff_id}: {self.hold} s"


class SavedReply(models.Model):
    """A text that agents pick with `/` and its shortcut; `team` None is for all, `language` "" for every language.

    One with an `owner` is his alone. `text` may hold the variables of `replies.VARIABLES`, such as {{ customer }}.
    """

    shortcut = models.CharField(max_length=30)
    title = models.CharField(max_length=80)
    text = models.TextField()
    language = models.CharField(max_length=10, blank=True, default="")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, db_index=False)
    owner = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.CASCADE, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shortcut", "language", "team", "owner"], nulls_distinct=False, name="saved_reply_once"
            ),
            models.CheckConstraint(
                condition=models.Q(team__isnull=True) | models.Q(owner__isnull=True), name="saved_reply_of_one"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Draft(models.Model):
    """What one person has begun to write at one ticket. `version` changes with every saving of its words."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    side = models.CharField(max_length=5, choices=Side, default=Side.REPLY)
    way = models.CharField(max_length=40, blank=True, default="")
    text = models.TextField(blank=True, default="")
    version = models.BigIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "ticket"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} at {self.ticket_id}"


class Outgoing(models.Model):
    """A reply that waits to leave at `leaves_at`: held for some seconds, or `scheduled` for later.

    The other fields are those of `journey.reply.Said`. `after` is the ticket's last message when it was written: with
    `unless_written` a later one of the customer stops it. One that was stopped stays with `why` until its writer takes
    it back or throws it away; one that left is gone from here.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="outgoing", db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="outgoing", db_index=False)
    text = models.TextField(blank=True, default="")
    way = models.CharField(max_length=40, blank=True, default="")
    then = models.CharField(max_length=8, blank=True, default="")
    qualified = models.BooleanField(default=True)
    told = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    tells = models.BigIntegerField(default=0)
    follows = models.CharField(max_length=1000, blank=True, default="")
    next_at = models.DateTimeField(null=True)
    scheduled = models.BooleanField(default=False)
    unless_written = models.BooleanField(default=False)
    after = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stopped_at__isnull=True) | ~models.Q(why=""), name="outgoing_stopped_for_a_reason"
            )
        ]
        indexes = [
            models.Index(fields=["leaves_at"], condition=models.Q(stopped_at__isnull=True), name="outgoing_due"),
            models.Index(fields=["ticket"], name="outgoing_ticket"),
            models.Index(fields=["staff", "leaves_at"], name="outgoing_staff"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} at {self.ticket_id}, {self.leaves_at}"


class KeptFile(models.Model):
    """A file of a draft or of a reply that waits. `path` is where the storage keeps it until it is sent or dropped."""

    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="files")
    outgoing = models.ForeignKey(Outgoing, null=True, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    path = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(draft__isnull=True) ^ models.Q(outgoing__isnull=True), name="kept_file_of_one"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Reader(models.Model):
    """Who has which ticket open. Heard of at `seen_at`, he counts as there for `presence.STAYS`; as typing likewise."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="readers", db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="reads", db_index=False)
    seen_at = models.DateTimeField()
    typed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "staff"], name="reader_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} at {self.ticket_id}"
