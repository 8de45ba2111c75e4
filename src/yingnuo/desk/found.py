"""What of all that was found does a page of search show: tabs with counts, and hits with the found words marked?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yingnuo.desk import faces, rows, ticket
from yingnuo.desk.access import DeskRequest
from yingnuo.desk.rows import MOST_COUNTED, Row
from yingnuo.devices.models import Device, Standing
from yingnuo.engine.asking import Asked
from yingnuo.kit import search
from yingnuo.people import finding as people
from yingnuo.people.models import Company, Contact
from yingnuo.tickets import hits, lists
from yingnuo.tickets.hits import Passage, Question
from yingnuo.tickets.models import Author

SIZE, MOST_PAGES = 25, 20
WIDTH = 180  # characters of a message that are shown
_TEXT = 100  # characters by which people and things are looked for


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a message: who said it, whether it is a note, the words around what was found."""

    message: int
    ticket: int
    subject: SafeString
    author: str
    note: bool
    text: SafeString
    at: object


@dataclass(frozen=True, slots=True)
class TicketHit:
    """A ticket that was found."""

    row: Row
    subject: SafeString
    excerpt: Excerpt | None


def marked(text: str, needles: Sequence[str], *, width: int = 0) -> SafeString:
    """The text with what was found marked, cut to the part where most of it is."""
    pieces = search.marked(" ".join(text.split()) if width else text, needles, width=width)
    return SafeString("".join(f"<mark>{escape(part)}</mark>" if hit else escape(part) for part, hit in pieces))


def ticket_hits(request: DeskRequest, q: Question, ids: Sequence[int]) -> list[TicketHit]:
    """These tickets with the message that fits."""
    said = hits.passages_of(q, ids)
    shown = rows.of(lists.by_ids(ids), now=request.now, names=request.names)
    return [
        TicketHit(row, marked(row.subject, q.words.needles), _excerpt(request, q, said.get(row.id))) for row in shown
    ]


def message_hits(request: DeskRequest, q: Question, ids: Sequence[int]) -> list[Excerpt | None]:
    """These messages."""
    return [_excerpt(request, q, p) for p in hits.passages(ids)]


def _excerpt(request: DeskRequest, q: Question, p: Passage | None) -> Excerpt | None:
    if p is None:
        return None
    needles = q.words.needles
    return Excerpt(
        p.id, p.ticket_id, marked(p.subject, needles), _author(request, p), not p.public,
        marked(p.text, needles, width=WIDTH), p.at,
    )  # fmt: skip


def _author(request: DeskRequest, p: Passage) -> str:
    if p.author == Author.CUSTOMER:
        return p.customer or _("Customer")
    if p.author == Author.STAFF:
        return request.names.person(p.staff_id) or _("Staff")
    return _("Bot") if p.author == Author.BOT else _("Automatic")


def text_for(asked: Asked, *operators: str) -> str:
    """By what people and things are looked for: the words, or else the first value of one of these operators."""
    said = " ".join((asked.words, *asked.phrases)).strip()
    values = [v for t in asked.terms if t.name in operators and not t.without for v in t.values]
    return (said or (values[0] if values else ""))[:_TEXT]


def customers(request: DeskRequest, q: Question) -> QuerySet[Contact]:
    """Customers by the words, newest first; nobody for whom may not see customers."""
    text = text_for(q.asked, "from", "phone")
    if not text or not request.actor.may("customer.view"):
        return Contact.objects.none()
    return people.customers(text).select_related("company").order_by("-pk")


def companies(request: DeskRequest, q: Question) -> QuerySet[Company]:
    """Customer companies by the words."""
    text = text_for(q.asked, "from")
    if not text or not request.actor.may("customer.view"):
        return Company.objects.none()
    return people.companies(text).select_related("region")


def devices(request: DeskRequest, q: Question) -> QuerySet[Device]:
    """Devices by serial number, identity, name, model or site; those that are blocked are left out."""
    text = text_for(q.asked, "serial")
    if not text or not request.actor.may("device.view"):
        return Device.objects.none()
    named = Q(serial__icontains=text) | Q(identity__icontains=text) | Q(name__icontains=text)
    fits = named | Q(model__icontains=text) | Q(site__icontains=text)
    rows = Device.objects.filter(fits).exclude(standing=Standing.BLOCKED)
    return rows.select_related("company", "contact").order_by("identity", "pk")


def people_rows(contacts: Sequence[Contact]) -> list[tuple[Contact, str, SafeString]]:
    """As the list of customers shows them."""
    return [(c, ticket.masked(c.phone), faces.tier(c.tier)) for c in contacts]


def counted(count: int) -> str:
    """A count as a tab shows it, cut at a bound."""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


Rows = Sequence[Any]
