"""Which saved lists does somebody see, in his order, and which one does an address name?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from yingnuo.kit import reading
from yingnuo.people.roles import Actor
from yingnuo.worklists.models import Audience

MOST = 60


class Tab(NamedTuple):
    """One saved list as its reader sees it: what it asks, how it looks, where it stands."""

    id: int
    name: str
    owner_id: int
    audience: str
    team_id: int | None
    scope: str
    state: str
    order: str
    asked: Mapping[str, Any]
    look: Mapping[str, Any]
    gone_at: datetime | None
    own_look: Mapping[str, Any] | None
    start: bool

    @property
    def shared(self) -> bool:
        """Whether others see it too."""
        return self.audience != Audience.OWN


_SEEN = """
SELECT w.id, w.name, w.owner_id, w.audience, w.team_id, w.scope, w.state, w.order, w.asked, w.look, w.gone_at,
    p.look, coalesce(p.start, false)
FROM worklists_worklist w LEFT JOIN worklists_place p ON p.worklist_id = w.id AND p.staff_id = %s
WHERE (w.owner_id = %s OR w.audience = 'all' OR w.audience = 'team' AND (%s OR w.team_id = ANY(%s::bigint[])))
"""
_LISTED = " AND w.gone_at IS NULL ORDER BY p.position NULLS LAST, w.audience = 'own', w.id LIMIT %s"


def seen_by(actor: Actor) -> list[Tab]:
    """The lists somebody sees, in his own order: shared ones first where he has said none."""
    return reading.rows(_tab, _SEEN + _LISTED, [*_reader(actor), MOST])


def named(actor: Actor, pk: int, *, gone: bool = False) -> Tab | None:
    """The list of this number when somebody sees it; `gone`: one that was deleted, too."""
    tail = " AND w.id = %s" if gone else " AND w.id = %s AND w.gone_at IS NULL"
    found = reading.rows(_tab, _SEEN + tail, [*_reader(actor), pk])
    return found[0] if found else None


def _reader(actor: Actor) -> Sequence[object]:
    me = actor.id if actor.kind == "staff" else 0
    return me, me, actor.teams is None, sorted(actor.teams or ())


def _tab(row: Iterable[Any]) -> Tab:
    tab = Tab._make(row)
    return tab._replace(asked=_json(tab.asked), look=_json(tab.look), own_look=_json(tab.own_look))


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def plain_look(actor: Actor) -> object:
    """How somebody wants the plain queue to look; {} when he has not said."""
    found = reading.tuples("SELECT look FROM worklists_place WHERE staff_id = %s AND worklist_id IS NULL", [actor.id])
    return _json(found[0][0]) if found else {}


def start_of(staff: int) -> int | None:
    """The list with which the desk begins for somebody."""
    found = reading.tuples(
        "SELECT p.worklist_id FROM worklists_place p JOIN worklists_worklist w ON w.id = p.worklist_id "
        "WHERE p.staff_id = %s AND p.start AND w.gone_at IS NULL",
        [staff],
    )
    return found[0][0] if found else None
