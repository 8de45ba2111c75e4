"""What time is it, and how do instants cross between the engine (seconds) and the rest (aware UTC)?"""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, UTC. The only reading of the clock in the product; read once at a door."""
    return datetime.now(UTC)


def seconds(at: datetime) -> int:
    """Whole epoch seconds of an aware instant, rounded down: the engine counts in whole seconds."""
    return int(at.timestamp() // 1)


def instant(at: int) -> datetime:
    """Aware UTC instant of epoch seconds."""
    return datetime.fromtimestamp(at, UTC)


def instant_or_none(at: int | None) -> datetime | None:
    """As `instant`, None stays None."""
    return None if at is None else datetime.fromtimestamp(at, UTC)
