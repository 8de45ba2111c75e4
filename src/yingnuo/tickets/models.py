"""What is a ticket made of?"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.people.models import Company, Contact, Staff, Team, Tier
from yingnuo.tickets.tag_models import Tag, TagRun

#: Tables that stand in a file of their own; here Django looks for them.
ELSEWHERE = (Tag, TagRun)


class Kind(models.TextChoices):
    ENQUIRY = "enquiry", _("Enquiry")
    PRESALES = "presales", _("Pre-sales")
    FAULT = "fault", _("Fault")
    COMPLAINT = "complaint", _("Complaint")
    RETURN = "return", _("Return")
    REPAIR = "repair", _("Repair")
    INSTALLATION = "installation", _("Installation")
    MAINTENANCE = "maintenance", _("Maintenance")
    SUGGESTION = "suggestion", _("Suggestion")
    REGULATOR = "regulator", _("Regulator case")


class Urgency(models.TextChoices):
    URGENT = "urgent", _("Urgent")
    IMPORTANT = "important", _("Important")
    GENERAL = "general", _("General")


class Via(models.TextChoices):
    """The way a ticket came in; policies name it `channel`."""

    PORTAL = "portal", _("Portal")
    MAIL = "mail", _("Mail")
    PHONE = "phone", _("Phone")
    CHAT = "chat", _("Chat")
    API = "api", _("API")
    APP = "app", _("App")
    SOCIAL = "social", _("Messaging")
    SMS = "sms", _("SMS")
    IOT = "iot", _("Device alarm")
    IMPORT = "import", _("Import")


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("In progress")
    WAITING = "waiting", _("Waiting")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


OPEN_STATUSES = (Status.NEW, Status.OPEN, Status.WAITING)
_IS_OPEN = models.Q(status__in=["new", "open", "waiting"])


class ProductLine(models.Model):
    """A product line, named by the company; `skill` is what an agent needs to work on it."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    skill = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Ticket(models.Model):
    """One customer matter, from intake to closing.

    `due_at` is the earliest moment any of its running promises falls due (None: nothing runs), `risk_at` when the first
    warning about it is due; both are written by the promises' services so that the queue is one index scan. `risk` is
    the chance (0 to 1, in hundredths) that one of its promises not yet broken will break, `risk_why` what it rests on;
    both are written once a minute while it is open, and mean nothing afterwards. No list is long enough for an index:
    what is ordered by risk is what is open. `linked` says that it has, or had, links to other tickets: who reads a
    ticket that never had any need not ask for them.
    """

    subject = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.ENQUIRY)
    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.GENERAL)
    via = models.CharField(max_length=8, choices=Via)
    status = models.CharField(max_length=8, choices=Status, default=Status.NEW)
    waiting_for = models.CharField(max_length=30, blank=True, default="")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    company = models.ForeignKey(Company, null=True, on_delete=models.SET_NULL, related_name="tickets")
    tier = models.CharField(max_length=10, choices=Tier, default=Tier.STANDARD)
    product_line = models.CharField(max_length=40, blank=True, default="")
    region = models.CharField(max_length=40, blank=True, default="")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="tickets")
    agent = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, related_name="tickets")
    language = models.CharField(max_length=10, default="zh-hans")
    brand = models.CharField(max_length=40, blank=True, default="", db_default="")  # a code; "" the default brand
    tags = ArrayField(models.CharField(max_length=40), default=list)
    fields = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    first_response_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    urged = models.PositiveSmallIntegerField(default=0)
    urged_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    risk_at = models.DateTimeField(null=True)
    risk = models.FloatField(null=True)
    risk_why = models.JSONField(null=True)
    next_milestone = models.CharField(max_length=20, blank=True, default="")
    wake_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="absorbed", db_index=False
    )
    linked = models.BooleanField(default=False, db_default=False)
    link_version = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    search = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(risk__isnull=True) | models.Q(risk__gte=0, risk__lte=1), name="ticket_risk_0_to_1"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=_IS_OPEN, name="ticket_due"),
            models.Index(fields=["risk_at", "due_at"], condition=_IS_OPEN, name="ticket_risk"),
            models.Index(fields=["team", "due_at", "id"], condition=_IS_OPEN, name="ticket_team_due"),
            models.Index(fields=["agent", "due_at", "id"], condition=_IS_OPEN, name="ticket_agent_due"),
            models.Index(
                fields=["team", "due_at"], condition=_IS_OPEN & models.Q(agent__isnull=True), name="ticket_unassigned"
            ),
            models.Index(fields=["contact", "-id"], name="ticket_contact"),
            models.Index(fields=["wake_at"], condition=models.Q(wake_at__isnull=False), name="ticket_wake"),
            models.Index(fields=["created_at"], name="ticket_created"),
            models.Index(fields=["resolved_at"], condition=models.Q(resolved_at__isnull=False), name="ticket_resolved"),
            models.Index(fields=["agent"], condition=models.Q(status="waiting"), name="ticket_agent_waiting"),
            models.Index(fields=["team"], condition=models.Q(status="waiting"), name="ticket_team_waiting"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="ticket_merged"),
            GinIndex(fields=["search"], name="ticket_search"),
            GinIndex(fields=["tags"], name="ticket_tags"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    @property
    def number(self) -> str:
        """The number people name the ticket by."""
        return f"YN-{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether work is still owed."""
        return self.status in OPEN_STATUSES


class LinkKind(models.TextChoices):
    """What a ticket is to the other one; `related` is the same from both sides."""

    RELATED = "related"
    DUPLICATE_OF = "duplicate_of"
    CAUSED_BY = "caused_by"
    CHILD_OF = "child_of"


class TicketLink(models.Model):
    """Two tickets that have to do with each other: `ticket` is `kind` `other`; of related ones the older is first."""

    kind = models.CharField(max_length=12, choices=LinkKind)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_out", db_index=False)
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_in", db_index=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind", "other"], name="ticket_link_once"),
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(kind="child_of"), name="ticket_link_one_parent"
            ),
            models.CheckConstraint(condition=~models.Q(ticket=models.F("other")), name="ticket_link_not_to_itself"),
            models.CheckConstraint(
                condition=~models.Q(kind="related") | models.Q(ticket__lt=models.F("other")),
                name="ticket_link_related_in_order",
            ),
        ]
        indexes = [models.Index(fields=["other", "kind"], name="ticket_link_other")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"


class Author(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    STAFF = "staff", _("Staff")
    SYSTEM = "system", _("System")
    BOT = "bot", _("Bot")


class Message(models.Model):
    """One thing said in a ticket. `public` tells whether the customer sees it; a note is not public."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False)
    author = models.CharField(max_length=8, choices=Author)
    staff = models.ForeignKey(Staff, null=True, on_delete=models.SET_NULL, db_index=False)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, db_index=False)
    public = models.BooleanField(default=True)
    qualified = models.BooleanField(default=False)
    via = models.CharField(max_length=8, choices=Via)
    text = models.TextField(blank=True, default="")
    quoted = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    message_id = models.CharField(max_length=250, blank=True, default="")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "id"], name="message_ticket"),
            models.Index(fields=["message_id"], condition=~models.Q(message_id=""), name="message_message_id"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.pk}"


class MessageWords(models.Model):
    """The words of one message, to find it by. Beside it, so that whoever reads messages does not read these too.

    The index gathers little before it is sorted in (kB): what waits there is read through by every search.
    """

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="words")
    search = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["search"], name="message_words", gin_pending_list_limit=256)]

    def __str__(self) -> str:
        return f"{self.message_id}"


class Attachment(models.Model):
    """A file of a message. `path` is where the storage keeps it; the name is only ever shown, never used as a path."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    inline_id = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class FieldType(models.TextChoices):
    TEXT = "text", _("Text")
    LONG = "long", _("Long text")
    NUMBER = "number", _("Number value")
    DATE = "date", _("Date")
    MOMENT = "moment", _("Date and time")
    CHECKBOX = "checkbox", _("Yes or no")
    CHOICE = "choice", _("Choice")
    CHOICES = "choices", _("Several choices")
    EMAIL = "email", _("Mail address")
    PHONE = "phone", _("Phone number")
    LINK = "link", _("Web address")
    LINE = "line", _("Product line")
    SERIAL = "serial", _("Serial number")


class Needed(models.TextChoices):
    """From when on a field must be filled in."""

    NEVER = "", _("never")
    CREATE = "create", _("to open a ticket")
    RESOLVE = "resolve", _("to resolve it")


class Editors(models.TextChoices):
    """Who of the house fills a field in."""

    AGENTS = "agents", _("Everybody who works on the ticket")
    LEADS = "leads", _("Leads only")


class Field(models.Model):
    """A custom field of tickets; values live in `Ticket.fields` under its code, typed as `tickets.values` says.

    `name` and `help` are in the house's language, `words` has them in others: {"en": {"name", "help", "choices":
    {choice: word}}}. `limits` may hold pattern, least, most, decimals, unit. One that is retired is asked no more.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    help = models.CharField(max_length=200, blank=True, default="", db_default="")
    words = models.JSONField(default=dict, blank=True, db_default={})
    type = models.CharField(max_length=8, choices=FieldType, default=FieldType.TEXT)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    limits = models.JSONField(default=dict, blank=True, db_default={})
    default = models.CharField(max_length=200, blank=True, default="", db_default="")
    needed = models.CharField(max_length=8, choices=Needed, blank=True, default=Needed.NEVER, db_default="")
    editors = models.CharField(max_length=8, choices=Editors, default=Editors.AGENTS, db_default="agents")
    kinds = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    on_portal = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return self.name


class Form(models.Model):
    """Which fields tickets of a kind have, in which order. Without one it is those of the kind by their position.

    `sections` is a list of {name, words, fields: [{code, show, need}]}; `show` and `need`, each {field, values} or
    nothing, say on the value of which field before it a field is shown and needed.
    """

    kind = models.CharField(max_length=12, choices=Kind, unique=True)
    sections = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.kind
