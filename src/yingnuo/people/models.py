"""Who works here, in which team and department, and who are the customers?"""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.role_models import StaffRole

#: A table that stands in a file of its own; here Django looks for it.
ELSEWHERE = (StaffRole,)


class Role(models.TextChoices):
    """The roles that are built in; `roles.standing` tells what each role may do in this house."""

    AGENT = "agent", _("Agent")
    LEAD = "lead", _("Lead")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Administrator")
    PARTNER = "partner", _("Partner")


class Presence(models.TextChoices):
    ONLINE = "online", _("Online")
    BUSY = "busy", _("Busy")
    BREAK = "break", _("Break")
    AWAY = "away", _("Away")
    OFFLINE = "offline", _("Offline")


class Tier(models.TextChoices):
    """How close a customer is to the company."""

    STANDARD = "standard", _("Standard")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")
    KEY = "key", _("Key account")


class TeamKind(models.TextChoices):
    INTERNAL = "internal", _("Own team")
    OUTSOURCED = "outsourced", _("Outsourced team")
    DEALER = "dealer", _("Dealer")
    SUPPLIER = "supplier", _("Supplier")


class TeamStrategy(models.TextChoices):
    """As engine.routing.Strategy, with words."""

    LEAST_LOADED = "least_loaded", _("Whoever carries least")
    ROUND_ROBIN = "round_robin", _("In turn")
    SKILL_FIRST = "skill_first", _("Best skill first")
    STICKY = "sticky", _("Whoever served this customer last")
    MANUAL = "manual", _("By hand: only suggest")


class Region(models.Model):
    """A service region, named by the company."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A department; it is concerned by tickets of the listed kinds and product lines and then told of warnings."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    head = models.ForeignKey("Staff", null=True, blank=True, on_delete=models.SET_NULL, related_name="heads")
    kinds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    product_lines = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team of one tier (1 front line, 2 technical support, 3 senior experts), with its lead and service time.

    `strategy` picks among its people. With `asks_note` a ticket from another tier or department comes with a hand-off
    note. `away_after`: minutes without an open desk after which who is online counts as away, 0 for never.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=TeamKind, default=TeamKind.INTERNAL)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="teams")
    tier = models.PositiveSmallIntegerField(default=1)
    lead = models.ForeignKey("Staff", null=True, blank=True, on_delete=models.SET_NULL, related_name="leads")
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.SET_NULL)
    calendar = models.CharField(max_length=40, default="office")
    strategy = models.CharField(
        max_length=12, choices=TeamStrategy, default=TeamStrategy.LEAST_LOADED, db_default=TeamStrategy.LEAST_LOADED
    )
    asks_note = models.BooleanField(default=False, db_default=False)
    away_after = models.PositiveSmallIntegerField(default=0, db_default=0)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(tier__gte=1, tier__lte=3), name="team_tier_1_to_3")]

    def __str__(self) -> str:
        return self.name


class Theme(models.TextChoices):
    DEVICE = "", _("As on this device")
    AUTO = "auto", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMFORTABLE = "", _("Comfortable")
    COMPACT = "compact", _("Compact")


class StaffManager(BaseUserManager["Staff"]):
    """Django's sign-in looks staff up by user name."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(username__iexact=username)


class Staff(AbstractBaseUser):
    """One who works on tickets. `load` counts his open tickets; it is kept by the services of tickets.

    `levels` tells how well he has a skill (1 to 5); one that is not named counts as 1.
    """

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    role = models.CharField(max_length=40, default=Role.AGENT)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    more_teams = models.ManyToManyField(Team, blank=True, related_name="guests")
    deputy = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="deputises")
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    levels = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    languages = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(default=20)
    load = models.IntegerField(default=0)
    last_assigned_at = models.DateTimeField(null=True, blank=True)
    presence = models.CharField(max_length=8, choices=Presence, default=Presence.OFFLINE)
    presence_reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    presence_since = models.DateTimeField(null=True, blank=True)
    calendar = models.CharField(max_length=40, blank=True, default="")
    language = models.CharField(max_length=10, default="zh-hans")
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    active = models.BooleanField(default=True)
    theme = models.CharField(max_length=8, choices=Theme, blank=True, default="", db_default="")
    density = models.CharField(max_length=8, choices=Density, blank=True, default="", db_default="")
    start_page = models.CharField(max_length=40, blank=True, default="", db_default="")
    single_keys = models.BooleanField(default=True, db_default=True)

    revision: int | None = None
    """That of the settings, where it was read together with the account (`accounts`)."""

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = StaffManager()

    class Meta:
        indexes = [models.Index(fields=["team", "active"], name="staff_team")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's sign-in asks for it under this name
        return self.active


class PresenceReason(models.Model):
    """Why somebody is busy, on a break or away: one of a list that the house edits."""

    code = models.SlugField(max_length=40, unique=True)
    presence = models.CharField(max_length=8, choices=Presence)
    zh = models.CharField(max_length=40)
    en = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=100)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.zh


class PresenceMark(models.Model):
    """From `at` on somebody was this; rows are only ever appended, and last until the next one of the same person."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="presences", db_index=False)
    presence = models.CharField(max_length=8, choices=Presence)
    reason = models.CharField(max_length=40, blank=True, default="")
    by_himself = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["staff", "at"], name="presence_of")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.presence} {self.at:%Y-%m-%d %H:%M}"


class Sighting(models.Model):
    """When somebody's desk last held an event stream. Apart from `Staff`, whose rows are written for every ticket."""

    staff = models.OneToOneField(Staff, primary_key=True, on_delete=models.CASCADE)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.staff_id} {self.at:%Y-%m-%d %H:%M}"


class Absence(models.Model):
    """Leave of one person; his deputy gets what would go to him."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="absence_forward")
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.starts_at:%Y-%m-%d}"


class Company(models.Model):
    """A customer company with its tier and, where agreed, its own service time."""

    name = models.CharField(max_length=120, unique=True)
    tier = models.CharField(max_length=10, choices=Tier, default=Tier.STANDARD)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.SET_NULL)
    domain = models.CharField(max_length=120, blank=True, default="")
    note = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A customer: recognised by mail address, phone number (E.164) or a channel's own id (`handle`)."""

    name = models.CharField(max_length=120, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    handle = models.CharField(max_length=120, blank=True, default="")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    tier = models.CharField(max_length=10, choices=Tier, default=Tier.STANDARD)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.SET_NULL)
    language = models.CharField(max_length=10, default="zh-hans")
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    note = models.TextField(blank=True, default="")
    joined_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="joined", db_index=False
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=~models.Q(email=""), name="contact_email"),
            models.UniqueConstraint(fields=["handle"], condition=~models.Q(handle=""), name="contact_handle"),
        ]
        indexes = [models.Index(fields=["phone"], condition=~models.Q(phone=""), name="contact_phone")]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or self.handle


class ContactWords(models.Model):
    """What a customer is found by: his name, also as it sounds, his mail address, his handle. Written with them."""

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="words")
    search = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["search"], name="contact_words")]

    def __str__(self) -> str:
        return f"{self.contact_id}"


class Searched(models.Model):
    """A search that a member of staff made lately."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    text = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "text"], name="searched_once")]

    def __str__(self) -> str:
        return self.text


class IdentityKind(models.TextChoices):
    EMAIL = "email", _("Mail address")
    PHONE = "phone", _("Phone number")
    HANDLE = "handle", _("Account of a channel")


class Identity(models.Model):
    """By what else a customer is recognised than by his own mail address, phone number and handle."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=8, choices=IdentityKind)
    value = models.CharField(max_length=254)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Evidence(models.TextChoices):
    """Why two customers are held to be one person."""

    SAME_PHONE = "same_phone", _("Same phone number")
    NAMED_MAIL = "named_mail", _("Named the other's mail address")
    NAMED_PHONE = "named_phone", _("Named the other's phone number")
    SAME_NAME = "same_name", _("Same name in the same company")
    SAID_SO = "said_so", _("Said so himself")
    CHECKED = "checked", _("Checked by us (order, serial number, call back)")


class Joining(models.Model):
    """Two customers became one: `kept` goes on, `absorbed` stands empty. `moved` is what it takes to undo it."""

    kept = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="joinings")
    absorbed = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="joined_away")
    evidence = models.CharField(max_length=12, choices=Evidence)
    note = models.CharField(max_length=400, blank=True, default="")
    moved = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=models.Q(undone_at__isnull=True), name="absorbed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.kept_id}"


class ApiToken(models.Model):
    """A bearer token of another program: only its digest is kept. It acts under its own name with its scopes.

    One that was issued for a member of staff acts as him instead, with those of its scopes that his role has.
    """

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL)
    acts_for = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.CASCADE, related_name="api_tokens")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
