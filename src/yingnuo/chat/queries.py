"""What does each side see of the chats: the visitor his words, the agent his chats, dispatch who has room?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.chat.models import Chat, Seat, Stage, Visitor
from yingnuo.engine import chat_course, routing
from yingnuo.engine.routing import Need
from yingnuo.kit import instants
from yingnuo.kit.errors import NotFound
from yingnuo.people.models import Presence, Staff
from yingnuo.people.queries import on_leave
from yingnuo.people.roles import Actor
from yingnuo.promises.models import Promise
from yingnuo.routing.services import OnShift
from yingnuo.tickets import queries as tickets
from yingnuo.tickets.models import Author, Message, Ticket

USUAL_CAPACITY = 3
PACE_WINDOW = timedelta(hours=1)
MOST_MESSAGES = 200
_OPEN = (Stage.BOT, Stage.WAITING, Stage.ACTIVE)
HELD = (Stage.WAITING, Stage.ACTIVE)


def visitor_of(key: str) -> Visitor | None:
    """The visitor of a key."""
    return Visitor.objects.select_related("channel", "contact").filter(key=key).first()


def newest_of(visitor: Visitor) -> Chat | None:
    """His open chat, else his last one; None when he never chatted."""
    return Chat.objects.filter(visitor=visitor).select_related("ticket__agent").order_by("-id").first()


def get_for(actor: Actor, pk: int) -> Chat:
    """The chat, when its ticket is within the actor's sight; NotFound else."""
    row = Chat.objects.select_related("ticket__contact", "visitor__channel").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such chat, or it is not yours to see."), code="chat_not_found")
    tickets.get_for(actor, row.ticket_id)
    return row


def words_of(ticket: int, *, since: int, after: int = 0) -> list[Message]:
    """What both sides see: public words of a chat with an id above `after`, oldest first; the newest if too many.

    What the system says (receipts, transcripts) is not part of the talk.
    """
    rows = Message.objects.filter(ticket=ticket, public=True, pk__gt=max(after, since))
    rows = rows.exclude(author=Author.SYSTEM).select_related("staff", "contact").prefetch_related("attachments")
    return list(rows.order_by("-pk")[:MOST_MESSAGES])[::-1]


# who waits, and for how long


def _of_team(team: int | None) -> Q:
    return Q(ticket__team_id=team) if team else Q(ticket__team=None)


def position_of(chat: Chat, team: int | None) -> int:
    """His place among those of the team who wait for a person: 1 is next, 0 when he does not wait."""
    if chat.stage != Stage.WAITING:
        return 0
    before = Q(asked_at__lt=chat.asked_at) | Q(asked_at=chat.asked_at, pk__lt=chat.pk)
    return 1 + Chat.objects.filter(before, _of_team(team), stage=Stage.WAITING).count()


def pace_of(team: int | None, *, now: datetime) -> list[int]:
    """How long (s) those of the team waited whose chat was accepted within the last hour; at most the newest 50."""
    rows = Chat.objects.filter(_of_team(team), accepted_at__gt=now - PACE_WINDOW).order_by("-accepted_at")
    pairs = rows.values_list("asked_at", "accepted_at")[:50]
    return [int((accepted - asked).total_seconds()) for asked, accepted in pairs if accepted]


def promised_at(ticket: int) -> datetime | None:
    """By when the first response was promised, while it is owed."""
    rows = Promise.objects.filter(ticket_id=ticket, milestone="first_response", ended_at=None)
    return rows.values_list("due_at", flat=True).first()


def expected_wait(chat: Chat, team: int | None, *, now: datetime) -> int | None:
    """Seconds a waiting visitor will probably wait, None where too little is measured."""
    return chat_course.expected_wait(position_of(chat, team), pace_of(team, now=now))


# what is in whose hands


def of_agent(staff: int) -> QuerySet[Chat]:
    """What an agent has before him, longest first: chats offered to him and chats he is in."""
    rows = Chat.objects.filter(ticket__agent_id=staff, stage__in=HELD)
    return rows.select_related("ticket__contact", "ticket__team", "visitor__channel").order_by("id")


def waiting(actor: Actor) -> QuerySet[Chat]:
    """Chats within the actor's sight that are nobody's yet, or of somebody who is not there; longest first."""
    nobody = Q(ticket__agent=None) | ~Q(ticket__agent__presence=Presence.ONLINE)
    rows = Chat.objects.filter(nobody, stage=Stage.WAITING).exclude(ticket__agent_id=actor.id)
    sight = tickets.visible_to(actor).values("pk")
    rows = rows if actor.teams is None else rows.filter(ticket__in=sight)
    return rows.select_related("ticket__contact", "ticket__team", "visitor__channel").order_by("asked_at", "id")


def loads(staff: Iterable[int]) -> dict[int, int]:
    """How many chats each of these holds."""
    rows = Chat.objects.filter(stage__in=HELD, ticket__agent_id__in=set(staff))
    return dict(rows.values_list("ticket__agent_id").annotate(Count("pk")).order_by())


def capacity_of(staff: int) -> int:
    """How many chats he takes at a time."""
    kept = Seat.objects.filter(staff_id=staff).values_list("capacity", flat=True).first()
    return USUAL_CAPACITY if kept is None else kept


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a chat needs of whoever takes it; `without`: who let it lapse."""

    members: Sequence[int]
    language: str = ""
    without: frozenset[int] = frozenset()


def free_agent(wanted: Wanted, *, on_shift: OnShift, now: datetime) -> int | None:
    """Who of these takes one more chat: online, on shift, with room by his number of chats; the least busy first."""
    ids = set(wanted.members) - wanted.without
    rows = list(Staff.objects.filter(pk__in=ids, active=True, presence=Presence.ONLINE))
    if not rows:
        return None
    away, busy = on_leave({s.pk for s in rows}, now=now), loads(s.pk for s in rows)
    seats = dict(Seat.objects.filter(staff__in=rows).values_list("staff_id", "capacity"))
    pool = [
        routing.Candidate(
            id=str(s.pk), languages=frozenset(s.languages or [wanted.language]), present=s.pk not in away,
            on_shift=not s.calendar or on_shift(s.calendar), load=busy.get(s.pk, 0),
            capacity=seats.get(s.pk, USUAL_CAPACITY),
            last_assigned=instants.seconds(s.last_assigned_at) if s.last_assigned_at else 0,
        )
        for s in rows
    ]  # fmt: skip
    chosen = routing.rank(Need(language=wanted.language), [one for one in pool if one.capacity]).chosen
    if chosen is None and wanted.language:  # better somebody than nobody
        free = [replace(one, languages=frozenset({wanted.language})) for one in pool if one.capacity]
        chosen = routing.rank(Need(language=wanted.language), free).chosen
    return int(chosen) if chosen else None


def due(*, now: datetime, most: int) -> list[int]:
    """Open chats that are to be looked at, longest due first."""
    rows = Chat.objects.filter(due_at__lte=now, stage__in=_OPEN)
    return list(rows.order_by("due_at").values_list("pk", flat=True)[:most])


def waiting_keys(team: int | None) -> list[str]:
    """The live keys of the visitors of a team who wait: their places change when one is taken."""
    rows = Chat.objects.filter(_of_team(team), stage=Stage.WAITING).order_by("asked_at")
    return list(rows.values_list("visitor__key", flat=True)[:50])


def unread_of(chats: Sequence[Chat]) -> dict[int, int]:
    """By chat, how many of the visitor's words its agent has not seen."""
    rows = Chat.objects.filter(pk__in=[c.pk for c in chats])
    fresh = Q(ticket__messages__author=Author.CUSTOMER, ticket__messages__pk__gt=F("agent_read"))
    counted = rows.annotate(n=Count("ticket__messages", filter=fresh & Q(ticket__messages__pk__gt=F("since"))))
    return dict(counted.values_list("pk", "n"))


def answered_outside(*, most: int) -> list[int]:
    """Chats that wait though somebody has answered on the ticket's page."""
    rows = Chat.objects.filter(
        stage=Stage.WAITING, transferred=0, ticket__messages__pk__gt=F("since"), ticket__messages__public=True,
        ticket__messages__author=Author.STAFF,
    )  # fmt: skip
    return list(rows.values_list("pk", flat=True).distinct()[:most])


def lock_ticket(actor: Actor, chat: Chat, *, may: str) -> Ticket:
    """The chat's ticket, locked: always before the chat itself."""
    return tickets.lock_for(actor, chat.ticket_id, may=may)
