"""Which open promises would another version of a service time move, as a page shows them?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yingnuo.desk.faces import milestone
from yingnuo.engine.calendar import Calendar as CompiledCalendar
from yingnuo.kit import formats
from yingnuo.promises import moving, standards
from yingnuo.promises.models import Version
from yingnuo.promises.versions import standard_of

MOST = 50


def of(code: str, compiled: CompiledCalendar, *, key: str, now: datetime) -> dict[str, Any]:
    """What would move under this calendar, stored as `key` or not yet; the first fifty of them."""
    found = moving.preview(code, compiled, now=now, key=key)
    rows = [(m, milestone(m.milestone), formats.duration(abs(m.by))) for m in found.moved[:MOST]]
    return {
        "all": len(found.all), "later": found.later, "sooner": found.sooner, "rows": rows,
        "more": len(found.moved) - len(rows), "saved": bool(key),
    }  # fmt: skip


def of_version(version: Version, *, now: datetime) -> dict[str, Any] | None:
    """What would move if a version on its way came in force; None for one that is not."""
    if version.state not in ("draft", "proposed", "approved"):
        return None
    compiled = standards.compile_calendar(version.spec)
    return of(standard_of(version).code, compiled, key="", now=now)
