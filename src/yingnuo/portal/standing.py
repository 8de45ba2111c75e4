"""How does a ticket stand, as its customer may see it?

Only what was promised to him and said to him: no notes, no terms between our own teams, of those who work for him
what one calls them by and their role.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.engine.terms import Terms
from yingnuo.journey.upkeep import URGE_EVERY
from yingnuo.kit import formats
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people import calling
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor
from yingnuo.portal.breach import Aftermath, aftermath
from yingnuo.portal.published import Offer, offer_of
from yingnuo.portal.uploads import safe_name
from yingnuo.promises.models import MilestoneCode as M
from yingnuo.promises.models import Promise, StandingCode
from yingnuo.promises.standards import terms_of
from yingnuo.tickets import queries
from yingnuo.tickets.models import Attachment, Author, Message, Status, Ticket

MILESTONES = {
    M.FIRST_RESPONSE: gettext_lazy("First answer by a person"),
    M.HANDOFF: gettext_lazy("A specialist takes it over"),
    M.NEXT_RESPONSE: gettext_lazy("Answer to your last message"),
    M.PROGRESS_UPDATE: gettext_lazy("News about how it stands"),
    M.WORKAROUND: gettext_lazy("A first remedy"),
    M.RESOLUTION: gettext_lazy("Solution"),
    M.ON_SITE_ARRIVAL: gettext_lazy("Our visit"),
    M.CALLBACK: gettext_lazy("Our call"),
    M.REFUND: gettext_lazy("Refund"),
    M.PROMISED_DATE: gettext_lazy("Promised date"),
}
WAITING = {
    "waiting_customer": gettext_lazy("We are waiting for your answer."),
    "waiting_parts": gettext_lazy("We are waiting for a spare part."),
    "waiting_supplier": gettext_lazy("We are waiting for our supplier."),
    "waiting_department": gettext_lazy("Colleagues of another department are working on it."),
    "appointment": gettext_lazy("An appointment has been agreed with you."),
    "force_majeure": gettext_lazy("Something beyond our power holds it up."),
}
_STAGES = (
    ("received", gettext_lazy("Received")),
    ("person", gettext_lazy("With a person")),
    ("work", gettext_lazy("Being worked on")),
    ("solved", gettext_lazy("Solved")),
    ("closed", gettext_lazy("Closed")),
)
_ENDED_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the line; `state`: done, now or ahead."""

    code: str
    word: str | Lazy
    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise for the customer's eyes.

    `state`: running, paused, overdue (open and late), kept, late (met after its moment), missed (never met).
    `late` is how long after the promised moment it was met, `after` who was told of a breach and what follows.
    """

    milestone: str
    label: str | Lazy
    state: str
    offer: Offer | None
    started: datetime
    due: datetime | None
    met: datetime | None
    remaining: int
    paused: str
    late: timedelta | None
    after: Aftermath

    @property
    def late_seconds(self) -> float:
        """How late, in seconds."""
        return self.late.total_seconds() if self.late else 0


@dataclass(frozen=True, slots=True)
class Paper:
    """A file of a message, its name made harmless."""

    pk: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Said:
    """One public message; `side`: us, bot, them (the customer) or auto."""

    side: str
    author: str
    text: str
    at: datetime
    files: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the promise page shows."""

    stages: tuple[Stage, ...]
    first: Kept | None
    owed: tuple[Kept, ...]
    ended: tuple[Kept, ...]
    holder: str
    role: str | Lazy
    waiting: str
    talk: tuple[Said, ...]
    may_urge: bool
    urge_again: datetime | None
    rating: int
    zone: str

    @property
    def was_late(self) -> bool:
        """Whether a promise that has ended was not kept."""
        return any(p.state in ("late", "missed") for p in self.ended)

    @property
    def new_date(self) -> Kept | None:
        """The date promised anew, where another promise is overdue."""
        if self.first is None or self.first.state != "overdue":
            return None
        return next((p for p in self.owed if p.milestone == M.PROMISED_DATE and p.state == "running"), None)


def page_of(ticket: Ticket, *, reader: Actor, now: datetime) -> Page:
    """The page of a ticket at `now`, as this reader may see it."""
    promises = promises_of(ticket, now=now)
    owed = tuple(sorted((p for p in promises if p.met is None and p.state in _OWED), key=_urgent_first))
    ended = tuple(p for p in promises if p.state not in _OWED)[-_ENDED_SHOWN:]
    again = ticket.urged_at + URGE_EVERY if ticket.urged_at else None
    waited = again is None or now >= again
    return Page(
        stages=stages_of(ticket), first=owed[0] if owed else None, owed=owed[1:], ended=ended,
        holder=_called(ticket.agent), role=calling.role_of(ticket.team) if ticket.team else "",
        waiting=_waiting(ticket), talk=talk_of(ticket, reader=reader), may_urge=ticket.is_open and waited,
        urge_again=again, rating=rating_of(ticket), zone=_zone(promises, now),
    )  # fmt: skip


def _called(person: Staff | None) -> str:
    """What the customer calls somebody of ours."""
    if person is None:
        return ""
    return calling.called(person.name, tier=person.team.tier if person.team else calling.FRONT_LINE)


def _zone(promises: list[Kept], now: datetime) -> str:
    """The reader's zone, named where a promise counts in hours of another one."""
    if not any(p.offer and p.offer.away for p in promises):
        return ""
    return formats.zone(timezone.get_current_timezone_name(), now)


def _waiting(ticket: Ticket) -> str:
    """Why work waits, in words; "" when it does not."""
    if ticket.status != Status.WAITING:
        return ""
    return str(WAITING.get(ticket.waiting_for, _("The clock stands still.")))


_OWED = ("running", "paused", "overdue")


def _urgent_first(p: Kept) -> tuple[bool, datetime]:
    return p.due is None, p.due or p.started


def stages_of(ticket: Ticket) -> tuple[Stage, ...]:
    """The line from received to closed, with where the ticket is now."""
    here = _stage(ticket)
    states = ["done" if n < here else "now" if n == here else "ahead" for n in range(len(_STAGES))]
    return tuple(Stage(code, word, state) for (code, word), state in zip(_STAGES, states, strict=True))


def _stage(ticket: Ticket) -> int:
    if ticket.status == Status.CLOSED:
        return 4
    if ticket.status == Status.RESOLVED:
        return 3
    if ticket.first_response_at or ticket.status != Status.NEW:
        return 2
    return 1 if ticket.agent_id else 0


def promises_of(ticket: Ticket, *, now: datetime) -> list[Kept]:
    """What was promised to the customer, oldest first; withdrawn promises are left out unless they were broken."""
    rows = Promise.objects.filter(ticket=ticket).exclude(standing=StandingCode.CANCELLED).order_by("id")
    return [_kept(p, terms, ticket, now) for p in rows if (terms := terms_of(p.terms_id)).agreement == "sla"]


def _kept(p: Promise, terms: Terms, ticket: Ticket, now: datetime) -> Kept:
    state = _state(p, now)
    promised = p.broken_at or p.due_at
    return Kept(
        milestone=p.milestone,
        label=MILESTONES.get(M(p.milestone), p.milestone) if p.milestone in M.values else p.milestone,
        state=state, offer=offer_of(terms, now), started=p.started_at, due=promised, met=p.met_at,
        remaining=p.remaining,
        paused=_waiting(ticket) or _("The clock stands still."),
        late=p.met_at - promised if state == "late" and p.met_at and promised else None,
        after=aftermath(p, terms, now=now) if state == "overdue" else Aftermath(),
    )  # fmt: skip


def _state(p: Promise, now: datetime) -> str:
    broken = p.standing == StandingCode.BROKEN
    if p.ended_at is not None:
        return ("late" if p.met_at else "missed") if broken else "kept"
    if broken or (p.due_at is not None and now > p.due_at):  # the moment counts, not whether a worker has noticed
        return "overdue"
    return "paused" if p.standing == StandingCode.PAUSED else "running"


def talk_of(ticket: Ticket, *, reader: Actor) -> tuple[Said, ...]:
    """What was said in public, oldest first."""
    messages = queries.conversation(ticket, reader=reader)
    return tuple(_said(m) for m in messages if may_read(m, ticket))


def may_read(message: Message, ticket: Ticket) -> bool:
    """Whether the ticket's customer may read it: public, and not from another customer whose ticket was merged in."""
    return message.public and message.contact_id in (None, ticket.contact_id)


def _said(m: Message) -> Said:
    files = tuple(Paper(f.pk, safe_name(f.name), f.size) for f in m.attachments.all())
    return Said(_SIDES[m.author], _author(m), m.text, m.at, files)


_SIDES: dict[str, str] = {Author.CUSTOMER: "them", Author.STAFF: "us", Author.BOT: "bot", Author.SYSTEM: "auto"}


def _author(m: Message) -> str:
    if m.author == Author.CUSTOMER:
        return _("You")
    if m.author == Author.BOT:
        return _("Assistant")
    if m.author == Author.SYSTEM:
        return _("Automatic message")
    return _called(m.staff) or _("Our team")


def file_of(ticket: Ticket, pk: int) -> Attachment | None:
    """A file of this ticket that its customer may have."""
    found = Attachment.objects.select_related("message").filter(pk=pk, message__ticket=ticket).first()
    return found if found and may_read(found.message, ticket) else None


def rating_of(ticket: Ticket) -> int:
    """The customer's last rating, 1 to 5; 0 when there is none."""
    last = Event.objects.filter(ticket_id=ticket.pk, code=Code.TICKET_RATED).order_by("-id").first()
    return int(last.params.get("score", 0)) if last else 0
