"""How often may one token ask?

A sliding window in the memory of each web process, estimated from two counters: what was counted in this minute, plus
the part of the last minute's count that the window still covers. It costs no query, so a flood does not reach the
database. With n web processes a token may therefore ask up to n times as often.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

PER_MINUTE = 6_000


@dataclass(slots=True)
class _Count:
    since: float
    now: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """What is left to a caller: `left` of `most` requests, for about `seconds` more."""

    most: int
    left: int
    seconds: int


class Window:
    """At most `most` requests in any minute (or `seconds`) for each key."""

    def __init__(self, most: int = PER_MINUTE, *, seconds: float = 60.0) -> None:
        self.most, self.seconds = most, seconds
        self._counts: dict[int, _Count] = {}
        self._lock = threading.Lock()

    def wait(self, key: int, at: float) -> int:
        """0 when the request at epoch second `at` may pass (and is counted); else whole seconds until one may."""
        with self._lock:
            count = self._counts.setdefault(key, _Count(at))
            self._roll(count, at)
            gone = (at - count.since) / self.seconds
            if count.before * (1 - gone) + count.now < self.most:
                count.now += 1
                return 0
            return max(1, math.ceil(self._until_free(count, gone)))

    def room(self, key: int, at: float) -> Room:
        """What the key has left at epoch second `at`; nothing is counted."""
        with self._lock:
            count = self._counts.setdefault(key, _Count(at))
            self._roll(count, at)
            gone = (at - count.since) / self.seconds
            left = self.most - count.now - math.ceil(count.before * (1 - gone))
            return Room(self.most, max(0, left), max(1, math.ceil((1 - gone) * self.seconds)))

    def forget(self) -> None:
        """Every key begins anew."""
        with self._lock:
            self._counts.clear()

    def _until_free(self, count: _Count, gone: float) -> float:
        """Seconds until the last minute's share has shrunk enough, or until this minute is over."""
        room = self.most - count.now
        if room <= 0 or not count.before:
            return (1 - gone) * self.seconds
        return (1 - room / count.before - gone) * self.seconds

    def _roll(self, count: _Count, at: float) -> None:
        passed = int((at - count.since) // self.seconds)
        if passed >= 1:
            count.before = count.now if passed == 1 else 0
            count.since += passed * self.seconds
            count.now = 0


window = Window()
