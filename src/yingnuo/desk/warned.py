"""Who was warned about a ticket, by which ways, and did he take it up?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _

from yingnuo.alerts.models import Notice, NoticeState
from yingnuo.desk import faces


@dataclass(frozen=True, slots=True)
class Warned:
    """One step to one person, whatever the ways it took."""

    promise: int
    why: str
    name: str
    ways: str
    at: datetime
    state: str
    tone: str


def grouped(notices: Iterable[Notice]) -> list[Warned]:
    """Notices in their order, those of one step to one person as one line."""
    ordered = sorted(notices, key=_key)
    lines = [_line(list(same)) for _step, same in groupby(ordered, key=_key)]
    return sorted(lines, key=lambda w: w.at)


def _key(n: Notice) -> tuple[int, int, str, int]:
    return n.promise_id, n.generation, n.step, n.staff_id


def _line(same: list[Notice]) -> Warned:
    first = same[0]
    word, tone = _state(same)
    ways = ", ".join(faces.way(n.way) for n in same)
    return Warned(first.promise_id, faces.step(first.reason), first.staff.name, ways, first.at, word, tone)


def _state(same: list[Notice]) -> tuple[str, str]:
    if any(n.acked_at for n in same):
        return _("taken up"), "green"
    if any(n.seen_at for n in same):
        return _("read"), "blue"
    if any(n.state == NoticeState.FAILED for n in same):
        return _("failed"), "red"
    return "", ""
