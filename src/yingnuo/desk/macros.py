"""How does an agent look at a macro before applying it, apply it, and take it back?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.automation import macros as services
from yingnuo.automation.models import Macro
from yingnuo.desk import automation_words, deeds
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.desk.settings import words
from yingnuo.engine.automation import read_actions
from yingnuo.journey import acting, macros
from yingnuo.journey.acting import Did
from yingnuo.journey.many import Outcome
from yingnuo.kit import pages
from yingnuo.kit.errors import Refused
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket

_LONG = ("note", "send")
MOST_OFFERED = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """A macro as it would be applied to this ticket: what it sets, and its texts filled in."""

    macro: Macro
    sets: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]


@require_safe
@signed_in
def dialog(request: DeskRequest, pk: int) -> HttpResponse:
    """The macros that may be applied, each with what it would do here."""
    found = queries.get_for(request.actor, pk, may="ticket.note")
    lexicon = words.lexicon()
    context = {
        "ticket": found, "offers": [_offer(row, found, lexicon) for row in services.visible_to(request.actor)],
        "undoable": macros.undoable(request.actor, found, now=request.now), "title": _("Macros"), "now": request.now,
    }  # fmt: skip
    return pages.show(request, "desk/macros.html", context, parts={"dialog-body": "desk/_macros.html"})


def _offer(row: Macro, t: Ticket, lexicon: words.Lexicon) -> Offer:
    labels = automation_words.actions()
    chosen = read_actions(row.actions).chosen()
    sets = tuple(
        (labels[name], automation_words.value_of(name, value, lexicon)) for name, value in chosen if name not in _LONG
    )
    return Offer(row, sets, tuple((labels[n], acting.words_for(t, value)) for n, value in chosen if n in _LONG))


@require_POST
@signed_in
def apply(request: DeskRequest, pk: int, macro: int) -> HttpResponse:
    """Applies it; what was refused is said."""
    did = macros.apply(request.actor, macro=macro, ticket_id=pk, now=request.now)
    if refused := refusals(did):
        messages.warning(request, _("Applied in part. Refused: %(refused)s") % {"refused": "; ".join(refused)})
    else:
        messages.success(request, _("The macro is applied."))
    return deeds.after(request, pk)


def refusals(did: Did) -> list[str]:
    """Each refused action with the reason, in words."""
    labels = automation_words.actions()
    return [f"{labels[name]}: {error}" for name, error in did.refused]


@require_POST
@signed_in
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Takes the last macro back."""
    macros.undo(request.actor, ticket_id=pk, now=request.now)
    messages.success(request, _("Taken back; what was written stays."))
    return deeds.after(request, pk)


def offered(actor: Actor) -> list[tuple[int, str]]:
    """What the bar over the queue offers for many tickets: ids and names."""
    return list(services.visible_to(actor).values_list("pk", "name")[:MOST_OFFERED])


def to_many(actor: Actor, tickets: Sequence[int], said: QueryDict, *, now: datetime) -> Outcome:
    """Applies the chosen macro to tickets, each by itself; refused are those where any action of it was."""
    macro, refused = number(said.get("macro", "")) or 0, []
    for pk in tickets:
        try:
            did = macros.apply(actor, macro=macro, ticket_id=pk, now=now)
        except Refused as error:
            refused.append((pk, str(error)))
            continue
        if in_part := refusals(did):
            refused.append((pk, _("applied in part; %(refused)s") % {"refused": "; ".join(in_part)}))
    return Outcome(len(tickets) - len(refused), tuple(refused))
