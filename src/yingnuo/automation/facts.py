"""What may a rule ask about a ticket?"""

from __future__ import annotations

from collections.abc import Sequence

from yingnuo.kit import revisions
from yingnuo.people.queries import organisation
from yingnuo.promises import giving
from yingnuo.tickets import fields
from yingnuo.tickets.models import Author, Message, Ticket

FACTS = (
    "kind", "urgency", "channel", "tier", "product_line", "region", "team", "team_tier", "tags", "language", "status",
    "waiting_for", "held", "reopened", "urged", "text", "by",
)  # fmt: skip


OWN = "field."  # before the code of a custom field


def known() -> tuple[str, ...]:
    """Every fact a condition may name, those of custom fields too: `field.<code>`."""
    return (*FACTS, *(f"{OWN}{code}" for code in fields.book().fields))


def newest_words(tickets: Sequence[int]) -> dict[int, str]:
    """The newest thing each ticket's customer said, in one statement."""
    rows = Message.objects.filter(ticket__in=tickets, author=Author.CUSTOMER).order_by("ticket_id", "-at", "-id")
    return dict(rows.distinct("ticket_id").values_list("ticket_id", "text"))


def facts_of(ticket: Ticket, *, by: str, said: str) -> dict[str, object]:
    """The ticket's facts as they are now; `by` is who did what set the rule off (contact, staff, system, token …).

    `text` is its subject with what the customer `said` last; `held` whether somebody holds it (yes, no).
    """
    known = giving.facts_of(ticket, organisation.at(revisions.current()))
    own = {f"{OWN}{code}": tuple(v) if isinstance(v, list) else v for code, v in ticket.fields.items()}
    return {
        **own,
        **known.as_mapping(), "language": ticket.language, "status": ticket.status, "waiting_for": ticket.waiting_for,
        "held": "yes" if ticket.agent_id else "no", "reopened": ticket.reopened, "urged": ticket.urged,
        "text": f"{ticket.subject}\n{said}", "by": by,
    }  # fmt: skip
