"""What does a customer learn about a promise to him that was not kept: who was told of it, and what follows?

Said is what was done, not what a ladder meant to do: a step for which nobody was found has told nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from yingnuo.engine import ladder
from yingnuo.engine.terms import Step, Terms, When
from yingnuo.kit import instants
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar

#: Whom a customer is told of; that the holder and he himself know goes without saying.
_ABOVE: dict[str, str | Lazy] = {
    "lead": _("the team's lead"), "deputy": _("the deputy"), "on_duty": _("the person on duty"),
    "team": _("the whole team"), "departments": _("the departments concerned"),
    "department_head": _("the head of the department"), "up_the_line": _("the management above"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Who above was told of a breach, in words ("" nobody yet), and who is told at which later moment."""

    told: str = ""
    next_told: str = ""
    next_at: datetime | None = None


def aftermath(p: Promise, terms: Terms, *, now: datetime) -> Aftermath:
    """What became of a broken promise that is still owed, and what comes next if it stays so."""
    reached = _reached(p)
    after = [step for step in terms.ladder if step.when is not When.BEFORE]
    told = [step for step in after if step.code in reached]
    at, coming = _next(p, terms, now)
    return Aftermath(_words(told), _words([coming]) if coming else "", at)


def _reached(p: Promise) -> set[str]:
    """The steps by which somebody was told."""
    given = Event.objects.filter(ticket_id=p.ticket_id, code=Code.NOTICE_GIVEN, subject=f"promise:{p.pk}")
    return {str(params.get("step")) for params in given.values_list("params", flat=True) if params.get("people")}


def _next(p: Promise, terms: Terms, now: datetime) -> tuple[datetime | None, Step | None]:
    due = p.broken_at or p.due_at
    if due is None or p.next_at is None:  # nothing more will fire, or the clock stands still
        return None, None
    dated = ladder.moments(terms, instants.seconds(due), calendar(terms.calendar))
    coming = [
        (instants.instant(at), step) for step, at in dated
        if step.when is When.AFTER and step.code not in p.fired and set(step.audience) & _ABOVE.keys()
    ]  # fmt: skip
    return next(((at, step) for at, step in coming if at > now), (None, None))


def _words(steps: Iterable[Step]) -> str:
    known = {audience for step in steps for audience in step.audience}
    comma = pgettext("between the parts of a list", ", ")
    return comma.join(str(word) for audience, word in _ABOVE.items() if audience in known)
