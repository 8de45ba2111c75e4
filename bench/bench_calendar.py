"""How fast does the calendar answer beside other libraries, and does it keep its limits?

Run `python bench/bench_calendar.py`; the peers are the packages of the `bench` group. Asia/Shanghai, Monday to Friday
09-18, 150 holidays over ten years, 400 random minute starts of 2024. "elapsed" spans 1, 30 and 1,826 days, "add" adds
4, 160 and 10,400 hours. Every library gets the same UTC datetimes, in its own documented way and prepared as far as it
allows (rules and offsets are built once), and must give back seconds or a UTC datetime. Exits with 1 when a limit is
missed.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from importlib.util import find_spec
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from yingnuo.engine.calendar import Calendar

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3600
SPANS = ("1 day", "30 days", "5 years")
DAYS = (1, 30, 1826)
HOURS = (4, 160, 10_400)
#: How many times faster than the fastest peer, per span.
ELAPSED_LIMITS = (15, 60, 140)
ADD_LIMITS = (15, 60, 140)
FLAT, BATCH_RATIO, BATCH = 0.30, 10, 1_000_000
SECONDS_PER_FIGURE, RUNS = 0.5, 10

Elapsed = Callable[[datetime, datetime], object]
Add = Callable[[datetime], object]


@dataclass(frozen=True, slots=True)
class Engine:
    """One library: seconds between two datetimes, and a datetime some hours later per span; None where it has none."""

    name: str
    elapsed: Elapsed | None
    add: Sequence[Callable[..., object]] | None


def holidays(rng: random.Random) -> list[date]:
    days = [date(2020, 1, 1) + timedelta(days=step) for step in range(3650)]
    return sorted(rng.sample([day for day in days if day.weekday() < 5], 150))


def questions(rng: random.Random) -> list[datetime]:
    return [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(366 * 1440)) for _ in range(400)]


def yingnuo(calendar: Calendar) -> Engine:
    def add(hours: int) -> Add:
        plus, seconds = calendar.add, hours * HOUR
        return lambda start: plus(start, seconds)

    return Engine("yingnuo", calendar.between, [add(hours) for hours in HOURS])


def businesstimedelta(off: list[date]) -> Engine:
    package = import_module("businesstimedelta")
    rules_module = import_module("businesstimedelta.rules")
    zone = import_module("pytz").timezone(ZONE.key)
    workday = rules_module.WorkDayRule(start_time=time(9), end_time=time(18), working_days=[0, 1, 2, 3, 4], tz=zone)
    # Its search for the next holiday fails after the last one, so give it one far away.
    closed = dict.fromkeys([*off, date(2037, 1, 1)], "holiday")
    rules = rules_module.Rules([workday, rules_module.HolidayRule(closed, tz=zone)])

    def add(hours: int) -> Add:
        delta = package.BusinessTimeDelta(rules, hours=hours)
        return lambda start: start + delta

    def elapsed(start: datetime, end: datetime) -> object:
        return rules.difference(start, end).timedelta.total_seconds()

    return Engine("businesstimedelta", elapsed, [add(hours) for hours in HOURS])


def business_duration(off: list[date]) -> Engine:
    duration = import_module("business_duration").businessDuration
    closed, opens, closes = set(off), time(9), time(18)

    def elapsed(start: datetime, end: datetime) -> object:
        return duration(_wall(start), _wall(end), opens, closes, holidaylist=closed, unit="sec")

    return Engine("business-duration", elapsed, None)


def pandas_hours(off: list[date]) -> Engine:
    pandas = import_module("pandas")

    def add(hours: int) -> Add:
        offset = pandas.tseries.offsets.CustomBusinessHour(n=hours, start="09:00", end="18:00", holidays=off)
        return lambda start: (_wall(start) + offset).to_pydatetime().replace(tzinfo=ZONE).astimezone(UTC)

    return Engine("pandas CustomBusinessHour", None, [add(hours) for hours in HOURS])


def _wall(at: datetime) -> datetime:
    # Naive local time: what these two count in; a zone inside pandas' own offsets takes twice as long.
    return at.astimezone(ZONE).replace(tzinfo=None)


PEERS: dict[str, Callable[[list[date]], Engine]] = {
    "businesstimedelta": businesstimedelta,
    "business_duration": business_duration,
    "pandas": pandas_hours,
}


def rate(ask: Callable[..., object], arguments: Sequence[tuple[Any, ...]]) -> float:
    """Operations a second of processor time: the best of ten runs, so that a busy machine blurs it less."""
    ask(*arguments[0])
    return max(_rate(ask, arguments) for _ in range(RUNS))


def _rate(ask: Callable[..., object], arguments: Sequence[tuple[Any, ...]]) -> float:
    done, begun, passed = 0, process_time(), 0.0
    while passed < SECONDS_PER_FIGURE / RUNS:
        some = arguments[: max(1, done)]
        for each in some:
            ask(*each)
        done += len(some)
        passed = process_time() - begun
    return done / passed


def later(starts: list[datetime], days: int) -> list[tuple[datetime, datetime]]:
    return [(start, start + timedelta(days=days)) for start in starts]


def figures(engine: Engine, starts: list[datetime]) -> tuple[list[float], list[float]]:
    elapsed, add, nothing = engine.elapsed, engine.add, [0.0] * len(SPANS)
    singles = [(start,) for start in starts]
    return (
        [rate(elapsed, later(starts, days)) for days in DAYS] if elapsed else nothing,
        [rate(ask, singles) for ask in add] if add else nothing,
    )


def wrong(engine: Engine, calendar: Calendar, starts: list[datetime]) -> int:
    """How many answers of the first questions differ in open time; a closing equals the next opening."""
    bad = 0
    for days, hours, count, place in zip(DAYS, HOURS, (40, 40, 2), range(len(SPANS)), strict=True):
        for start, end in later(starts[:count], days):
            if engine.elapsed:
                bad += abs(float(str(engine.elapsed(start, end))) - calendar.between(start, end)) > 1
            if engine.add:
                found = engine.add[place](start)
                bad += not isinstance(found, datetime) or calendar.between(start, found) != hours * HOUR
    return bad


def table(rows: dict[str, tuple[list[float], list[float]]], errors: dict[str, int]) -> None:
    heads = [f"{what} {span}" for what in ("el", "add") for span in SPANS]
    print(f"{'operations a CPU second':28}" + "".join(f"{head:>13}" for head in heads) + f"{'wrong':>8}")
    for name, (elapsed, add) in rows.items():
        cells = "".join(f"{value:>13,.0f}" if value else f"{'-':>13}" for value in (*elapsed, *add))
        print(f"{name:28}{cells}{errors.get(name, 0):>8}")


class Limits:
    """Prints each limit and remembers whether all were kept."""

    def __init__(self) -> None:
        self.kept = True

    def at_least(self, what: str, value: float, limit: float) -> None:
        self._say(what, f"{value:,.1f}", f">= {limit}", value >= limit)

    def at_most(self, what: str, value: float, limit: float) -> None:
        self._say(what, f"{value:.2f}", f"<= {limit}", value <= limit)

    def _say(self, what: str, value: str, limit: str, kept: bool) -> None:
        self.kept &= kept
        print(f"  {'ok  ' if kept else 'MISS'} {what}: {value} ({limit})")


def judge_peers(limits: Limits, what: str, wanted: Sequence[int], ours: list[float], peers: list[list[float]]) -> None:
    for span, limit in enumerate(wanted):
        fastest = max((rates[span] for rates in peers), default=0.0)
        if fastest:
            limits.at_least(f"{what} {SPANS[span]}, times the fastest peer", ours[span] / fastest, limit)
    middle = (max(ours) + min(ours)) / 2
    limits.at_most(f"{what} flat over the spans, +-", (max(ours) - middle) / middle, FLAT)


def judge_batches(limits: Limits, calendar: Calendar) -> None:
    rng = np.random.default_rng(1)
    first = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    begin = rng.integers(first, first + 366 * 24 * HOUR, BATCH)
    end = begin + DAYS[1] * 24 * HOUR
    seconds = HOURS[1] * HOUR
    few = slice(400)
    singles = {
        "elapsed": rate(calendar.elapsed, list(zip(begin[few].tolist(), end[few].tolist(), strict=True))),
        "due": rate(calendar.due, [(start, seconds) for start in begin[few].tolist()]),
    }
    batches = {
        "elapsed": rate(calendar.elapsed_many, [(begin, end)]),
        "due": rate(calendar.due_many, [(begin, seconds)]),
    }
    for name, batch in batches.items():
        print(f"  {name}_many {batch * BATCH:,.0f} a second, one by one in integer seconds {singles[name]:,.0f}")
        limits.at_least(f"{name}_many, times one by one", batch * BATCH / singles[name], BATCH_RATIO)


def main() -> int:
    """Measure, print, judge; the exit code."""
    warnings.simplefilter("ignore")
    rng = random.Random(20240101)
    off, starts = holidays(rng), questions(rng)
    weekly = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    spec = {"timezone": ZONE.key, "weekly": weekly, "holidays": [day.isoformat() for day in off]}
    calendar = Calendar.from_spec(spec)
    begun = process_time()
    calendar.add(starts[0], HOURS[2] * HOUR)
    print(f"compiled for the first answer in {(process_time() - begun) * 1000:.0f} ms")
    engines = [yingnuo(calendar)]
    for package, make in PEERS.items():
        if find_spec(package):
            engines.append(make(off))
        else:
            print(f"{package} is not installed: skipped")
    rows = {engine.name: figures(engine, starts) for engine in engines}
    table(rows, {engine.name: wrong(engine, calendar, starts) for engine in engines})
    limits, ours = Limits(), rows[engines[0].name]
    peers = [rows[engine.name] for engine in engines[1:]]
    judge_peers(limits, "elapsed", ELAPSED_LIMITS, ours[0], [elapsed for elapsed, _ in peers])
    judge_peers(limits, "add", ADD_LIMITS, ours[1], [add for _, add in peers])
    judge_batches(limits, calendar)
    return 0 if limits.kept else 1


if __name__ == "__main__":
    sys.exit(main())
