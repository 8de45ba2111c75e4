"""How does an approval stand: who has decided, who is to decide, and how long is there still?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.approvals import rulebook
from yingnuo.approvals.models import Approval, Seat, State
from yingnuo.desk import strip
from yingnuo.desk.choices import Names
from yingnuo.desk.strip import Strip
from yingnuo.kit import looks
from yingnuo.kit.looks import Look
from yingnuo.promises.models import Mark, Promise

STATES: dict[str, Look] = {
    State.ASKED.value: Look(State.ASKED.label, "blue", "hourglass"),
    State.QUESTION.value: Look(State.QUESTION.label, "orange", "user-question"),
    State.APPROVED.value: Look(State.APPROVED.label, "green", "check"),
    State.DECLINED.value: Look(State.DECLINED.label, "red", "ban"),
    State.WITHDRAWN.value: Look(State.WITHDRAWN.label, "gray", "arrow-back-up"),
    State.VOID.value: Look(State.VOID.label, "orange", "alert-triangle"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One approval as lists and cards show it."""

    approval: Approval
    name: str
    clock: Strip
    state: Look
    asker: str
    waits_for: str = ""


def of_ticket(
    found: Sequence[Approval], promises: Sequence[Promise], names: Names, *, now: datetime, marks: Sequence[Mark]
) -> list[Card]:  # fmt: skip
    """The approvals of a ticket, open ones first; with the promises and marks of their clocks."""
    return sorted(cards(found, promises, names, {}, now=now, marks=marks), key=lambda c: not c.approval.is_open)


def waiting(approvals: Sequence[Approval], names: Names) -> dict[int, str]:
    """For whom each of these waits, in one statement."""
    rows = Seat.objects.filter(approval__in=[a.pk for a in approvals if a.is_open], approves=None).order_by("pk")
    found: dict[int, list[str]] = {}
    steps = {a.pk: a.step for a in approvals}
    for seat in rows:
        if seat.step == steps[seat.approval_id]:
            found.setdefault(seat.approval_id, []).append(names.person(seat.staff_id) or "—")
    return {pk: ", ".join(people) for pk, people in found.items()}


def cards(
    approvals: Sequence[Approval], promises: Sequence[Promise], names: Names, waits: dict[int, str], *, now: datetime,
    marks: Sequence[Mark] | None = None,
) -> list[Card]:  # fmt: skip
    """The cards of these approvals in their order; one statement for marks that nobody has read."""
    owed = {a.promise_id for a in approvals}
    clocks = (
        {s.id: s for s in strip.of_ticket([p for p in promises if p.pk in owed], now=now, rows=marks)} if owed else {}
    )
    return [
        Card(
            a, named(a), clocks[a.promise_id], looks.look(STATES, a.state), names.person(a.asked_by_id),
            waits.get(a.pk, ""),
        )
        for a in approvals if a.promise_id in clocks
    ]  # fmt: skip


def named(approval: Approval) -> str:
    """Its template's name in the reader's language; as it was asked where the template is gone."""
    rule = rulebook.rules().get(approval.template_id or 0)
    return rule.name if rule else approval.subject
