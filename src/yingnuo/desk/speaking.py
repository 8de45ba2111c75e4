"""By which ways can this customer be answered, as the composer shows it, and how long may one still write?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.channels import ways
from yingnuo.channels.ways import Way
from yingnuo.engine.windows import Shut
from yingnuo.tickets.models import Ticket

WHY_SHUT: dict[Shut, Promise] = {
    Shut.NEVER_WROTE: gettext_lazy("The customer has not written on this channel: its provider lets us only answer."),
    Shut.OVER: gettext_lazy("The time for answering on this channel is over until the customer writes again."),
    Shut.USED_UP: gettext_lazy("All messages that the provider allows are used up until the customer writes again."),
    Shut.ELSEWHERE: gettext_lazy("The provider has given this conversation to somebody else, or ended it."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in the composer. `until` is when its window ends, `left` how many messages it still takes (-1: any).

    `templates`: it is shut, and a template tells of the answer instead. `state` is that of the talk at the provider.
    """

    code: str
    name: str
    shut: Promise | None
    until: datetime | None
    left: int
    templates: bool
    state: Promise | str = ""


def choices(ticket: Ticket, *, now: datetime) -> list[Choice]:
    """The ways to this ticket's customer, the natural one first."""
    return [_choice(way, now) for way in ways.of(ticket)]


def _choice(way: Way, now: datetime) -> Choice:
    chance = way.chance(now)
    name = way.name or _("Mail to %(address)s") % {"address": way.to}
    if chance is None:
        return Choice(way.code, name, None, None, -1, templates=False)
    until = datetime.fromtimestamp(chance.until, UTC) if chance.until is not None else None
    shut = WHY_SHUT[chance.shut] if chance.shut else None
    instead = shut is not None and not way.shut(now)
    return Choice(way.code, name, None if instead else shut, until, chance.left, templates=instead, state=way.state)
