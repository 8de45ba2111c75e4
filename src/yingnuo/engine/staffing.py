"""With other people or shifts, when would first answers have gone out? A model, and how far off it is today.

Not a recomputation of what happened: nobody knows whom a further colleague would have helped. Each team is a queue with
as many servers as people. Tickets come at the recorded moments; whoever is free in his shift takes the waiting one that
is due first and finishes it; work still in hand at closing goes on at the next opening. A ticket takes `handling`
seconds on average, exponentially distributed, each ticket the same draw in every run (so that runs differ only by what
was changed). The answer goes out when the work is done.

`handling` is not measured but fitted: the longest average with which the model, with today's people and shifts, keeps
at least as many answers as were kept. What the model keeps beyond that is the *gap*, and is printed.

Taking the most pressing ticket first makes no law of "more people, everything earlier": a further colleague may begin a
long matter just before an urgent one comes (see the tests). Where all targets are equal it is one: no answer is later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace

import numpy as np
import numpy.typing as npt

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.span_arrays import Seconds

SEED = 20_260_101
#: Seconds of average handling between which the fit looks.
SHORTEST, LONGEST = 10, 8 * 3600
#: With fewer answers a team's queue says nothing.
FEWEST = 20
#: Further people than this are not searched for.
MOST_PEOPLE = 500
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Crew:
    """So many people who work in one shift; `people` may be 0."""

    calendar: Calendar
    people: int


@dataclass(frozen=True, slots=True)
class Work:
    """A team's first answers in order of arrival: when the ticket came, when its answer was due, what it takes.

    `effort` is a share of the average handling time. Instants are epoch seconds.
    """

    arrived: Seconds
    due: Seconds
    effort: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.arrived)

    def due_at(self, due: Seconds) -> Work:
        """The same tickets, due at other moments (in the order of this work)."""
        return Work(self.arrived, due, self.effort)


@dataclass(frozen=True, slots=True)
class Run:
    """What the queue gave: when work began and when the answer went out, in the order of the work."""

    begun: Seconds
    answered: Seconds

    def kept(self, due: Seconds) -> int:
        """How many answers went out in time; the due second itself is in time."""
        return int(np.count_nonzero(self.answered <= due))


@dataclass(frozen=True, slots=True)
class Fit:
    """The fitted handling time in seconds, the share kept in the model and in fact."""

    handling: int
    modelled: float
    recorded: float

    @property
    def gap(self) -> float:
        """How much more the model keeps than was kept; negative where even the shortest handling keeps less."""
        return self.modelled - self.recorded


def work(arrived: Seconds, due: Seconds, seed: int = SEED) -> Work:
    """The work of a team; equal instants give equal work on every machine."""
    order = np.lexsort((due, arrived))
    effort = np.random.default_rng(seed).exponential(1.0, len(arrived))
    return Work(arrived[order], due[order], effort)


def simulate(told: Work, crews: Sequence[Crew], handling: float) -> Run:
    """One run of the queue. ValueError when nobody works at all."""
    if not len(told):
        return Run(told.arrived, told.arrived)
    working = [crew for crew in crews if crew.people > 0]
    if not working:
        raise ValueError("a queue that nobody serves has no end")
    takes = np.maximum(1, told.effort * handling).astype(np.int64)
    return _one_shift(told, working[0], takes) if len(working) == 1 else _shifts(told, working, takes)


def _one_shift(told: Work, crew: Crew, takes: Seconds) -> Run:
    """All people share their hours: counted in working time alone, ten times as fast."""
    calendar, first = crew.calendar, int(told.arrived[0])
    arrived = calendar.elapsed_many(first, told.arrived)
    begun, ended = _serve(arrived.tolist(), told.due.tolist(), takes.tolist(), crew.people)
    # Where working time stands still, work begins at the opening and ends at the closing.
    opening = calendar.due_many(calendar.due_many(first, np.array(begun, dtype=np.int64)), 0)
    return Run(np.maximum(opening, told.arrived), calendar.due_many(first, np.array(ended, dtype=np.int64)))


def _serve(arrived: list[int], due: list[int], takes: list[int], people: int) -> tuple[list[int], list[int]]:
    """When each begins and ends, all servers alike; instants of one scale that never stands still."""
    free, waiting = [arrived[0]] * people, list[tuple[int, int]]()
    begun, ended = [0] * len(arrived), [0] * len(arrived)
    come, at = 0, arrived[0]
    for _turn in range(len(arrived)):
        at = max(at, free[0]) if waiting else max(free[0], arrived[come])
        while come < len(arrived) and arrived[come] <= at:
            heappush(waiting, (due[come], come))
            come += 1
        _due, ticket = heappop(waiting)
        begun[ticket], ended[ticket] = at, at + takes[ticket]
        heapreplace(free, ended[ticket])
    return begun, ended


def _shifts(told: Work, crews: Sequence[Crew], takes: Seconds) -> Run:
    """People of several shifts: each with his own calendar."""
    people = [crew.calendar for crew in crews for _ in range(crew.people)]
    free = [(calendar.next_open(int(told.arrived[0])), n, calendar) for n, calendar in enumerate(people)]
    heapify(free)
    begun, answered = np.zeros(len(told), dtype=np.int64), np.zeros(len(told), dtype=np.int64)
    arrived, due, effort = told.arrived.tolist(), told.due.tolist(), takes.tolist()
    waiting: list[tuple[int, int]] = []
    come, left = 0, len(arrived)
    while left:
        at, number, calendar = heappop(free)
        while come < len(arrived) and arrived[come] <= at:
            heappush(waiting, (due[come], come))
            come += 1
        if not waiting:  # free, and nothing to do until the next ticket comes
            heappush(free, (calendar.next_open(arrived[come]), number, calendar))
            continue
        _due, ticket = heappop(waiting)
        begun[ticket], answered[ticket] = at, calendar.due(at, effort[ticket])
        heappush(free, (calendar.next_open(int(answered[ticket])), number, calendar))
        left -= 1
    return Run(begun, answered)


def fit(told: Work, crews: Sequence[Crew], recorded: float) -> Fit:
    """The longest average handling with which today's crews keep at least the recorded share (0..1)."""

    def share(handling: int) -> float:
        return simulate(told, crews, handling).kept(told.due) / len(told)

    low, high = SHORTEST, LONGEST
    if share(high) >= recorded:
        return Fit(high, share(high), recorded)
    while high - low > max(1, low // 100):  # to one per cent
        middle = (low + high) // 2
        if share(middle) >= recorded:
            low = middle
        else:
            high = middle
    return Fit(low, share(low), recorded)


def needed(share: Callable[[int], float], wanted: float, begin: int) -> int | None:
    """The fewest people (from 1 to MOST_PEOPLE) with whom `share` reaches `wanted`; None when no number does.

    `begin` is where to look first: doubled until it is enough, then halved down. The number before it is too few.
    """
    high = max(1, begin)
    while share(high) < wanted:
        if high >= MOST_PEOPLE:
            return None
        high = min(MOST_PEOPLE, 2 * high)
    low = 0  # never enough: nobody answers nothing
    while high - low > 1:
        middle = (low + high) // 2
        if share(middle) >= wanted:
            high = middle
        else:
            low = middle
    return high


def hours(crews: Sequence[Crew], begin: int, end: int) -> float:
    """Hours on duty of all people of the crews in [begin, end)."""
    return sum(crew.people * crew.calendar.elapsed(begin, end) for crew in crews) / _HOUR
