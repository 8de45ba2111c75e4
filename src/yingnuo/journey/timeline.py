"""What happened to one promise and because of it, from its start on: marks, warnings, hand-overs, changes of its terms?

As data; doors make sentences and pictures of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from yingnuo.alerts.models import Notice
from yingnuo.engine.clock import MarkKind
from yingnuo.kit import reading
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Mark, Promise
from yingnuo.promises.standards import terms_of

MOST = 300  # of each kind of row; the newest ones
_HOLDERS = (Code.TICKET_ROUTED.value, Code.TICKET_ASSIGNED.value)
_ABOUT = (Code.PROMISE_RETARGETED.value, Code.PROMISE_CORRECTED.value, Code.NOTICE_SKIPPED.value)
CODES = (*_HOLDERS, *_ABOUT, Code.TICKET_CHANGED.value)


@dataclass(frozen=True, slots=True)
class Way:
    """How one notice went: by which way, whether it left, when it was sent, read and taken up."""

    way: str
    state: str
    sent_at: datetime | None
    read_at: datetime | None
    taken_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who held the ticket; None for nobody."""

    team: int | None
    agent: int | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    `kind`: a mark's kind, or `broken`, `told` (`staff` by `ways`, because of `reason`), `skipped`, `handed_over` (from
    `before` to `holder`), `changed` (a fact of the ticket that moved the promise) or `corrected`. `actor` is who did
    it, 0 where it came by itself. `due` and `rule` are those that held from there on.
    """

    at: datetime
    kind: str
    actor_kind: str = "system"
    actor: int = 0
    reason: str = ""
    due: datetime | None = None
    rule: str = ""
    staff: int = 0
    ways: tuple[Way, ...] = ()
    holder: Holder | None = None
    before: Holder | None = None
    field: str = ""
    old: str = ""
    new: str = ""


def of_promise(p: Promise, *, broken_at: datetime | None, now: datetime) -> list[Happening]:
    """Everything in its order; three queries. `broken_at` as it stands now, which the row may not know yet."""
    marks = reading.instances(Mark, "WHERE promise_id = %s ORDER BY id DESC LIMIT %s", [p.pk, MOST])[::-1]
    rows = reading.instances(Event, _EVENTS, [p.ticket_id, list(CODES), MOST])[::-1]
    end = (p.ended_at or now) + _SECOND  # promises count in whole seconds, the ledger does not
    events = [e for e in rows if p.started_at <= e.at < end]
    found = [
        *_started(p), *_of_marks(marks, rows), *_broken(p, broken_at), *_told(p), *_of_events(p, events, marks),
    ]  # fmt: skip
    return sorted(found, key=lambda h: h.at)


_SECOND = timedelta(seconds=1)
_EVENTS = "WHERE ticket_id = %s AND code = ANY(%s::varchar[]) ORDER BY id DESC LIMIT %s"


def _started(p: Promise) -> list[Happening]:
    return [Happening(p.started_at, MarkKind.STARTED.value, rule=terms_of(p.first_terms_id).rule)]


def _of_marks(marks: Sequence[Mark], events: Sequence[Event]) -> Iterator[Happening]:
    # what a mark led to is kept by the ledger
    moved = {(e.at, e.subject): e.params for e in events if e.code == Code.PROMISE_RETARGETED}
    for m in marks:
        params = moved.get((m.recorded_at, f"promise:{m.promise_id}"), {}) if m.kind == MarkKind.RETARGETED else {}
        rule = terms_of(m.terms_id).rule if m.terms_id else ""
        yield Happening(m.at, m.kind, m.actor_kind, m.actor_id, m.reason, _instant(params.get("due")), rule)


def _broken(p: Promise, broken_at: datetime | None) -> list[Happening]:
    holder = Holder(p.team_id, p.agent_id)
    return [Happening(broken_at, "broken", holder=holder, due=broken_at)] if broken_at else []


def _told(p: Promise) -> Iterator[Happening]:
    rows = reading.instances(Notice, "WHERE promise_id = %s ORDER BY id DESC LIMIT %s", [p.pk, MOST])
    rows.sort(key=lambda n: (*_step_and_person(n), n.pk))
    for _step, same in groupby(rows, key=_step_and_person):
        notices = list(same)
        first = notices[0]
        ways = tuple(Way(n.way, n.state, n.sent_at or _at_once(n), n.seen_at, n.acked_at) for n in notices)
        yield Happening(first.at, "told", reason=first.reason, staff=first.staff_id, ways=ways)


def _step_and_person(n: Notice) -> tuple[int, str, int]:
    return n.generation, n.step, n.staff_id


def _at_once(n: Notice) -> datetime | None:
    return n.at if n.way == "in_app" else None


def _of_events(p: Promise, events: Sequence[Event], marks: Sequence[Mark]) -> Iterator[Happening]:
    own = f"promise:{p.pk}"
    moved = {m.recorded_at for m in marks if m.kind in (MarkKind.RETARGETED, MarkKind.CANCELLED)}
    for e in events:
        if e.code in _HOLDERS:
            yield replace(_by(e, "handed_over"), holder=_holder(e.params, ""), before=_before(e))
        elif e.code == Code.TICKET_CHANGED and e.at in moved:
            yield _changed(e)
        elif e.subject == own and e.code == Code.NOTICE_SKIPPED:
            yield replace(_by(e, "skipped"), reason=str(e.params.get("step", "")))
        elif e.subject == own and e.code == Code.PROMISE_CORRECTED:
            was, now_is = str(e.params.get("was", "")), str(e.params.get("is", ""))
            yield replace(_by(e, "corrected"), due=_instant(e.params.get("happened")), old=was, new=now_is)


def _by(e: Event, kind: str) -> Happening:
    return Happening(e.at, kind, e.actor_kind, e.actor_id)


def _changed(e: Event) -> Happening:
    field, old, new, reason = (str(e.params.get(key) or "") for key in ("field", "old", "new", "reason"))
    return replace(_by(e, "changed"), reason=reason, field=field, old=old, new=new)


def _before(e: Event) -> Holder | None:
    return _holder(e.params, "from_") if e.code == Code.TICKET_ASSIGNED else None


def _holder(params: dict[str, Any], which: str) -> Holder:
    return Holder(params.get(f"{which}team"), params.get(f"{which}agent"))


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
