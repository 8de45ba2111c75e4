"""Who was warned of what, by which way, who acknowledged, and when does nobody want to be disturbed?"""

from __future__ import annotations

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import Ground
from yingnuo.people.models import Department, Staff, Team


class NoticeState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Skipped")


class Notice(models.Model):
    """One notice of one step to one person by one way: the unique key makes it come once, whatever workers do.

    `moment` is when it should have been given, `at` when it was written; the difference is the measured lateness.
    `reason` says what came: warning, no acknowledgement, broken, urged, a department concerned. While it waits for the
    end of quiet hours or of a storm `problem` says so ("quiet", "storm"); `digest` is the notice whose message carried
    it together with others. A notice about no ticket has `ticket_id` 0 and the day as its `generation`.
    """

    promise_id = models.BigIntegerField()
    generation = models.PositiveIntegerField()
    step = models.CharField(max_length=30)
    staff = models.ForeignKey(
        Staff, on_delete=models.CASCADE, related_name="notices", db_index=False, db_constraint=False
    )
    way = models.CharField(max_length=8)
    role = models.CharField(max_length=20)
    reason = models.CharField(max_length=20)
    ticket_id = models.BigIntegerField()
    milestone = models.CharField(max_length=20)
    due_at = models.DateTimeField(null=True)
    moment = models.DateTimeField()
    at = models.DateTimeField()
    ack_by = models.DateTimeField(null=True)
    acked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=NoticeState, default=NoticeState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=250, blank=True, default="")
    digest = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["promise_id", "generation", "step", "staff", "way"], name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["retry_at", "id"], condition=models.Q(state__in=["pending", "sending"]), name="notice_waiting"
            ),
            models.Index(fields=["staff", "-id"], condition=models.Q(way="in_app"), name="notice_bell"),
            models.Index(
                fields=["ticket_id"],
                condition=models.Q(ack_by__isnull=False, acked_at__isnull=True),
                name="notice_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} to {self.staff_id} by {self.way}"


class Template(models.Model):
    """Wording of notices by step reason, way and language, in Liquid; without a row the built-in wording is used."""

    reason = models.CharField(max_length=20)
    way = models.CharField(max_length=8)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reason", "way", "language"], name="template_once")]

    def __str__(self) -> str:
        return f"{self.reason}/{self.way}/{self.language}"


class QuietKind(models.TextChoices):
    NONE = "none", _("No quiet hours")
    HOURS = "hours", _("Between two times")
    CALENDAR = "calendar", _("Whenever a service time is closed")


class QuietHours(models.Model):
    """When mail and SMS of one person wait; without a person: of everybody who has not chosen himself.

    HOURS: from `starts` to `ends` of the person's own clock, over midnight where `ends` is not later, beginning on the
    `days` (0 Monday to 6 Sunday); with a `calendar` also all day where that does not open at all. CALENDAR: whenever
    `calendar` (a code) is closed.
    """

    staff = models.OneToOneField(Staff, null=True, on_delete=models.CASCADE, related_name="quiet_hours")
    kind = models.CharField(max_length=8, choices=QuietKind, default=QuietKind.NONE)
    starts = models.TimeField(default=time(22))
    ends = models.TimeField(default=time(7))
    days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    calendar = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff"], nulls_distinct=False, name="quiet_hours_once"),
            models.CheckConstraint(
                condition=models.Q(days__contained_by=[0, 1, 2, 3, 4, 5, 6]), name="quiet_days_of_week"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.staff_id or 'the company'}"


class Preference(models.Model):
    """What one member of staff wants beyond or below the rule. "" and None: as everybody."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="notice_preference")
    more = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    off = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    language = models.CharField(max_length=10, blank=True, default="")
    digest_from = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest_from__isnull=True) | models.Q(digest_from__gte=2),
                name="preference_digest_of_two",
            )
        ]

    def __str__(self) -> str:
        return f"preferences of {self.staff_id}"


class NoticeRules(models.Model):
    """What holds for the notices of everybody; one row, made when somebody first changes it.

    Amounts of money are of `currency`; None is no cap. `optional` are the ways that a person may switch off.
    """

    optional = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    digest_from = models.PositiveSmallIntegerField(default=6)
    currency = models.CharField(max_length=3, default="CNY")
    sms_price = models.DecimalField(max_digits=8, decimal_places=4, default=0)
    sms_day = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    sms_month = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    sms_person = models.DecimalField(max_digits=10, decimal_places=2, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="notice_rules_once"),
            models.CheckConstraint(condition=models.Q(digest_from__gte=2), name="notice_digest_of_two"),
            models.CheckConstraint(condition=models.Q(sms_price__gte=0), name="sms_price_not_negative"),
        ]

    def __str__(self) -> str:
        return "notice rules"


class SmsDay(models.Model):
    """What SMS to one person on one day of the company's clock have cost; written before each is sent."""

    day = models.DateField()
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="sms_days", db_index=False)
    parts = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=4, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "staff"], name="sms_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.staff_id}: {self.parts}"


class Route(models.Model):
    """By which channel the notices of one messaging way reach the people of a team, or of a department's teams.

    Without either: everybody for whom there is no nearer one.
    """

    way = models.CharField(max_length=8)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="notice_routes", db_index=False)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, db_index=False)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.CASCADE, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["way", "team", "department"], nulls_distinct=False, name="route_once"),
            models.CheckConstraint(
                condition=models.Q(team__isnull=True) | models.Q(department__isnull=True), name="route_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.way} by {self.channel_id}"


class Handle(models.Model):
    """How one member of staff is known by a messaging way: userid of 企业微信 or 钉钉, open_id of 飞书."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="handles", db_index=False)
    way = models.CharField(max_length=8)
    value = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "way"], name="handle_once"),
            models.UniqueConstraint(fields=["way", "value"], name="handle_of_one"),
        ]

    def __str__(self) -> str:
        return f"{self.value} by {self.way}"


class Pace(models.Model):
    """How many notices one person got by one way since the minute that began at `since`, and his last digest."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="paces", db_index=False)
    way = models.CharField(max_length=8)
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    digest_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "way"], name="pace_once")]

    def __str__(self) -> str:
        return f"{self.count} to {self.staff_id} by {self.way}"


class SeenAlarm(models.Model):
    """An alarm of the wall that somebody has taken note of, and how bad it was then; see `alerts.seen`."""

    key = models.CharField(max_length=80, unique=True)
    level = models.PositiveIntegerField()
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} at {self.level}"


class PushRule(models.Model):
    """Whether browsers may be told through push services abroad, on which ground in law; one row.

    `private` is the sealed key that names this installation to them; made once, for a new one would silence every
    browser. `subjects`: whether the subject of a ticket may stand in a message.
    """

    active = models.BooleanField(default=False)
    subjects = models.BooleanField(default=False)
    ground = models.CharField(max_length=20, choices=Ground, blank=True, default="")
    basis = models.TextField(blank=True, default="")
    private = models.TextField(blank=True, default="")
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="push_rule_once"),
            models.CheckConstraint(
                condition=models.Q(active=False) | ~models.Q(ground="") & ~models.Q(private=""), name="push_on_a_ground"
            ),
        ]

    def __str__(self) -> str:
        return "push on" if self.active else "push off"


class PushBrowser(models.Model):
    """One browser of a member of staff that may be told; `auth` is sealed, `problem` what the last message met."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="browsers")
    endpoint = models.CharField(max_length=1_000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.TextField()
    name = models.CharField(max_length=80, blank=True, default="")
    made_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} of {self.staff_id}"


class Rhythm(models.TextChoices):
    OFF = "off", _("No mail")
    DAILY = "daily", _("Each morning")
    WEEKLY = "weekly", _("On Mondays")


class DigestWish(models.Model):
    """When one person wants a mail of what is due; `next_at` is the next one, None for none."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="digest_wish")
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.OFF)
    hour = models.PositiveSmallIntegerField(default=8)
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(hour__lte=23), name="digest_hour_of_day")]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="digest_next"),
        ]

    def __str__(self) -> str:
        return f"{self.rhythm} at {self.hour} to {self.staff_id}"


class DigestState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    EMPTY = "empty", _("Nothing to say")
    FAILED = "failed", _("Failed")


class DigestMail(models.Model):
    """The digest of one person on one day of his clock: the key makes it one. What broke from `since` on is news."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="digests", db_index=False)
    day = models.DateField()
    since = models.DateTimeField()
    state = models.CharField(max_length=8, choices=DigestState, default=DigestState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "day"], name="digest_once_a_day")]
        indexes = [
            models.Index(fields=["retry_at"], condition=models.Q(state="pending"), name="digest_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.day} to {self.staff_id}"
