"""What do the ledger's rows about the things that customers own say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk.choices import Names
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]


def _serial(p: Params) -> dict[str, str]:
    return {"serial": str(p.get("serial") or "—")}


SAYINGS: dict[str, tuple[Callable[[Params, Names], str], str, str, bool]] = {
    Code.UNIT_ADDED: (lambda p, n: _("Product %(serial)s written down") % _serial(p), "package", "gray", True),
    Code.UNIT_CHANGED: (lambda p, n: _("Product %(serial)s changed") % _serial(p), "package", "gray", True),
    Code.UNIT_REMOVED: (lambda p, n: _("Product %(serial)s removed") % _serial(p), "package", "gray", True),
}
