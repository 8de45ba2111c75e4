"""Which calls were there, moment by moment, who answers them, and whom do we owe a call?

Moments are appended only; the columns of a `Call` are what `engine.calls.fold` makes of them, kept for lists and sums.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Channel, Raw
from yingnuo.people.models import Contact, Staff, Team
from yingnuo.tickets.models import Ticket


class Direction(models.TextChoices):
    IN = "in", _("Incoming")
    OUT = "out", _("Outgoing")


class CallState(models.TextChoices):
    OFFERED = "offered", _("In the menu")
    QUEUED = "queued", _("Waiting")
    RINGING = "ringing", _("Ringing")
    TALKING = "talking", _("Talking")
    HELD = "held", _("On hold")
    ENDED = "ended", _("Over")


class CallOutcome(models.TextChoices):
    NONE = "", _("Going on")
    BLOCKED = "blocked", _("Blocked")
    MENU = "menu", _("Ended in the menu")
    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", _("Hung up while waiting")
    UNANSWERED = "unanswered", _("Nobody answered")


class Call(models.Model):
    """One whole call. `number` is the other side's in E.164, "" where it is not known; `told` are the ends reached.

    `done` are the consequences that were drawn already (a ticket opened, a promise given): each once.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=200)
    direction = models.CharField(max_length=3, choices=Direction, default=Direction.IN)
    caller = models.CharField(max_length=80, blank=True, default="")
    called = models.CharField(max_length=80, blank=True, default="")
    number = models.CharField(max_length=20, blank=True, default="")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_index=False)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, db_index=False)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, db_index=False)
    queue = models.CharField(max_length=80, blank=True, default="")
    agent = models.CharField(max_length=80, blank=True, default="")
    ringing = ArrayField(models.CharField(max_length=80), default=list)
    state = models.CharField(max_length=8, choices=CallState, default=CallState.OFFERED)
    outcome = models.CharField(max_length=10, choices=CallOutcome, default=CallOutcome.NONE, blank=True)
    reason = models.CharField(max_length=40, blank=True, default="")
    began_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    wrapped_at = models.DateTimeField(null=True)
    waited = models.PositiveIntegerField(default=0)
    talked = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    wrapup = models.PositiveIntegerField(default=0)
    recording = models.CharField(max_length=400, blank=True, default="")
    imported = models.BooleanField(default=False)
    done = ArrayField(models.CharField(max_length=12), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="call_once")]
        indexes = [
            models.Index(fields=["began_at"], name="call_began"),
            models.Index(fields=["channel", "staff"], condition=~models.Q(state="ended"), name="call_going_on"),
            models.Index(fields=["ticket"], condition=models.Q(ticket__isnull=False), name="call_ticket"),
            models.Index(
                fields=["contact", "-began_at"], condition=models.Q(contact__isnull=False), name="call_contact"
            ),
            models.Index(
                fields=["staff", "-ended_at"], condition=models.Q(wrapped_at__isnull=True, outcome="answered"),
                name="call_unwrapped",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.external_id}"


class Moment(models.Model):
    """One moment of a call as it was told, appended only. (`raw`, `place`) makes a body count once."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="moments", db_index=False)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    agent = models.CharField(max_length=80, blank=True, default="")
    queue = models.CharField(max_length=80, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    recording = models.CharField(max_length=400, blank=True, default="")
    seconds = models.IntegerField(default=-1)
    raw = models.ForeignKey(Raw, null=True, on_delete=models.SET_NULL, db_index=False)
    place = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["raw", "place"], condition=models.Q(raw__isnull=False), name="moment_once")
        ]
        indexes = [models.Index(fields=["call", "at"], name="moment_call")]

    def __str__(self) -> str:
        return f"{self.call_id}:{self.kind}"


class AgentLine(models.Model):
    """Whose an extension (or an agent's login) of a telephone system is."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, db_index=False)
    extension = models.CharField(max_length=80)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="lines")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "extension"], name="agent_line_once")]

    def __str__(self) -> str:
        return f"{self.extension}"


class QueueLine(models.Model):
    """Which team answers a queue of a telephone system."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, db_index=False)
    queue = models.CharField(max_length=80)
    name = models.CharField(max_length=80, blank=True, default="")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="queues")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "queue"], name="queue_line_once")]

    def __str__(self) -> str:
        return self.name or self.queue


class AgentState(models.Model):
    """How the telephone system knows an agent now: ready, paused or gone."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, db_index=False)
    agent = models.CharField(max_length=80)
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "agent"], name="agent_state_once")]

    def __str__(self) -> str:
        return f"{self.agent}: {self.state}"


class CallbackResult(models.TextChoices):
    REACHED = "reached", _("Reached")
    ANSWERED = "answered", _("The customer reached us himself")
    GIVEN_UP = "given_up", _("Given up")
    AT_REST = "at_rest", _("The ticket came to rest")


class CallbackTask(models.Model):
    """A customer who is owed a call. Missed calls of one number fold into the one that is open.

    `not_before`: he asked for a later moment, or the last attempt was a moment ago. `holder` is who calls.
    """

    number = models.CharField(max_length=20)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="callbacks")
    queue = models.CharField(max_length=80, blank=True, default="")
    missed = models.PositiveIntegerField(default=1)
    attempts = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    last_missed_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    holder = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+")
    result = models.CharField(max_length=10, choices=CallbackResult, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=models.Q(done_at__isnull=True), name="callback_folded")
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(done_at__isnull=True), name="callback_open"),
            models.Index(fields=["-done_at"], condition=models.Q(done_at__isnull=False), name="callback_done"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ×{self.missed}"


class Dialled(models.Model):
    """A call that somebody asked for by a click. `token` is the id under which the telephone system places it."""

    token = models.CharField(max_length=60, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, db_index=False)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, db_index=False)
    number = models.CharField(max_length=20)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_index=False)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, db_index=False)
    task = models.ForeignKey(CallbackTask, null=True, on_delete=models.SET_NULL, db_index=False)
    at = models.DateTimeField()
    problem = models.CharField(max_length=120, blank=True, default="")

    def __str__(self) -> str:
        return self.token


class Script(models.Model):
    """What an agent is to say, as the company worded it; without a row the built-in words hold."""

    purpose = models.CharField(max_length=12)
    language = models.CharField(max_length=10)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["purpose", "language"], name="script_once")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.language}"


class HotlineRules(models.Model):
    """How the hotline is measured; one row, made when somebody first changes it.

    Seconds: `answer_within` of the service level, `short` below which a lost call is a short one, `owe_from` from
    which wait on a lost call is owed a call back. `goal` is in percent.
    """

    answer_within = models.PositiveIntegerField(default=20)
    goal = models.PositiveSmallIntegerField(default=80)
    formula = models.CharField(max_length=20, default="offered")
    short = models.PositiveIntegerField(default=5)
    owe_from = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="hotline_rules_once"),
            models.CheckConstraint(condition=models.Q(goal__gte=1, goal__lte=100), name="hotline_goal_percent"),
        ]

    def __str__(self) -> str:
        return "hotline rules"
