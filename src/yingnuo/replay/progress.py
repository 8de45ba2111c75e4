"""How far is it, how fast does it go, and how long will it take?"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

_WIDTH = 30


class Progress:
    """A line on a terminal that is redrawn twice a second; in a file one line every thirty seconds."""

    def __init__(self, total: int, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = max(1, total)
        self._out = out
        self._clock = clock
        self._began = self._told = clock()
        self._every = 0.5 if out.isatty() else 30.0

    def __call__(self, done: int) -> None:
        """So many commands are done."""
        now = self._clock()
        if now - self._told >= self._every or done >= self._total:
            self._told = now
            begin = "\r" if self._out.isatty() else ""
            end = "\n" if done >= self._total or not self._out.isatty() else ""
            self._out.write(f"{begin}{self.line(done, now)}{end}")
            self._out.flush()

    def line(self, done: int, now: float) -> str:
        """`[######......] 40 %  4,000 of 10,000 commands, 90 a second, 1 min 7 s left`."""
        share = min(1.0, done / self._total)
        rate = done / max(0.001, now - self._began)
        left = int((self._total - done) / rate) if rate else 0
        bar = "#" * int(share * _WIDTH)
        return (
            f"[{bar:.<{_WIDTH}}] {share:4.0%}  {done:,} of {self._total:,} commands, {rate:,.0f} a second, "
            f"{left // 60} min {left % 60} s left "
        )
