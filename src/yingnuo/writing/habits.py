"""How does a member of staff write: for how long are his replies held, what follows them usually?"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.people.roles import Actor
from yingnuo.writing.models import HOLDS, USUAL_HOLD, Habit


def of(actor: Actor) -> Habit:
    """The actor's habits; the usual ones where he has chosen none."""
    found = Habit.objects.filter(staff_id=actor.id).first() if actor.kind == "staff" else None
    return found or Habit(staff_id=actor.id, hold=USUAL_HOLD, then="")


def choose(actor: Actor, *, hold: int | None = None, then: str | None = None, story: str | None = None) -> Habit:
    """Keeps what is given and leaves the rest; Invalid for a span that is not of the list."""
    if actor.kind != "staff":
        raise NotAllowed(_("You may not do this."), code="not_allowed", verb="ticket.reply")
    if hold is not None and hold not in HOLDS:
        raise Invalid(_("Choose from the list."), fields={"hold": _("Choose from the list.")})
    chosen = {name: value for name, value in (("hold", hold), ("then", then), ("story", story)) if value is not None}
    return Habit.objects.update_or_create(staff_id=actor.id, defaults=chosen)[0]
