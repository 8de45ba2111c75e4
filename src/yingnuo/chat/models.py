"""Who chats from which page, and how does each chat stand?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Channel
from yingnuo.people.models import Contact, Staff
from yingnuo.tickets.models import Ticket


class Visitor(models.Model):
    """A browser on a site, or a person whom the site vouches for (`known_as`, its own id of him).

    `key` is the peer of his conversation and the name of his live topic: random, never shown to others. `name` and
    `email` are what he says himself unless `known_as` is set: labels, by which nobody is recognised.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=43, unique=True)
    known_as = models.CharField(max_length=100, blank=True, default="")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_index=False)
    name = models.CharField(max_length=80, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=10, default="zh-hans")
    page = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "known_as"], condition=~models.Q(known_as=""), name="chat_visitor_known"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.key[:8]


class Stage(models.TextChoices):
    """As engine.chat_course.Stage, with words."""

    BOT = "bot", _("With the bot")
    WAITING = "waiting", _("Waiting")
    ACTIVE = "active", _("In conversation")
    ENDED = "ended", _("Ended")


class EndedBy(models.TextChoices):
    VISITOR = "visitor", _("the visitor")
    AGENT = "agent", _("the agent")
    IDLE = "idle", _("silence")


class Chat(models.Model):
    """One chat: a stretch of talk within a ticket. Who holds it is the ticket's agent.

    `since` is the last message before it began: what is said in it has a greater id. `due_at` is when it must be looked
    at again (an offer that lapses, silence), None when it is over. `visitor_read` and `agent_read` are the last message
    ids each side has seen. `transferred` counts hand-overs to others.
    """

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="chats", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="chats")
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.WAITING)
    since = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    spoken_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=8, choices=EndedBy, blank=True, default="")
    due_at = models.DateTimeField(null=True)
    visitor_read = models.BigIntegerField(default=0)
    agent_read = models.BigIntegerField(default=0)
    transferred = models.PositiveSmallIntegerField(default=0)
    score = models.PositiveSmallIntegerField(null=True)
    score_words = models.CharField(max_length=1000, blank=True, default="")
    transcripts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visitor"], condition=~models.Q(stage="ended"), name="chat_one_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__gte=1, score__lte=5), name="chat_score_1_to_5"
            ),
            models.CheckConstraint(
                condition=models.Q(stage="ended", ended_at__isnull=False) | ~models.Q(stage="ended"),
                name="chat_ended_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["visitor", "-id"], name="chat_newest"),
            models.Index(fields=["stage", "asked_at"], condition=~models.Q(stage="ended"), name="chat_open"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="chat_due"),
            models.Index(fields=["accepted_at"], condition=models.Q(accepted_at__isnull=False), name="chat_pace"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.visitor_id}"


class Seat(models.Model):
    """How many chats one member of staff takes at a time; without a row USUAL_CAPACITY (see `queries`)."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="seat")
    capacity = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(capacity__lte=20), name="chat_capacity_20")]

    def __str__(self) -> str:
        return f"{self.staff_id}: {self.capacity}"
