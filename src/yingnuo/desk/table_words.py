"""Which words do the columns of a table of tickets have, and what can its rows be grouped by?"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COLUMNS: Mapping[str, str | Promise] = {
    "number": _("Number"), "subject": _("Subject"), "customer": _("Customer"), "due": _("Next due"),
    "status": _("Status"), "urgency": _("Urgency"), "agent": _("Agent"), "team": _("Team"), "kind": _("Kind"),
    "tier": _("Customer tier"), "risk": _("Breach risk"), "channel": _("Channel"), "line": _("Product line"),
    "region": _("Region"), "tags": _("Tags"), "created": _("Opened"), "updated": _("Last changed"),
}  # fmt: skip
GROUPS: Mapping[str, str | Promise] = {
    "": _("Not grouped"), "urgency": _("Urgency"), "status": _("Status"), "kind": _("Kind"), "team": _("Team"),
    "agent": _("Agent"), "customer": _("Customer"), "day": _("Day due"),
}  # fmt: skip
