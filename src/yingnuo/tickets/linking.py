"""Which tickets have to do with each other, and how do they come to? The only writer of links.

A link is one row, seen from both its tickets: what is `child_of` for one is `parent_of` for the other. The caller holds
the transaction and both tickets' locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import reading
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import OPEN_STATUSES, LinkKind, Ticket, TicketLink

#: Every relation as one ticket has it to the other: the kind, and whether it is the row's first ticket.
RELATIONS: dict[str, tuple[str, bool]] = {
    "related": (LinkKind.RELATED, True), "duplicate_of": (LinkKind.DUPLICATE_OF, True),
    "duplicated_by": (LinkKind.DUPLICATE_OF, False), "caused_by": (LinkKind.CAUSED_BY, True),
    "cause_of": (LinkKind.CAUSED_BY, False), "child_of": (LinkKind.CHILD_OF, True),
    "parent_of": (LinkKind.CHILD_OF, False),
}  # fmt: skip
TURNED = {
    "related": "related", "duplicate_of": "duplicated_by", "duplicated_by": "duplicate_of", "caused_by": "cause_of",
    "cause_of": "caused_by", "child_of": "parent_of", "parent_of": "child_of",
}  # fmt: skip
PARENT, CHILD = "parent_of", "child_of"

_ABOVE = """
WITH RECURSIVE above(pk) AS (
  SELECT other_id FROM tickets_ticketlink WHERE kind = %s AND ticket_id = %s
  UNION SELECT l.other_id FROM tickets_ticketlink l JOIN above a ON l.ticket_id = a.pk WHERE l.kind = %s)
SELECT 1 FROM above WHERE pk = %s LIMIT 1
"""


def ends(ticket: int, other: int, relation: str) -> tuple[str, int, int]:
    """The row that says so: its kind, its first ticket, its second. Invalid for a relation that is none."""
    if relation not in RELATIONS:
        raise Invalid(_("This value cannot be used."), fields={"relation": _("Choose from the list.")})
    kind, first = RELATIONS[relation]
    pair = (ticket, other) if first else (other, ticket)
    return (kind, *(sorted(pair) if kind == LinkKind.RELATED else pair))


def relation_of(link: TicketLink, ticket: int) -> str:
    """What `ticket` is to the other one of the link."""
    if link.kind == LinkKind.RELATED:
        return link.kind
    return str(link.kind) if link.ticket_id == ticket else TURNED[link.kind]


def add(actor: Actor, *, ticket: Ticket, other: Ticket, relation: str, now: datetime) -> TicketLink:
    """`ticket` is from now on a `relation` of `other`. Invalid to itself; Conflict for a second one, a second parent, a
    circle, or a ticket that was merged."""
    kind, first, second = ends(ticket.pk, other.pk, relation)
    if first == second:
        raise Invalid(_("A ticket cannot be linked to itself."), fields={"other": _("Choose another ticket.")})
    if ticket.merged_into_id or other.merged_into_id:
        raise Conflict(_("One of the tickets was merged: link the one it became part of."), code="ticket_merged")
    if TicketLink.objects.filter(kind=kind, ticket=first, other=second).exists():
        raise Conflict(_("These two are linked like this already."), code="linked_already")
    _refuse_tangle(kind, first, second)
    link = _keep(kind, first, second, now)
    _trace(actor, Code.TICKET_LINKED, ticket.pk, other.pk, relation, now)
    return link


def _keep(kind: str, first: int, second: int, now: datetime) -> TicketLink:
    Ticket.objects.filter(pk__in=[first, second], linked=False).update(linked=True)
    return TicketLink.objects.create(kind=kind, ticket_id=first, other_id=second, made_at=now)


def _refuse_tangle(kind: str, first: int, second: int) -> None:
    """Conflict for a second parent, or where the other one leads back here."""
    if kind == LinkKind.RELATED:
        return
    with connection.cursor() as cursor:  # links of four tickets at once could close a circle that none of them sees
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tickets_ticketlink'))")
    if kind == LinkKind.CHILD_OF and TicketLink.objects.filter(kind=kind, ticket=first).exists():
        raise Conflict(
            _("%(number)s is a sub-ticket already; take it out there first."), code="has_parent", number=f"YN-{first}"
        )
    if reading.tuples(_ABOVE, [kind, second, kind, first]):
        raise Conflict(_("That would lead in a circle: the other one hangs on this one already."), code="link_circle")


def remove(actor: Actor, *, link: TicketLink, ticket: int, now: datetime) -> str:
    """The two have nothing to do with each other; what `ticket` was to the other one, to link them again by."""
    relation = relation_of(link, ticket)
    other = link.other_id if link.ticket_id == ticket else link.ticket_id
    link.delete()
    _trace(actor, Code.TICKET_UNLINKED, ticket, other, relation, now)
    return relation


def merged(actor: Actor, *, ticket: Ticket, absorbed: Ticket, now: datetime) -> list[int]:
    """The links of an absorbed ticket become those of the other one, but for those that it has or could not have.

    The tickets at their other ends.
    """
    touched = []
    for link in _of(absorbed.pk):
        relation = relation_of(link, absorbed.pk)
        other = link.other_id if link.ticket_id == absorbed.pk else link.ticket_id
        link.delete()
        if other != ticket.pk and _fits(ticket.pk, other, relation):
            kind, first, second = ends(ticket.pk, other, relation)
            _keep(kind, first, second, now)
            _trace(actor, Code.TICKET_LINKED, ticket.pk, other, relation, now, came_from=absorbed.pk)
            touched.append(other)
    return touched


def _fits(ticket: int, other: int, relation: str) -> bool:
    kind, first, second = ends(ticket, other, relation)
    if TicketLink.objects.filter(kind=kind, ticket=first, other=second).exists():
        return False
    try:
        _refuse_tangle(kind, first, second)
    except Conflict:
        return False
    return True


def _of(ticket: int) -> list[TicketLink]:
    return reading.instances(TicketLink, "WHERE ticket_id = %s OR other_id = %s ORDER BY id FOR UPDATE", [ticket] * 2)


def _trace(
    actor: Actor, code: Code, ticket: int, other: int, relation: str, now: datetime, came_from: int = 0
) -> None:  # fmt: skip
    came = {"from": came_from} if came_from else {}
    entries = [
        Entry(code, ticket, f"ticket:{other}", {"relation": relation, "ticket": other, **came}),
        Entry(code, other, f"ticket:{ticket}", {"relation": TURNED[relation], "ticket": ticket, **came}),
    ]
    ledger.record(actor, entries, now=now)


def parent_of(ticket: int) -> int | None:
    """The ticket that this one is a sub-ticket of."""
    rows = TicketLink.objects.filter(kind=LinkKind.CHILD_OF, ticket=ticket)
    return rows.values_list("other", flat=True).first()


def in_turn(parent: int) -> None:
    """Until the transaction ends nobody else judges the sub-tickets of this one.

    Else two that come to rest at the same moment would each find the other one open, and nobody would be told.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('tickets_ticketlink', %s))", [parent])


def open_children(parents: Iterable[int], *, but: Sequence[int] = ()) -> list[int]:
    """Sub-tickets of these tickets for which work is owed, the oldest first."""
    rows = TicketLink.objects.filter(kind=LinkKind.CHILD_OF, other__in=list(parents))
    found = rows.filter(ticket__status__in=OPEN_STATUSES).exclude(ticket__in=list(but))
    return list(found.order_by("ticket").values_list("ticket", flat=True))
