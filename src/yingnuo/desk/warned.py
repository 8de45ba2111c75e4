"""Who was warned about a ticket, by which ways, and did he take it up?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.alerts.models import Notice, NoticeState
from yingnuo.alerts.services import QUIET
from yingnuo.alerts.storms import STORM
from yingnuo.desk import faces
from yingnuo.desk.choices import Names

MOST = 500
_PROBLEMS = {
    QUIET: gettext_lazy("waits for the end of quiet hours"), STORM: gettext_lazy("comes with others in one message"),
    "settled": gettext_lazy("no longer needed"), "cap": gettext_lazy("no SMS: its budget is used up"),
    "no_robot": gettext_lazy("no robot or application reaches his team"),
    "no_address": gettext_lazy("he is not known there"),
}  # fmt: skip
# By the notices' key, which begins with the promise: an index on the ticket would be written with every notice.
# A ticket without any promise stands there by its own number, negative (`reactions`).
OF_TICKET = """
WHERE promise_id = ANY(ARRAY(SELECT id FROM promises_promise WHERE ticket_id = %s) || -%s::bigint) ORDER BY id LIMIT %s
"""


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


def told(notices: Sequence[Notice], names: Names) -> list[Warned]:
    """These notices about a ticket in their order, those of one step to one person as one line."""
    lines = [_line(list(same), names) for _step, same in groupby(sorted(notices, key=_key), key=_key)]
    return sorted(lines, key=lambda w: w.at)


def _key(n: Notice) -> tuple[int, int, str, int]:
    return n.promise_id, n.generation, n.step, n.staff_id


def _line(same: list[Notice], names: Names) -> Warned:
    first = same[0]
    word, tone = _state(same)
    ways = ", ".join(faces.way(n.way) for n in same)
    return Warned(first.promise_id, faces.step(first.reason), names.person(first.staff_id), ways, first.at, word, tone)


def _state(same: list[Notice]) -> tuple[str, str]:
    if any(n.acked_at for n in same):
        return _("taken up"), "green"
    if any(n.seen_at for n in same):
        return _("read"), "blue"
    if any(n.state == NoticeState.FAILED for n in same):
        return _("failed"), "red"
    found = next((_PROBLEMS[n.problem] for n in same if n.problem in _PROBLEMS), None)
    return (str(found), "gray") if found else ("", "")
