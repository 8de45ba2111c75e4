"""What does it say why a row is not taken in?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.exchange.fields import KINDS

_WORDS: Mapping[str, Any] = {
    "missing": gettext_lazy("This must not be empty."),
    "too_long": gettext_lazy("At most %(most)s characters."),
    "no_mail": gettext_lazy("“%(given)s” is no mail address."),
    "no_phone": gettext_lazy("“%(given)s” is no phone number."),
    "no_number": gettext_lazy("“%(given)s” is no whole number."),
    "no_truth": gettext_lazy("“%(given)s” is neither yes nor no."),
    "no_moment": gettext_lazy("“%(given)s” is no date. Write it like 2026-03-02 09:30."),
    "no_code": gettext_lazy("A code has letters, digits, - and _ only."),
    "unknown_value": gettext_lazy("“%(given)s” is not known here."),
    "unknown_company": gettext_lazy("There is no company “%(given)s”. Import companies first."),
    "unknown_region": gettext_lazy("There is no region “%(given)s”."),
    "unknown_team": gettext_lazy("There is no team “%(given)s”."),
    "unknown_person": gettext_lazy("There is nobody “%(given)s” among the staff."),
    "unknown_line": gettext_lazy("There is no product line “%(given)s”. Import product lines first."),
    "needs_contact": gettext_lazy("A mail address, a phone number, a name in a channel or a key is needed."),
    "needs_words": gettext_lazy("A subject or a text is needed."),
    "needs_moment": gettext_lazy("A finished ticket needs the moment when it was opened."),
    "backwards": gettext_lazy("It ended before it began."),
    "future": gettext_lazy("This lies in the future."),
    "email_taken": gettext_lazy("Another customer has this mail address."),
    "handle_taken": gettext_lazy("Another customer has this name in a channel."),
    "name_taken": gettext_lazy("Another company has this name."),
    "no_administrators": gettext_lazy("Administrators are not taken in by a table."),
    "own_deputy": gettext_lazy("Nobody is his own deputy."),
    "no_level": gettext_lazy("A level is 1 to 5, written like pump:3."),
    "twice": gettext_lazy("Line %(line)s is the same one already."),
    "not_allowed": gettext_lazy("You may not do this."),
    "trouble": gettext_lazy("It cannot be stored (%(said)s)."),
}
CODES = frozenset(_WORDS)


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """What one problem says; a code that only a service knows is told as it is."""
    words = _WORDS.get(code)
    return str(words) % params if words is not None else _("Refused: %(code)s") % {"code": code}


def problems(kind: str, found: Sequence[Sequence[Any]]) -> str:
    """All problems of a row in one line, each with the name of its field."""
    told = []
    for name, code, params in found:
        field = KINDS[kind].field(name)
        said = sentence(code, params)
        told.append(_("%(field)s: %(problem)s") % {"field": field.word, "problem": said} if field else said)
    return " ".join(told)
