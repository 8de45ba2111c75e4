"""Who can be named with @ in a note of a ticket, and who is told that he was?"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, override

from yingnuo.journey import summons
from yingnuo.kit import revisions
from yingnuo.people.models import Staff
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, actor_for_staff
from yingnuo.tickets.models import Message, Ticket
from yingnuo.writing import mentions
from yingnuo.writing.mentions import Colleague

_LANGUAGES = ("en", "zh-hans", "zh-hant")


def colleagues(ticket: Ticket) -> list[Staff]:
    """Active members of staff who may see the ticket: its team's first, each by name."""
    known = organisation.at(revisions.current())
    staff = Staff.objects.filter(active=True).order_by("name", "pk")
    found = [s for s in staff if _sees(actor_for_staff(s, known), ticket)]
    return sorted(found, key=lambda s: s.team_id != ticket.team_id)


def _sees(actor: Actor, ticket: Ticket) -> bool:
    return actor.may("ticket.view") and actor.sees(
        team=ticket.team_id, agent=ticket.agent_id, contact=ticket.contact_id
    )


def lead_of(ticket: Ticket) -> int | None:
    """The lead of the ticket's team."""
    card = organisation.at(revisions.current()).teams.get(ticket.team_id or 0)
    return card.lead if card else None


def coded(text: str, ticket: Ticket) -> str:
    """The text with names after @ as codes; "@lead" in any of our languages is the lead of the ticket's team.

    Two people of one name are told apart by their user names.
    """
    if "@" not in text:
        return text
    lead = lead_of(ticket)
    found = [Colleague(s.pk, (s.name, s.username, *(lead_words() if s.pk == lead else ()))) for s in colleagues(ticket)]
    return mentions.coded(text, found)


def lead_words() -> tuple[str, ...]:
    """What means the lead of the team, in each language."""
    words = []
    for language in _LANGUAGES:
        with override(language):
            words.append(gettext("lead"))
    return tuple(words)


def tell(actor: Actor, ticket: Ticket, message: Message, *, now: datetime) -> None:
    """Those named in a note are told of it, but for its writer and for who may not see the ticket."""
    named = mentions.ids(message.text) - {actor.id if actor.kind == "staff" else 0}
    if not named:
        return
    told = [s.pk for s in colleagues(ticket) if s.pk in named]
    summons.tell_persons(ticket, told, "mentioned", f"mention-{message.pk}", ("in_app", "mail"), now=now)
