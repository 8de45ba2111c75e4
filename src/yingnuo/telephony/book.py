"""Whose is an extension, which team answers a queue, and by which rule is the hotline measured?

Kept in memory by revision, as all that is read often and changed seldom.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from yingnuo.engine.hotline import ServiceLevel
from yingnuo.kit.revisions import Book
from yingnuo.telephony.models import AgentLine, HotlineRules, QueueLine


@dataclass(frozen=True, slots=True)
class Measure:
    """How the hotline is measured; see `HotlineRules`."""

    answer_within: int = 20
    goal: int = 80
    formula: ServiceLevel = ServiceLevel.OFFERED
    short: int = 5
    owe_from: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Everything at one revision. Keys are (channel, extension) and (channel, queue)."""

    staff: dict[tuple[int, str], int] = field(default_factory=dict)
    teams: dict[tuple[int, str], int] = field(default_factory=dict)
    names: dict[tuple[int, str], str] = field(default_factory=dict)
    own: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)  # staff -> his lines
    measure: Measure = Measure()

    def staff_of(self, channel: int, agent: str) -> int | None:
        """Whose this extension or login is; None for nobody's."""
        return self.staff.get((channel, agent)) if agent else None

    def team_of(self, channel: int, queue: str) -> int | None:
        """The team that answers this queue."""
        return self.teams.get((channel, queue)) if queue else None

    def queue(self, channel: int, queue: str) -> str:
        """The name of a queue; its code where it has none."""
        return self.names.get((channel, queue), queue)


def _load() -> Lines:
    rows = AgentLine.objects.order_by("channel_id", "extension").values_list("channel_id", "extension", "staff_id")
    staff = {(channel, extension): person for channel, extension, person in rows}
    own: dict[int, list[tuple[int, str]]] = {}
    for line, person in staff.items():
        own.setdefault(person, []).append(line)
    queues = list(QueueLine.objects.all())
    return Lines(
        staff=staff,
        teams={(q.channel_id, q.queue): q.team_id for q in queues},
        names={(q.channel_id, q.queue): str(q) for q in queues},
        own={person: tuple(found) for person, found in own.items()},
        measure=_measure(),
    )


def _measure() -> Measure:
    row = HotlineRules.objects.first()
    if row is None:
        return Measure()
    known = row.formula if row.formula in set(ServiceLevel) else ServiceLevel.OFFERED
    return Measure(row.answer_within, row.goal, ServiceLevel(known), row.short, row.owe_from)


lines: Book[Lines] = Book(_load)
