"""Which steps of a ladder are one and the same, given again?

A step that is repeated is read as further steps whose codes end in a number: `broken`, `broken.2`, `broken.3`. Whoever
takes one of them up has taken up all, and no further repeat is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from yingnuo.alerts.models import Notice
from yingnuo.kit import instants

_REPEAT = re.compile(r"(.+)\.([2-9]|[1-9][0-9]+)")


def base(code: str) -> str:
    """The step that a repeat repeats; any other step is its own."""
    found = _REPEAT.fullmatch(code)
    return found[1] if found else code


def is_repeat(code: str) -> bool:
    """Whether the code is that of a step given again."""
    return base(code) != code


def taken_up(promises: Collection[int]) -> Mapping[tuple[int, str], int]:
    """When somebody last took up a step of these promises (epoch seconds), by promise and base of the step."""
    rows = Notice.objects.filter(promise_id__in=promises, acked_at__isnull=False)
    found: dict[tuple[int, str], int] = {}
    for promise, step, at in rows.values_list("promise_id", "step", "acked_at"):
        key = promise, base(step)
        found[key] = max(found.get(key, 0), _second(at))
    return found


def _second(at: datetime | None) -> int:
    return instants.seconds(at) if at else 0
