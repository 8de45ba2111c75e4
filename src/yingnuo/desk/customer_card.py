"""Who is this customer, at a glance: what is owed to him, how did it go, what does he own, how is he reached?

Of tickets only what its reader may see is told; the others are a number. It is fetched after the page, which stays as
quick as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yingnuo.desk import faces, meanwhile, strip, ticket, units
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.filters import number
from yingnuo.desk.my_notices import LANGUAGES
from yingnuo.desk.strip import Strip
from yingnuo.desk.tasks import cards
from yingnuo.kit import formats, looks, pages
from yingnuo.kit.errors import NotFound
from yingnuo.kit.looks import Look
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people import contacts
from yingnuo.people.models import Contact, Identity, IdentityKind
from yingnuo.people.roles import Actor
from yingnuo.promises.models import Promise
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES, Status, Ticket

YEAR = timedelta(days=365)
MOST_PROMISES, MOST_UNITS, _MOST_READ = 12, 8, 100
_AWAKE = range(8, 21)  # hours of the day at which a call disturbs nobody


@dataclass(frozen=True, slots=True)
class Counts:
    """His tickets in the reader's sight, and how many more there are."""

    open: int
    solved: int
    reopened: int
    hidden: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What still stands in one ticket, the next due first."""

    ticket: int
    subject: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class Rating:
    """What he said last of how it went."""

    score: int
    words: str
    at: datetime
    ticket: int

    @property
    def tone(self) -> str:
        """Its colour."""
        return "green" if self.score > 3 else "yellow" if self.score == 3 else "red"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach him, or by which he comes. `times`: his tickets by it within a year; `first`: by it mostly."""

    look: Look
    times: int
    last: datetime
    first: bool


def of(actor: Actor, contact: Contact, *, names: Names, about: int = 0, now: datetime) -> dict[str, Any]:
    """What the card shows, in six statements."""
    seen = queries.visible_to(actor).filter(contact=contact)
    owed, more = _owed(seen, about, now)
    owned = units.of_customer(contact, names, now=now, most=MOST_UNITS + 1)
    return {
        "contact": contact, "counts": _counts(actor, contact, now), "owed": owed, "more_owed": more,
        "rating": _rating(seen), "units": owned[:MOST_UNITS], "more_units": len(owned) > MOST_UNITS,
        "ways": _ways(contact, now), "tier": faces.tier(contact.company.tier if contact.company else contact.tier),
        "also": [(row.get_kind_display(), shown_value(row.kind, row.value)) for row in _identities(contact)],
        "language": dict(LANGUAGES).get(contact.language, contact.language), "there": _there(contact, now),
        "phone": ticket.masked(contact.phone), "now": now, "may_edit": actor.may("customer.edit"),
        "about": about,
    }  # fmt: skip


def _counts(actor: Actor, contact: Contact, now: datetime) -> Counts:
    mine = actor.ticket_filter()
    solved = Q(status__in=[Status.RESOLVED, Status.CLOSED], resolved_at__gte=now - YEAR, merged_into=None)
    found = Ticket.objects.filter(contact=contact).aggregate(
        all=Count("pk"), seen=Count("pk", filter=mine) if mine else Count("pk"),
        open=Count("pk", filter=mine & Q(status__in=OPEN_STATUSES)), solved=Count("pk", filter=mine & solved),
        reopened=Sum("reopened", filter=(mine & Q(created_at__gte=now - YEAR)), default=0),
    )  # fmt: skip
    hidden = found["all"] - found["seen"] if actor.may("customer.view") else 0
    return Counts(found["open"], found["solved"], found["reopened"], hidden)


def _owed(seen: QuerySet[Ticket], about: int, now: datetime) -> tuple[list[Owed], int]:
    """What is owed to him in every ticket that the reader sees but the one he stands at, and how many more there are.

    The ticket whose promise is due next comes first.
    """
    elsewhere = seen.filter(status__in=OPEN_STATUSES).exclude(pk=about)
    rows = Promise.objects.filter(ended_at=None, ticket__in=elsewhere).order_by("due_at")
    found = rows.annotate(subject=F("ticket__subject"))[:_MOST_READ]
    _tasks, promises = cards.apart(list(found))
    homes = {p.pk: (p.ticket_id, p.subject) for p in promises}  # type: ignore[attr-defined]
    strips = strip.of_ticket(promises, now=now)
    by_ticket: dict[tuple[int, str], list[Strip]] = {}
    for one in strips[:MOST_PROMISES]:
        by_ticket.setdefault(homes[one.id], []).append(one)
    owed = [Owed(pk, subject, tuple(mine)) for (pk, subject), mine in by_ticket.items()]
    return owed, max(0, len(strips) - MOST_PROMISES)


def _rating(seen: QuerySet[Ticket]) -> Rating | None:
    rows = Event.objects.filter(code=Code.TICKET_RATED, ticket_id__in=seen.values("pk")).order_by("-id")
    row = rows.first()
    if row is None:
        return None
    return Rating(int(row.params.get("score", 0)), str(row.params.get("words", "")), row.at, row.ticket_id or 0)


def _ways(contact: Contact, now: datetime) -> list[Way]:
    rows = Ticket.objects.filter(contact=contact, created_at__gte=now - YEAR).values("via")
    found = list(rows.annotate(times=Count("pk"), last=Max("created_at")).order_by("-times", "-last"))
    return [
        Way(looks.look(faces.CHANNEL, r["via"]), r["times"], r["last"], n == 0 and len(found) > 1)
        for n, r in enumerate(found)
    ]


def shown_value(kind: str, value: str) -> str:
    """As it is shown to whoever has not asked to see it: phone numbers with their middle hidden."""
    return ticket.masked(value) if kind == IdentityKind.PHONE else value


def _identities(contact: Contact) -> Sequence[Identity]:
    return list(Identity.objects.filter(contact=contact).order_by("kind", "value")[:8])


@dataclass(frozen=True, slots=True)
class There:
    """What time it is where he is. `asleep`: a call would disturb him."""

    time: str
    zone: str
    asleep: bool


def _there(contact: Contact, now: datetime) -> There:
    zone = _zone(contact.zone)
    local = now.astimezone(zone)
    return There(f"{local:%H:%M}", formats.zone(zone.key, now), local.hour not in _AWAKE)


@cache
def _zone(key: str) -> ZoneInfo:
    return ZoneInfo(key if key in available_timezones() else settings.TIME_ZONE)


@require_safe
@signed_in
def card(request: DeskRequest, pk: int) -> HttpResponse:
    """The card; for who may see customers, or works on the `ticket` of this one."""
    row, about = _in_sight(request, pk)
    context = of(request.actor, row, names=request.names, about=about, now=request.now)
    return pages.show(request, "desk/_customer_card.html", context)


def _in_sight(request: DeskRequest, pk: int) -> tuple[Contact, int]:
    row = Contact.objects.select_related("company", "region").filter(pk=pk).first()
    about = number(request.GET.get("ticket", "")) or 0
    allowed = queries.get_for(request.actor, about).contact_id == pk if about else request.actor.may("customer.view")
    if row is None or not allowed:
        raise NotFound(_("There is no such customer."), code="contact_not_found")
    return row, about


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may("customer.edit")
def note(request: DeskRequest, pk: int) -> HttpResponse:
    """The note about a customer in a dialog; where somebody else changed it meanwhile, both are shown."""
    row, about = _in_sight(request, pk)
    theirs = ""
    if request.method == "POST":
        wanted, clashes = meanwhile.settled(request.POST, {"note": row.note})
        if not clashes:
            contacts.edit(
                request.actor, contact=pk, facts=wanted, company=row.company_id, region=row.region_id,
                seen=[contacts.stamp(row)], now=request.now,
            )  # fmt: skip
            return _noted(request, pk, about)
        theirs = row.note
    context = {
        "contact": row, "about": about, "title": _("Note"), "now": request.now, "theirs": theirs,
        "text": request.POST.get("note", row.note) if request.method == "POST" else row.note,
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return pages.show(request, "desk/note.html", context, parts={"dialog-body": "desk/_note.html"}, status=status)


def _noted(request: DeskRequest, pk: int, about: int) -> HttpResponse:
    messages.success(request, _("Saved."))
    back = redirect("desk:ticket", about) if about else redirect("desk:customer", pk)
    return HttpResponse(status=204, headers={"HX-Redirect": back.url}) if pages.is_htmx(request) else back
