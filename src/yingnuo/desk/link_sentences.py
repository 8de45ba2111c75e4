"""What do the ledger's rows about linked tickets, and about tickets that left the house, say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yingnuo.desk.choices import Names
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]


def _linked(p: Params, n: Names) -> str:
    words = {"number": f"YN-{p.get('ticket') or 0}", "from": f"YN-{p.get('from') or 0}"}
    said = {
        "related": _("Linked: related to %(number)s"), "duplicate_of": _("Linked: duplicate of %(number)s"),
        "duplicated_by": _("Linked: %(number)s is a duplicate"), "caused_by": _("Linked: caused by %(number)s"),
        "cause_of": _("Linked: cause of %(number)s"), "child_of": _("Sub-ticket of %(number)s now"),
        "parent_of": _("%(number)s is a sub-ticket now"),
    }.get(str(p.get("relation")), _("Linked to %(number)s")) % words  # fmt: skip
    return _("%(what)s, come along from %(from)s") % (words | {"what": said}) if p.get("from") else said


def _unlinked(p: Params, n: Names) -> str:
    words = {"number": f"YN-{p.get('ticket') or 0}"}
    return {
        "child_of": _("No longer a sub-ticket of %(number)s"), "parent_of": _("%(number)s is no longer a sub-ticket"),
    }.get(str(p.get("relation")), _("No longer linked to %(number)s")) % words  # fmt: skip


def _children_done(p: Params, n: Names) -> str:
    count = int(p.get("count") or 0)
    words = {"n": count, "number": f"YN-{p.get('ticket') or 0}"}
    return ngettext(
        "The only sub-ticket is solved: %(number)s", "All %(n)s sub-tickets are solved, %(number)s the last", count
    ) % words  # fmt: skip


def _exported(p: Params, n: Names) -> str:
    return _("Exported with its notes") if p.get("notes") else _("Exported without notes")


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.TICKET_LINKED: (_linked, "link", "blue", False),
    Code.TICKET_UNLINKED: (_unlinked, "link", "gray", False),
    Code.TICKET_CHILDREN_DONE: (_children_done, "circle-check", "green", False),
    Code.TICKET_EXPORTED: (_exported, "file-export", "gray", True),
}
