"""What does dispatch say for itself: why this person, why not the others, by which strategy?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk.choices import Names
from yingnuo.journey import handing
from yingnuo.kit import formats
from yingnuo.ledger.codes import Code
from yingnuo.people import presence
from yingnuo.people.models import Presence, TeamStrategy

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]


def because(code: str) -> str:
    """Why a person may or may not take a ticket: `load:3/20` and its like in words."""
    why, _colon, what = code.partition(":")
    if why == "longest_without":
        return _waited(what)
    sentences = {
        "away": _("not online or on leave"), "off_shift": _("outside the shift"),
        "at_capacity": _("has as many tickets as allowed (%(what)s)"), "missing_skill": _("lacks the skill %(what)s"),
        "language": _("does not speak %(what)s"), "load": _("holds %(what)s tickets"),
        "preferred_skill": _("has the skill %(what)s"), "knows_customer": _("served this customer last"),
        "level": _("skill level %(what)s"),
    }  # fmt: skip
    return sentences.get(why, why) % {"what": what}


def _waited(epoch: str) -> str:
    seconds = int(epoch) if epoch.isdigit() else 0
    if not seconds:
        return _("has had no ticket yet")
    return _("last ticket %(moment)s") % {"moment": formats.stamp(datetime.fromtimestamp(seconds, UTC))}


def reasons(text: str) -> list[str]:
    """All reasons of one person, as the ledger keeps them."""
    return [because(part) for part in text.split(",") if part]


def strategy(code: object) -> str:
    """A strategy's name; "" where none is known."""
    return str(dict(TeamStrategy.choices).get(str(code or ""), ""))


def _why_of(p: Params) -> str:
    why = (p.get("why") or {}).get(str(p.get("agent") or ""), "")
    return ", ".join(reasons(str(why))[:3])


def _chose(p: Params, n: Names) -> str:
    words = {"who": n.person(p.get("agent")) or "—", "strategy": strategy(p.get("strategy")) or "—"}
    said = _("Dispatch chose %(who)s (%(strategy)s)") % words
    why = _why_of(p)
    return f"{said}: {why}" if why else said


def _decided(p: Params, n: Names) -> str:
    suggested, taken = p.get("suggested"), p.get("agent")
    words = {"who": n.person(taken) or "—", "suggested": n.person(suggested) or "—"}
    if suggested == taken:
        return _("Suggestion accepted: %(who)s") % words
    if not suggested:
        return _("Given by hand to %(who)s; nobody was suggested") % words
    return _("Given by hand to %(who)s; %(suggested)s was suggested") % words


def _noted(p: Params, n: Names) -> str:
    return _("Hand-off note for %(team)s") % {"team": n.team(p.get("team")) or "—"}


def _stood_in(p: Params, n: Names) -> str:
    words = {"deputy": n.person(p.get("deputy")) or "—", "who": n.person(p.get("agent")) or "—"}
    if p.get("back"):
        return _("%(deputy)s gave it back to %(who)s") % words
    return _("%(deputy)s stands in for %(who)s") % words


def present(p: Params, n: Names) -> str:
    """A presence with its reason."""
    words = dict(Presence.choices)
    new, reason = str(p.get("new", "")), presence.word(str(p.get("reason") or ""))
    said = _("Presence: %(new)s") % {"new": words.get(new, new)}
    return f"{said} ({reason})" if reason else said


def note(text: str) -> str:
    """A hand-off note with its parts named."""
    told = handing.parts_of(text)
    named = ((_("Tried"), told.tried), (_("Wanted"), told.wanted), (_("Contact wishes"), told.contact))
    return "\n\n".join(f"{name}: {part}" for name, part in named if part)


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.DISPATCH_CHOSE: (_chose, "route", "gray", True),
    Code.DISPATCH_DECIDED: (_decided, "user-check", "gray", True),
    Code.HANDOFF_NOTED: (_noted, "notes", "purple", True),
    Code.STOOD_IN: (_stood_in, "user-up", "blue", False),
    Code.PRESENCE_CHANGED: (present, "user-circle", "gray", True),
}
