"""How is everything that happened to one promise told to a program?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yingnuo.api import render, told
from yingnuo.journey import timeline
from yingnuo.journey.timeline import Happening, Holder
from yingnuo.kit import instants, revisions
from yingnuo.people.queries import Organisation, organisation
from yingnuo.promises import marking
from yingnuo.promises.models import Promise


def explained(row: Promise, *, now: datetime) -> told.PromiseOut:
    """One promise with its whole story."""
    state = marking.state_of(row, now=now)
    happened = timeline.of_promise(row, broken_at=instants.instant_or_none(state.breached_at), now=now)
    shown, org = render.explained_by(row, state, now=now), organisation.at(revisions.current())
    if shown.explanation is None:
        return shown
    pauses = [p.model_copy(update={"by": _by_whom(p, happened, org)}) for p in shown.explanation.pauses]
    story = [_happening(h, org) for h in happened]
    explanation = shown.explanation.model_copy(update={"pauses": pauses, "happened": story})
    return shown.model_copy(update={"explanation": explanation})


def _by_whom(pause: told.PauseOut, happened: Sequence[Happening], org: Organisation) -> told.DoerOut | None:
    since = instants.seconds(pause.since)
    for h in happened:
        if h.kind == "paused" and h.reason == pause.reason and instants.seconds(h.at) == since:
            return _doer(h, org)
    return None


def _doer(h: Happening, org: Organisation) -> told.DoerOut:
    person = org.staff.get(h.actor) if h.actor_kind == "staff" else None
    return told.DoerOut(kind=h.actor_kind, person=render.person(person))


def _holder(holder: Holder | None, org: Organisation) -> told.HolderOut | None:
    if holder is None:
        return None
    team, agent = org.teams.get(holder.team or 0), org.staff.get(holder.agent or 0)
    return told.HolderOut(team=render.team(team), agent=render.person(agent))


def _happening(h: Happening, org: Organisation) -> told.HappeningOut:
    return told.HappeningOut(
        at=h.at, kind=h.kind, by=_doer(h, org), reason=h.reason, due_at=h.due, rule=h.rule,
        person=render.person(org.staff.get(h.staff)),
        ways=[
            told.WayOut(way=w.way, state=w.state, sent_at=w.sent_at, read_at=w.read_at, taken_up_at=w.taken_up_at)
            for w in h.ways
        ],
        holder=_holder(h.holder, org), before=_holder(h.before, org), field=h.field, old=h.old, new=h.new,
    )  # fmt: skip
