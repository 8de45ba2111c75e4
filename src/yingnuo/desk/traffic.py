"""What do the ledger's rows about imports, exports and webhooks say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.choices import Names
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]
WHAT = {
    "customers": gettext_lazy("Customers"), "companies": gettext_lazy("Companies"), "staff": gettext_lazy("Staff"),
    "lines": gettext_lazy("Product lines"), "tickets": gettext_lazy("Tickets"), "breaches": gettext_lazy("Breaches"),
    "organisation": gettext_lazy("Organisation"),
}  # fmt: skip


def what(p: Params) -> str:
    """Which kind of rows it was about."""
    code = str(p.get("what", ""))
    return str(WHAT.get(code, code))


def imported(p: Params) -> str:
    """A batch was taken in."""
    words = {"what": what(p), "file": p.get("file", "")}
    words |= {name: p.get(name, 0) for name in ("new", "changed", "refused")}
    return _("%(what)s imported from %(file)s: %(new)s new, %(changed)s changed, %(refused)s refused") % words


def _undone(p: Params, n: Names) -> str:
    words = {"what": what(p), "file": p.get("file", ""), "count": p.get("count", 0), "kept": p.get("kept", 0)}
    return _("Import of %(what)s from %(file)s undone: %(count)s rows; %(kept)s stay") % words


def _taken(p: Params, n: Names) -> str:
    return _("%(what)s exported (%(form)s)") % {"what": what(p), "form": str(p.get("form", "csv")).upper()}


def _replayed(p: Params, n: Names) -> str:
    return _("%(count)s deliveries of the webhook %(name)s sent again") % {
        "count": p.get("count", 0), "name": p.get("name", ""),
    }  # fmt: skip


def _off(p: Params, n: Names) -> str:
    name = {"name": p.get("name", "")}
    if p.get("why") == "gone":
        return _("The webhook %(name)s was switched off: the other side answered 410 Gone") % name
    return _("The webhook %(name)s was switched off: nothing was taken for five days") % name


def _took_over(p: Params, n: Names) -> str:
    return _("Taken over from another system (%(key)s)") % {"key": p.get("key", "")}


SAYINGS: dict[str, tuple[Callable[[Params, Names], str], str, str, bool]] = {
    Code.IMPORT_UNDONE: (_undone, "arrow-back-up", "orange", False),
    Code.TICKET_IMPORTED: (_took_over, "file-import", "gray", False),
    Code.EXPORT_TAKEN: (_taken, "file-export", "gray", True),
    Code.WEBHOOK_REPLAYED: (_replayed, "rotate", "gray", True),
    Code.WEBHOOK_OFF: (_off, "plug", "red", False),
}
