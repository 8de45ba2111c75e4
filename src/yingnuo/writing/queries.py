"""What does the composer of a ticket need to know, in as few statements as can be?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from yingnuo.kit import reading
from yingnuo.people.roles import Actor
from yingnuo.writing.models import USUAL_HOLD, Draft, Habit, KeptFile, Outgoing


@dataclass(frozen=True, slots=True)
class AtTicket:
    """The reader's habit and draft at a ticket, and everybody's replies that wait there, with their files."""

    habit: Habit
    draft: Draft
    draft_files: tuple[KeptFile, ...]
    waiting: tuple[Outgoing, ...]
    files: Mapping[int, tuple[KeptFile, ...]]


_FOUND = """
FROM people_staff s
LEFT JOIN writing_habit h ON h.staff_id = s.id
LEFT JOIN writing_draft d ON d.staff_id = s.id AND d.ticket_id = %s
LEFT JOIN writing_outgoing o ON o.ticket_id = %s
WHERE s.id = %s ORDER BY o.leaves_at, o.id
"""


def at_ticket(actor: Actor, ticket: int) -> AtTicket:
    """One statement, and one for files where there may be any."""
    found = reading.joined([("h", Habit), ("d", Draft), ("o", Outgoing)], _FOUND, [ticket, ticket, actor.id])
    habit, draft, _first = found[0] if found and actor.kind == "staff" else (None, None, None)
    waiting = tuple(row[2] for row in found if row[2] is not None)
    files = _files(draft, waiting) if draft or waiting else []
    return AtTicket(
        habit or Habit(staff_id=actor.id, hold=USUAL_HOLD, then=""), draft or Draft(),
        tuple(f for f in files if f.draft_id), waiting,
        {row.pk: tuple(f for f in files if f.outgoing_id == row.pk) for row in waiting},
    )  # fmt: skip


def _files(draft: Draft | None, waiting: Sequence[Outgoing]) -> list[KeptFile]:
    of_draft = Q(draft=draft.pk) if draft else Q(pk__in=[])
    return list(KeptFile.objects.filter(of_draft | Q(outgoing__in=[row.pk for row in waiting])).order_by("pk"))
