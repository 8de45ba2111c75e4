"""What was promised, from which standard, and what became of it?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Staff, Team
from yingnuo.promises.breach_models import Breach, BreachReason, BreachWording, Evidence
from yingnuo.promises.runs import Recompute, RecomputePiece, RunKind, RunState
from yingnuo.tickets.models import Message, Ticket

#: Tables that stand in files of their own; here Django looks for them.
ELSEWHERE = (Breach, BreachReason, BreachWording, Evidence, Recompute, RecomputePiece, RunKind, RunState)


class MilestoneCode(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("First response")
    SPEED_OF_ANSWER = "speed_of_answer", _("Speed of answer")
    HANDOFF = "handoff", _("Hand-off")
    HOLDING = "holding", _("Holding")
    NEXT_RESPONSE = "next_response", _("Next response")
    PROGRESS_UPDATE = "progress_update", _("Progress update")
    WORKAROUND = "workaround", _("Workaround")
    RESOLUTION = "resolution", _("Resolution")
    ON_SITE_ARRIVAL = "on_site_arrival", _("On-site arrival")
    CALLBACK = "callback", _("Callback")
    REFUND = "refund", _("Refund")
    PROMISED_DATE = "promised_date", _("Promised date")
    REQUESTER_WAIT = "requester_wait", _("Customer's wait")
    AGENT_WORK = "agent_work", _("Time at work")
    TASK = "task", _("Task of another team")


class StandingCode(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    KEPT = "kept", _("Kept")
    BROKEN = "broken", _("Broken")
    CANCELLED = "cancelled", _("Cancelled")


class VersionState(models.TextChoices):
    """What may become of a version: the first four in this order, or one of the last two instead."""

    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    IN_FORCE = "in_force", _("In force")
    SUPERSEDED = "superseded", _("Superseded")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Version(models.Model):
    """One wording of a standard and its life. A draft is edited; from the proposal on the wording never changes.

    `base` is the version it was made from (0: from nothing), `edition` counts the changes of a draft, `authors` are all
    who made one: none of them may approve it. `alone` says that nobody else could, and an author did. An approved one
    comes in force at `effective_from`, at once when that is null. `moves_open` is its author's choice: whether open
    promises follow it, or those given already stay; `moves_pending` that they are still to follow.
    """

    number = models.PositiveIntegerField()
    spec = models.JSONField()
    name = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.IN_FORCE)
    base = models.PositiveIntegerField(default=0)
    edition = models.PositiveIntegerField(default=1)
    authors = ArrayField(models.BigIntegerField(), default=list)
    justification = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    decision_note = models.TextField(blank=True, default="")
    alone = models.BooleanField(default=False)
    effective_from = models.DateTimeField(null=True)
    in_force_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    review_on = models.DateField(null=True)
    moves_open = models.BooleanField(default=False)
    moves_pending = models.BooleanField(default=False)

    class Meta:
        abstract = True


def _life(standard: str) -> list[models.BaseConstraint]:
    """What the database itself holds every version to: no two of one standard in the same chair."""
    known = models.Q(state__in=VersionState.values)
    decided = models.Q(decided_at__isnull=False) | ~models.Q(state__in=["approved", "in_force", "rejected"])
    begun = models.Q(in_force_at__isnull=False) | ~models.Q(state__in=["in_force", "superseded"])
    proposed = models.Q(proposed_at__isnull=False) | ~models.Q(state="proposed")
    return [
        models.UniqueConstraint(fields=[standard, "number"], name=f"{standard}_version"),
        *(
            models.UniqueConstraint(fields=[standard], condition=models.Q(state=state), name=f"{standard}_one_{state}")
            for state in ("draft", "approved", "in_force")
        ),
        models.CheckConstraint(condition=known, name=f"{standard}_state_known"),
        models.CheckConstraint(condition=proposed, name=f"{standard}_proposed_when"),
        models.CheckConstraint(condition=decided, name=f"{standard}_decided_when"),
        models.CheckConstraint(condition=begun, name=f"{standard}_in_force_since"),
    ]


class Calendar(models.Model):
    """A service time by name; its versions say what it was when. `current` is the one in force, 0 where none is yet.

    `owner` is told when public holidays are missing; without one whoever made the version in force.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    current = models.PositiveIntegerField(default=1)
    owner = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.name


class CalendarVersion(Version):
    """One wording of a calendar: the mapping that the engine's `Calendar.from_spec` takes.

    `zone_release` and `zone_digest` tell by which zone data it was made (see `promises.zone_data`); "" is not known.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="versions")
    zone_release = models.CharField(max_length=20, blank=True, default="")
    zone_digest = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        constraints = _life("calendar")

    def __str__(self) -> str:
        return f"{self.calendar_id}@{self.number}"


class Policy(models.Model):
    """A standard by name; the lower position is asked first when several are in force. `current` as of a calendar."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    current = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class PolicyVersion(Version):
    """One wording of a policy: the mapping that the engine's `Policy.from_spec` takes."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")

    class Meta:
        constraints = _life("policy")

    def __str__(self) -> str:
        return f"{self.policy_id}@{self.number}"


class TermsCopy(models.Model):
    """Terms as they were given, kept for ever; promises of the same terms share the row, found by its digest."""

    digest = models.CharField(max_length=64, unique=True)
    spec = models.JSONField()

    def __str__(self) -> str:
        return self.digest[:12]


class Promise(models.Model):
    """One commitment about one milestone of one ticket.

    `first_terms` are those it was given under, `terms` those now in force. Everything below `generation` is derived
    from the terms and the marks by the engine's `fold` and only ever written together with a new generation. `next_at`
    is the next moment of interest; `fired` maps the ladder steps already taken (and "due") to the epoch second of their
    firing; `ack_due` maps a step to the epoch second by which somebody must have acknowledged it. `checked` maps what
    the customer has been told of the terms' checklist to the epoch second at which he was.

    Every change writes every index again, so there is none that no question needs; terms are never deleted, and team
    and agent are the ticket's, so the database checks neither a second time.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="promises", db_index=False)
    milestone = models.CharField(max_length=20)  # of `MilestoneCode`, or declared by a standard
    first_terms = models.ForeignKey(
        TermsCopy, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    terms = models.ForeignKey(
        TermsCopy, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, db_index=False)
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, db_index=False, db_constraint=False)
    agent = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False, db_constraint=False)
    started_at = models.DateTimeField()
    generation = models.PositiveIntegerField(default=1)
    standing = models.CharField(max_length=10, choices=StandingCode, default=StandingCode.RUNNING)
    due_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    worked = models.BigIntegerField(default=0)
    overrun = models.BigIntegerField(default=0)
    remaining = models.BigIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    fired = models.JSONField(default=dict)
    ack_due = models.JSONField(default=dict)
    checked = models.JSONField(default=dict, db_default={})

    class Meta:
        indexes = [
            models.Index(fields=["next_at", "id"], condition=models.Q(next_at__isnull=False), name="promise_next"),
            models.Index(fields=["ticket", "id"], name="promise_ticket"),
            models.Index(
                fields=["due_at"],
                condition=models.Q(ended_at__isnull=True, due_at__isnull=False),
                name="promise_open_due",
            ),
            models.Index(fields=["message"], condition=models.Q(message__isnull=False), name="promise_message"),
            models.Index(fields=["broken_at"], condition=models.Q(broken_at__isnull=False), name="promise_broken"),
            # what still goes by an earlier version is asked by the few copies of terms that name it
            models.Index(
                fields=["terms", "ticket"],
                include=["broken_at"],
                condition=models.Q(ended_at__isnull=True),
                name="promise_open_terms",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.milestone}"


class Mark(models.Model):
    """A fact about a promise; appended, never changed. `at`: when it was so; `recorded_at`: when we learnt it."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="marks", db_index=False)
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    reason = models.CharField(max_length=30, blank=True, default="")
    terms = models.ForeignKey(TermsCopy, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["promise", "id"], name="mark_promise")]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.kind}"


class Outcome(models.Model):
    """How a promise ended: one fact row for every measure, with the ticket's traits as they were at the end."""

    promise = models.OneToOneField(Promise, on_delete=models.CASCADE)
    ticket_id = models.BigIntegerField()
    milestone = models.CharField(max_length=20)
    standing = models.CharField(max_length=10)
    agreement = models.CharField(max_length=3)
    kind = models.CharField(max_length=12)
    urgency = models.CharField(max_length=10)
    via = models.CharField(max_length=8)
    tier = models.CharField(max_length=10)
    product_line = models.CharField(max_length=40)
    region = models.CharField(max_length=40)
    team_id = models.BigIntegerField(null=True)
    agent_id = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    target = models.BigIntegerField()
    worked = models.BigIntegerField()
    elapsed = models.BigIntegerField()
    overrun = models.BigIntegerField()
    warned = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["ended_at", "milestone"], name="outcome_ended")]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.milestone}: {self.standing}"
