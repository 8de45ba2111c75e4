"""Which calendars do the laws try, and what would a slow second opinion say about them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Spec = dict[str, Any]
Span = tuple[int, int]

MINUTE, DAY = 60, 86_400
ONE_DAY = timedelta(days=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = (
    "UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "America/Sao_Paulo",
    "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
)  # fmt: skip
#: The days around which clocks change somewhere, a leap day, a turn of the year, and the day Samoa left out.
FIRST_DAYS = tuple(
    date.fromisoformat(day)
    for day in ("2025-03-08", "2025-03-29", "2025-10-25", "2025-11-01", "2025-04-05", "2025-10-04", "2017-10-14",
                "2018-02-17", "2024-02-27", "2011-12-28", "2025-12-30")
)  # fmt: skip
#: Length of the stretch that the stepper walks.
STRETCH_DAYS = 5

OFFICE: Spec = {"timezone": "Asia/Shanghai", "weekly": {day: [["09:00", "18:00"]] for day in DAYS[:5]}}
SPLIT: Spec = OFFICE | {"weekly": {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in DAYS[:5]}}
ALWAYS: Spec = {"timezone": "Asia/Shanghai", "always_open": True}


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """Aware datetime of a wall time in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def day_windows(draw: st.DrawFn) -> list[list[str]]:
    """No, one, two or three windows of a day; the last may run over midnight, up to its own opening time."""
    edges = sorted(draw(st.lists(st.integers(0, 1440), max_size=6, unique=True)))
    if len(edges) % 2:  # an odd edge opens a window that the first edge of the next day closes
        if edges[-1] == 1440:
            edges.pop()
        else:
            edges.append(draw(st.integers(0, edges[-1])))
    return [[clock(opens), clock(closes)] for opens, closes in zip(edges[::2], edges[1::2], strict=True)]


@st.composite
def specs(draw: st.DrawFn, first: date) -> Spec:
    """A specification that opens at least once a week, with special days near `first`."""
    near = st.integers(-1, STRETCH_DAYS + 1).map(lambda step: (first + timedelta(days=step)).isoformat())
    weekly = {day: draw(day_windows()) for day in DAYS}
    weekly[draw(st.sampled_from(DAYS))] = [["08:00", "20:00"]]
    return {
        "timezone": draw(st.sampled_from(ZONES)),
        "weekly": weekly,
        "holidays": draw(st.lists(near, max_size=2)),
        "holidays_yearly": [day[5:] for day in draw(st.lists(near, max_size=1))],
        "overrides": draw(st.dictionaries(near, day_windows(), max_size=2)),
        "breaks": draw(st.dictionaries(near, day_windows(), max_size=2)),
    }


@st.composite
def situations(draw: st.DrawFn) -> tuple[Spec, int]:
    """A specification and the first second of a stretch that the stepper can walk."""
    first = draw(st.sampled_from(FIRST_DAYS))
    spec = draw(specs(first))
    return spec, int(datetime.combine(first, time(), UTC).timestamp()) + draw(st.integers(0, DAY))


def moments(begin: int) -> st.SearchStrategy[int]:
    """Seconds of the stretch from `begin`."""
    return st.integers(begin, begin + STRETCH_DAYS * DAY)


def pause_lists(begin: int) -> st.SearchStrategy[list[Span]]:
    """Pauses of the stretch: empty, nested, overlapping and touching ones included."""
    return st.lists(st.tuples(moments(begin), moments(begin)).map(lambda pair: (min(pair), max(pair))), max_size=4)


class Stepper:
    """The slow second opinion: asks of every minute whether it is open, and walks. Knows no sums and no search."""

    def __init__(self, spec: Mapping[str, Any], pauses: Sequence[Span] = ()) -> None:
        self.spec, self.pauses = spec, pauses
        self.zone = ZoneInfo(spec["timezone"])
        self.edges: dict[date, tuple[list[Span], list[Span]]] = {}

    def is_open(self, t: int) -> bool:
        day = datetime.fromtimestamp(t, self.zone).date()
        near = [self.of_day(day + ONE_DAY * step) for step in (-2, -1, 0, 1)]
        inside = any(opens <= t < closes for windows, _ in near for opens, closes in windows)
        return inside and not any(opens <= t < closes for _, breaks in near for opens, closes in breaks)

    def elapsed(self, a: int, b: int) -> int:
        return sum(upto - since for since, upto in self.steps(a) if since < b for upto in (min(upto, b),))

    def due(self, start: int, seconds: int) -> int:
        for since, upto in self.steps(start):
            if upto - since >= seconds:
                return since + seconds
            seconds -= upto - since
        raise AssertionError("the stretch is too short")

    def steps(self, start: int) -> Iterator[Span]:
        """The counted pieces from `start` on, none longer than a minute, for four weeks."""
        cuts = sorted({edge for pause in self.pauses for edge in pause})
        t, end = start, start + 28 * DAY
        while t < end:
            upto = min([t - t % MINUTE + MINUTE, *(cut for cut in cuts if cut > t)])
            if not any(since <= t < until for since, until in self.pauses) and self.is_open(t):
                yield t, upto
            t = upto

    def of_day(self, day: date) -> tuple[list[Span], list[Span]]:
        if day not in self.edges:
            iso = day.isoformat()
            weekly = self.spec["weekly"].get(DAYS[day.weekday()], [])
            off = iso in self.spec.get("holidays", ()) or iso[5:] in self.spec.get("holidays_yearly", ())
            windows = self.spec.get("overrides", {}).get(iso, [] if off else weekly)
            breaks = self.spec.get("breaks", {}).get(iso, [])
            self.edges[day] = self.located(day, windows), self.located(day, breaks)
        return self.edges[day]

    def located(self, day: date, windows: Sequence[Sequence[str]]) -> list[Span]:
        return [
            (self.instant(day, opens), self.instant(day if closes > opens else day + ONE_DAY, closes))
            for opens, closes in windows
        ]

    def instant(self, day: date, text: str) -> int:
        if text == "24:00":
            day, text = day + ONE_DAY, "00:00"
        # Through UTC, and with the earlier of two wall times.
        return int(datetime.combine(day, time.fromisoformat(text), self.zone).astimezone(UTC).timestamp())
