"""What would days of a hotline look like in Asterisk's queue_log? Made up, but alike in shape: for tests and trials.

Calls come by the hour as they do in a service centre (two humps, quiet at noon and in the evening, fewer at weekends),
wait for a free agent first come first served, lose patience by an exponential law, talk by a log-normal one; an agent
now and then does not take what rings, and takes a pause. The same seed gives the same lines.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_HUMPS = {8: 14, 9: 34, 10: 38, 11: 30, 12: 16, 13: 20, 14: 32, 15: 34, 16: 28, 17: 22, 18: 12, 19: 9, 20: 4}
_QUEUES = (("service", 0.7), ("repair", 0.2), ("complaint", 0.1))
PATIENCE_S, TALK_MEDIAN_S, TALK_SPREAD = 95, 165, 0.65
REFUSES, LONGEST_WAIT_S = 0.06, 300


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made: so many days up to `last`, with so many agents; `scale` multiplies the calls of each hour."""

    days: int
    seed: int
    last: date
    zone: ZoneInfo
    agents: int = 4
    scale: float = 1.0


def lines(plan: Plan) -> Iterator[str]:
    """Lines of a queue_log in the order of their times."""
    chance = random.Random(plan.seed)  # noqa: S311  # nothing secret is drawn
    number = itertools.count(1)
    for back in range(plan.days - 1, -1, -1):
        yield from _day(plan, plan.last - timedelta(days=back), chance, number)


def _day(plan: Plan, day: date, chance: random.Random, number: Iterator[int]) -> Iterator[str]:
    start = datetime.combine(day, time(), plan.zone).timestamp()
    weekend = 0.45 if day.weekday() >= 5 else 1.0
    made: list[tuple[int, int, str]] = []
    order = itertools.count()

    def write(at: float, call: str, queue: str, agent: str, event: str, *data: object) -> None:
        text = "|".join((str(int(at)), call, queue, agent, event, *map(str, data)))
        heapq.heappush(made, (int(at), next(order), text))

    free = [(start + 8 * 3600 + n * 20, f"PJSIP/{8001 + n}") for n in range(plan.agents)]
    heapq.heapify(free)
    for at in _arrivals(start, weekend * plan.scale, chance):
        call = f"{int(at)}.{next(number)}"
        queue = chance.choices([q for q, _w in _QUEUES], [w for _q, w in _QUEUES])[0]
        write(at, call, queue, "NONE", "ENTERQUEUE", "", _caller(chance), 1)
        _goes(at, call, queue, free, chance, write)
    while made:
        yield heapq.heappop(made)[2]


def _arrivals(start: float, scale: float, chance: random.Random) -> Iterator[float]:
    for hour, calls in _HUMPS.items():
        at = start + hour * 3600 + chance.expovariate(calls * scale / 3600)
        while at < start + (hour + 1) * 3600:
            yield at
            at += chance.expovariate(calls * scale / 3600)


def _caller(chance: random.Random) -> str:
    """A few customers call again and again."""
    if chance.random() < 0.02:
        return "anonymous"
    tail = chance.randrange(600) if chance.random() < 0.5 else chance.randrange(100_000)
    return f"138{tail:08d}"


Write = Callable[..., None]
Free = list[tuple[float, str]]


def _goes(at: float, call: str, queue: str, free: Free, chance: random.Random, write: Write) -> None:
    """One call, from its place in the line to its end."""
    patience = at + min(LONGEST_WAIT_S, chance.expovariate(1 / PATIENCE_S))
    ready, agent = heapq.heappop(free)
    offered = max(at, ready)
    while offered + 3 < patience and chance.random() < REFUSES:
        write(offered + 15, call, queue, agent, "RINGNOANSWER", 15_000)
        heapq.heappush(free, (offered + 60, agent))
        ready, agent = heapq.heappop(free)
        offered = max(offered + 15, ready)
    taken = offered + chance.uniform(2, 6)
    if taken < patience:
        heapq.heappush(free, (_talks(at, taken, (call, queue, agent), chance, write), agent))
        return
    heapq.heappush(free, (ready, agent))
    waited = int(patience) - int(at)
    word = "EXITWITHTIMEOUT" if waited >= LONGEST_WAIT_S - 1 else "ABANDON"
    write(patience, call, queue, "NONE", word, 1, 1, waited)


def _talks(at: float, taken: float, who: tuple[str, str, str], chance: random.Random, write: Write) -> float:
    """The talk; from when on the agent is free again."""
    held = int(taken) - int(at)
    over = taken + min(2_400.0, chance.lognormvariate(math.log(TALK_MEDIAN_S), TALK_SPREAD))
    write(taken, *who, "CONNECT", held, f"{who[0]}9", 3)
    word = "COMPLETECALLER" if chance.random() < 0.7 else "COMPLETEAGENT"
    write(over, *who, word, held, int(over) - int(taken), 1)
    return over + chance.uniform(8, 45)
