"""What does a ticket's page show of its parent, its sub-tickets and the tickets it is linked to?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from yingnuo.desk import rows
from yingnuo.desk.access import DeskRequest
from yingnuo.desk.rows import Row
from yingnuo.journey import family
from yingnuo.journey.family import Outcome
from yingnuo.kit.errors import Invalid
from yingnuo.tickets import beside
from yingnuo.tickets.beside import SIZE, Group
from yingnuo.tickets.linking import CHILD, PARENT
from yingnuo.tickets.models import Ticket

RELATIONS: Mapping[str, Promise] = {
    "related": _("Related to"), "duplicate_of": _("Duplicate of"), "duplicated_by": _("Duplicated by"),
    "caused_by": _("Caused by"), "cause_of": _("Cause of"), CHILD: _("Sub-ticket of"), PARENT: _("Has as sub-ticket"),
}  # fmt: skip
LEAVE, TOO = "leave", "resolve"  # what becomes of open sub-tickets when their parent is resolved


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket beside this one; `row` None where the reader may not know more than its number."""

    number: str
    id: int
    relation: str
    row: Row | None


@dataclass(frozen=True, slots=True)
class Kin:
    """Tickets of one relation. `beyond`: how many more there are than are shown."""

    word: object
    shown: Sequence[Shown]
    total: int
    open: int
    beyond: int


def of(request: DeskRequest, t: Ticket, *, page: int = 1) -> dict[str, Any]:
    """The context of `desk/_beside.html`; one statement, none for a ticket that was never linked."""
    if not t.linked:
        return {}
    found = {name: _kin(request, group) for name, group in beside.of_ticket(request.actor, t.pk, page=page).items()}
    children = found.get(PARENT)
    above = found.get(CHILD)
    return {
        "children": children, "parent": above.shown[0] if above else None, "page_of_children": page,
        "more_children": bool(children and children.total > page * SIZE),
        "kin": [found[name] for name in RELATIONS if name in found and name not in (PARENT, CHILD)],
    }  # fmt: skip


def _kin(request: DeskRequest, group: Group) -> Kin:
    seen = rows.of([b.told for b in group.shown if b.seen], now=request.now, names=request.names)
    known = {row.id: row for row in seen}
    shown = [Shown(f"YN-{b.told.id}", b.told.id, b.relation, known.get(b.told.id)) for b in group.shown]
    return Kin(RELATIONS[group.relation], shown, group.total, group.open, group.total - len(shown))


def refuse_unasked(t: Ticket, choice: str) -> None:
    """Invalid where a parent with open sub-tickets is to be resolved and nobody said what becomes of them."""
    n = len(family.open_within(t))
    if n and choice not in (LEAVE, TOO):
        text = ngettext(
            "%(n)s sub-ticket is open. Say what becomes of it.",
            "%(n)s sub-tickets are open. Say what becomes of them.", n,
        ) % {"n": n}  # fmt: skip
        raise Invalid(text, fields={"children": _("Choose from the list.")}, code="open_children")


def resolve_too(request: DeskRequest, pk: int) -> None:
    """Resolves the open sub-tickets of a ticket where that was chosen, and says what came of it."""
    if request.POST.get("children") == TOO:
        told(request, family.resolve_children(request.actor, ticket_id=pk, now=request.now))


def told(request: DeskRequest, outcome: Outcome) -> None:
    """Says to how many it was done, and which refused."""
    n = len(outcome.done)
    if n:
        messages.success(request, ngettext("%(n)s sub-ticket done.", "%(n)s sub-tickets done.", n) % {"n": n})
    left = len(outcome.refused) + outcome.unseen
    if left:
        first = "; ".join(f"YN-{pk}: {why}" for pk, why in outcome.refused[:3])
        said = ngettext("%(n)s sub-ticket stays as it is.", "%(n)s sub-tickets stay as they are.", left) % {"n": left}
        messages.warning(request, f"{said} {first}{' …' if len(outcome.refused) > 3 else ''}".strip())
