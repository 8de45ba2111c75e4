"""By which time zone data does this process reckon, and have a zone's rules changed since a calendar was made?

Countries change their clocks at short notice. A calendar version keeps the name of the zone data it was made with and a
digest of what they said of its zone in the years that count, so that a change of rules elsewhere alarms nobody.
"""

from __future__ import annotations

import hashlib
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from itertools import groupby
from pathlib import Path

YEARS = 5  # from the one a version was made in; dues lie hardly further ahead
_HOUR = timedelta(hours=1)


@cache
def release() -> str:
    """The release of the zone data in use, such as "2025b"; "" when it does not tell."""
    for folder in zoneinfo.TZPATH:
        found = Path(folder) / "tzdata.zi"
        if found.is_file():
            with found.open(encoding="utf-8") as lines:
                return lines.readline().removeprefix("# version ").strip()[:20]
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except ModuleNotFoundError:
        return ""


@cache
def digest(zone: str, year: int) -> str:
    """What the data in use say of a zone's offset from UTC, hour by hour, in `YEARS` years from `year` on."""
    rules, start = zoneinfo.ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC)
    hours = int((start.replace(year=year + YEARS) - start) / _HOUR)
    offsets = ((start + n * _HOUR).astimezone(rules).utcoffset() for n in range(hours))
    lasting = [f"{sum(1 for _ in same)}×{offset}" for offset, same in groupby(offsets)]
    return hashlib.sha256("\n".join(lasting).encode()).hexdigest()[:16]
