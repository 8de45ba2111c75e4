"""Which machines are there, what did they measure, which rules watch them, and which alarms came of it?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.models import Channel
from yingnuo.people.models import Company, Contact, Staff
from yingnuo.tickets.models import Ticket


class Standing(models.TextChoices):
    """Whether a device is ours. What a blocked one says is thrown away."""

    ADOPTED = "adopted", _("Registered")
    WAITING = "waiting", _("Not registered")
    BLOCKED = "blocked", _("Blocked")


class Severity(models.TextChoices):
    """As `engine.alarm_course.Severity`."""

    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")
    INFO = "info", _("For information")


class Device(models.Model):
    """One machine. `identity` is what it calls itself in its channel; `key` is the number of the key that counts.

    `quiet_until`: somebody works on it, no alarm is raised until then. `unreadable` counts what nobody understood.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    identity = models.CharField(max_length=80)
    name = models.CharField(max_length=120, blank=True, default="")
    serial = models.CharField(max_length=80, blank=True, default="")
    model = models.CharField(max_length=80, blank=True, default="")
    product_line = models.CharField(max_length=40, blank=True, default="")
    site = models.CharField(max_length=120, blank=True, default="")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="devices")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="devices")
    standing = models.CharField(max_length=8, choices=Standing, default=Standing.WAITING)
    key = models.PositiveIntegerField(default=1)
    quiet_until = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    adopted_at = models.DateTimeField(null=True, blank=True)
    unreadable = models.PositiveIntegerField(default=0)
    unreadable_text = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "identity"], name="device_once")]
        indexes = [models.Index(fields=["standing", "identity"], name="device_standing")]

    def __str__(self) -> str:
        return self.name or self.identity


class DeviceState(models.Model):
    """What changes with every reading: `memory` is that of `engine.alarm_course`; `next_at` when time may turn it."""

    device = models.OneToOneField(Device, primary_key=True, on_delete=models.CASCADE, related_name="state")
    seen_at = models.DateTimeField(null=True)
    online = models.BooleanField(null=True)
    memory = models.JSONField(default=dict)
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="device_state_next")
        ]

    def __str__(self) -> str:
        return f"{self.device_id}"


class Sample(models.Model):
    """One value of one metric, lately measured; older ones are packed into `Chunk`. The same moment counts once."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, db_index=False)
    metric = models.CharField(max_length=40)
    at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "metric", "at"], name="sample_once")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.metric}"


class Chunk(models.Model):
    """The values of one metric of one device within an hour, packed (`devices.packing`)."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, db_index=False)
    metric = models.CharField(max_length=40)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField()
    low = models.FloatField()
    high = models.FloatField()
    packed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "metric", "hour"], name="chunk_once")]
        indexes = [models.Index(fields=["hour"], name="chunk_hour")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.metric} {self.hour:%Y-%m-%d %H}"


class StormBy(models.TextChoices):
    """What makes alarms of many machines one matter."""

    SITE = "site", _("the same site")
    MODEL = "model", _("the same model")
    NEVER = "", _("never")


class AlarmRule(models.Model):
    """When machines of some line and model raise an alarm. `spec` is what `engine.alarm_specs` reads.

    Empty `product_line`, `model`: any. `storm_n` machines within `storm_s` seconds are one matter. `again_s`: what
    comes again so soon after it was over is the same alarm. `resolves`: its ticket is resolved when all is well again
    and nobody had to do anything.
    """

    name = models.CharField(max_length=120)
    spec = models.JSONField()
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.MAJOR)
    product_line = models.CharField(max_length=40, blank=True, default="")
    model = models.CharField(max_length=80, blank=True, default="")
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.CASCADE, related_name="own_rules")
    active = models.BooleanField(default=True)
    resolves = models.BooleanField(default=False)
    again_s = models.PositiveIntegerField(default=1_800)
    storm_by = models.CharField(max_length=5, choices=StormBy, default=StormBy.SITE, blank=True)
    storm_n = models.PositiveSmallIntegerField(default=5)
    storm_s = models.PositiveIntegerField(default=60)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(storm_n__gte=2), name="rule_storm_of_two")]

    def __str__(self) -> str:
        return self.name


class FaultCode(models.Model):
    """What a code of a machine means. `product_line` "": of any; one of its own line goes before."""

    product_line = models.CharField(max_length=40, blank=True, default="")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.MAJOR)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    advice_zh = models.TextField(blank=True, default="")
    advice_en = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product_line", "code"], name="fault_code_once")]

    def __str__(self) -> str:
        return self.code


class Storm(models.Model):
    """Alarms of many machines at once that are one matter. `key` says of which rule and where; one is open at most."""

    key = models.CharField(max_length=250)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    place = models.CharField(max_length=160)
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="storms")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=models.Q(ended_at__isnull=True), name="storm_open_once")
        ]

    def __str__(self) -> str:
        return self.key


class Alarm(models.Model):
    """One condition of one machine, from when it was raised until it is over; at most one is open at a time.

    `count` is how often it was told. `tell_at`: something about it is still to be told (a ticket opened, a note
    written); `told` is what its ticket knows: "", "open" or "over". `recorded_at` is when we learnt of it.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="alarms", db_index=False)
    rule = models.ForeignKey(AlarmRule, null=True, on_delete=models.SET_NULL, related_name="alarms", db_index=False)
    rule_key = models.BigIntegerField()  # the rule's id, also when it is gone
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=40, blank=True, default="")
    severity = models.CharField(max_length=8, choices=Severity)
    opened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    last_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    count = models.PositiveIntegerField(default=1)
    reopened = models.PositiveIntegerField(default=0)
    value = models.FloatField(null=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="alarms")
    storm = models.ForeignKey(Storm, null=True, on_delete=models.SET_NULL, related_name="alarms")
    tell_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=4, blank=True, default="")
    noted = models.PositiveIntegerField(default=1)  # the count that its ticket's story tells

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "rule_key", "code"],
                condition=models.Q(cleared_at__isnull=True),
                name="alarm_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["tell_at"], condition=models.Q(tell_at__isnull=False), name="alarm_to_tell"),
            models.Index(fields=["device", "-opened_at"], name="alarm_device"),
            models.Index(fields=["-opened_at"], name="alarm_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.name}"

    @property
    def state(self) -> str:
        """open or over."""
        return "open" if self.cleared_at is None else "over"


class StepList(models.Model):
    """Steps by which a machine is examined from afar. An edit makes a new version; runs keep the one they took.

    `steps` is a list of {"do": command, "name_zh", "name_en", "with": {…}, "wait_s": 20, "expects": {…} or none}.
    """

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=120)
    product_lines = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    steps = models.JSONField()
    current = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="step_list_version"),
            models.UniqueConstraint(fields=["code"], condition=models.Q(current=True), name="step_list_current"),
        ]

    def __str__(self) -> str:
        return self.name


class StepState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent, no answer yet")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    SILENT = "silent", _("No answer")
    SKIPPED = "skipped", _("Not tried")


class StepRun(models.Model):
    """One examination of one machine for one ticket. `ended_at` None: it goes on."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="step_runs")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="step_runs")
    steps = models.ForeignKey(StepList, on_delete=models.PROTECT, related_name="runs")
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device"], condition=models.Q(ended_at__isnull=True), name="step_run_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.steps_id}"


class Step(models.Model):
    """One command of a run. `key` is what its answer names; `due_at` when it is to be sent, or taken for unanswered."""

    run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="taken")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=8, choices=StepState, default=StepState.WAITING)
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    text = models.CharField(max_length=500, blank=True, default="")
    values = models.JSONField(default=dict)
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="step_once")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="step_due")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"


class Unit(models.Model):
    """One thing that a customer owns, sold by us: what, since when, under warranty until when, under which contract.

    `warranty_until` is the last day it is under warranty; None: nobody knows. `device` is the machine that reports from
    it, where it is connected. One that was given away or scrapped is `gone` and stays for its tickets.
    """

    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="units")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.CASCADE, related_name="units")
    product_line = models.CharField(max_length=40, blank=True, default="")
    model = models.CharField(max_length=80, blank=True, default="")
    serial = models.CharField(max_length=80, blank=True, default="")
    bought_on = models.DateField(null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    contract = models.CharField(max_length=80, blank=True, default="")
    note = models.CharField(max_length=400, blank=True, default="")
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.SET_NULL, related_name="units")
    gone = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(contact__isnull=False) | models.Q(company__isnull=False), name="unit_has_owner"
            ),
            models.UniqueConstraint(fields=["serial"], condition=~models.Q(serial=""), name="unit_serial_once"),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.model or self.product_line, self.serial))) or f"#{self.pk}"
