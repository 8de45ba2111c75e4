"""What if somebody else changed a thing while its form stood open here? Nobody's change is lost without a word.

A form says of every field what it showed (`was.urgency`). What its reader did not touch is not written at all. What
both changed is asked: theirs or mine. The answer is the same form once more, which now shows theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.desk.access import DeskRequest
from yingnuo.desk.choices import Names
from yingnuo.desk.filters import number
from yingnuo.desk.my_notices import LANGUAGES
from yingnuo.kit import pages
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people import contacts
from yingnuo.people.models import Company, Contact, Region, Tier
from yingnuo.tickets.models import Kind, Ticket, Urgency

_NEWEST = 100_000
FACTS = ("kind", "urgency", "tier", "product_line", "region", "subject")
_LABELS: dict[str, str | Promise] = {
    "kind": _("Kind"), "urgency": _("Urgency"), "tier": _("Customer tier"), "product_line": _("Product line"),
    "region": _("Region"), "subject": _("Subject"), "name": _("Name"), "email": _("Mail"), "company": _("Company"),
    "phone": _("Phone"), "language": _("Language"), "note": _("Note"),
    "zone": _("Time zone"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that two changed; `who` "" where nobody of the house did it."""

    name: str
    label: str | Promise
    theirs: str
    mine: str
    their_word: str
    my_word: str
    who: str
    at: datetime | None


def settled(said: QueryDict, current: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What is to be written (by field), and the fields that both changed to something different.

    A field without `was.` is written as it is said: who asks so has seen nothing.
    """
    mine = {name: said.get(name, "").strip() for name in current if name in said}
    was = {name: said.get(f"was.{name}") for name in mine}
    touched = {name: value for name, value in mine.items() if was[name] is None or _plain(was[name]) != _plain(value)}
    clashes = [
        name for name, value in touched.items()
        if was[name] is not None and _plain(current[name]) not in (_plain(was[name]), _plain(value))
    ]  # fmt: skip
    return touched, clashes


def _plain(text: str | None) -> str:
    """Browsers send line ends as CR LF."""
    return (text or "").replace("\r\n", "\n").strip()


def merged(said: QueryDict, current: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Tags: what was added and taken away here is added and taken away there; the others' stay as they are."""
    if "was.tags" not in said:
        return list(wanted)
    was = {word.strip() for word in str(said["was.tags"]).split(",")}
    new = {word.strip() for word in wanted}
    return sorted({*current} - (was - new) | (new - was))


def facts_of(t: Ticket) -> dict[str, str]:
    """The facts of a ticket that its form shows."""
    return {name: getattr(t, name) for name in FACTS}


def ask_of_ticket(request: DeskRequest, t: Ticket) -> HttpResponse | None:
    """The question which is to hold, where two changed one fact of the ticket; None where nothing is to be asked."""
    current = facts_of(t)
    _facts, clashing = settled(request.POST, current)
    if not clashing:
        return None
    rows = Event.objects.filter(code=Code.TICKET_CHANGED, ticket_id=t.pk).order_by("id")
    told = {str(row.params.get("field")): row for row in rows}
    address = reverse("desk:deed", args=[t.pk, "facts"])
    books = _books(request.names) | {"region": request.names.organisation.regions}
    return _ask(request, current, clashing, told.get, books, {"number": t.number, "action": address, "swapped": True})


def facts_of_customer(row: Contact) -> dict[str, str]:
    """What is known of a customer, as its form shows it."""
    chosen = {"company": str(row.company_id or ""), "region": str(row.region_id or "")}
    return {name: getattr(row, name) for name in contacts.FACTS} | chosen


def ask_of_customer(request: DeskRequest, row: Contact) -> HttpResponse | None:
    """As `ask_of_ticket`, for what is known of a customer."""
    current = facts_of_customer(row)
    _facts, clashing = settled(request.POST, current)
    if not clashing:
        return None
    books = _books(request.names) | {
        "language": dict(LANGUAGES), "company": _named(Company, current, request),
        "region": _named(Region, current, request),
    }  # fmt: skip

    def told(name: str) -> Event | None:
        field = f"{name}_id" if name in ("company", "region") else name
        rows = Event.objects.filter(code=Code.CONTACT_CHANGED, subject=f"contact:{row.pk}", pk__gt=_horizon())
        return rows.filter(params__fields__contains=[field]).order_by("-id").first()

    return _ask(request, current, clashing, told, books, {"number": str(row), "action": request.path})


def _horizon() -> int:
    """The ledger is not walked back to its beginning for a name: what a form stood open over is among the newest."""
    newest = Event.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    return newest - _NEWEST


def _named(model: type[Company] | type[Region], current: Mapping[str, str], request: DeskRequest) -> dict[str, str]:
    name = model.__name__.lower()
    chosen = [pk for text in (current[name], request.POST.get(name, "")) if (pk := number(text))]
    return {str(row.pk): str(row) for row in model._default_manager.filter(pk__in=chosen)}


Books = Mapping[str, Mapping[str, Any]]


def _books(names: Names) -> dict[str, Mapping[str, Any]]:
    """The words of codes, by field."""
    return {
        "kind": dict(Kind.choices), "urgency": dict(Urgency.choices), "tier": dict(Tier.choices),
        "product_line": names.lines,
    }  # fmt: skip


def _ask(
    request: DeskRequest, current: Mapping[str, str], clashing: Sequence[str],
    told: Callable[[str], Event | None], books: Books, more: Mapping[str, object],
) -> HttpResponse:  # fmt: skip
    clashes = [_clash(name, current[name], request, told(name), books.get(name, {})) for name in clashing]
    kept = [
        (name, value) for name, value in request.POST.items()
        if name != "csrfmiddlewaretoken" and name.removeprefix("was.") not in clashing
    ]  # fmt: skip
    context = {"title": _("Changed meanwhile"), "clashes": clashes, "kept": kept, "now": request.now, **more}
    response = pages.show(request, "desk/meanwhile.html", context, parts={"ticket": "desk/_meanwhile.html"}, status=422)
    if pages.is_htmx(request):
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog-body", "innerHTML"
    return response


def _clash(name: str, theirs: str, request: DeskRequest, event: Event | None, book: Mapping[str, Any]) -> Clash:
    mine = request.POST.get(name, "").strip()
    who = request.names.person(event.actor_id) if event and event.actor_kind == "staff" else ""
    their_word, my_word = (str(book.get(value, value)) or "—" for value in (theirs, mine))
    return Clash(name, _LABELS[name], theirs, mine, their_word, my_word, who, event.at if event else None)
