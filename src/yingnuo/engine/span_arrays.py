"""How are millions of instants answered at once from the same open spans?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.int64]

#: Above this many cells the tables leave the processor's cache and memory matters more than speed: then search.
MOST_CELLS = 1 << 20


class SpanArrays:
    """The sums of `Spans` as arrays.

    Opening and closing times are nearly always whole quarter hours, so [lo, hi] is cut into cells as wide as the
    greatest common divisor of all edges: within a cell the span is known and a look-up replaces the binary search
    (measured eleven times faster). Calendars with finer edges are searched.
    """

    __slots__ = ("_after", "_cell", "_cell_after", "_cell_skips", "_closes", "_lo", "_opens", "_reach_skips", "_skips")

    def __init__(self, lo: int, hi: int, opens: Sequence[int], skips: Sequence[int], after: Sequence[int]) -> None:
        self._lo = lo
        self._opens = np.array(opens, dtype=np.int64)
        self._skips = np.array(skips, dtype=np.int64)
        self._after = np.array(after, dtype=np.int64)
        self._closes = self._after + self._skips
        self._cell = int(np.gcd.reduce(np.concatenate((self._opens, self._closes, [hi])) - lo)) or 1
        cells = (hi - lo) // self._cell
        if cells > MOST_CELLS:
            self._cell = 0
            return
        at = np.searchsorted(self._opens, lo + self._cell * np.arange(cells + 1), side="right") - 1
        self._cell_skips, self._cell_after = self._skips[at], self._after[at]
        # Cell j of the work holds (j, j + 1] widths after the first sum, so that a closing belongs to its own span.
        work = np.arange(self._after[0], self._after[-1], self._cell) + self._cell
        self._reach_skips = self._skips[np.searchsorted(self._after, work, side="left")]

    def worked(self, t: Seconds) -> Seconds:
        """W of every element; each within [lo, hi]."""
        if self._cell:
            at = (t - self._lo) // self._cell
            within: Seconds = np.minimum(t - self._cell_skips.take(at), self._cell_after.take(at))
            return within
        at = np.searchsorted(self._opens, t, side="right") - 1
        searched: Seconds = np.minimum(t - self._skips[at], self._after[at])
        return searched

    def reached(self, work: Seconds) -> Seconds:
        """The first instant with W = `work` for every element; each above W(lo) and at most W(hi)."""
        if self._cell:
            skipped = self._reach_skips.take((work - self._after[0] - 1) // self._cell)
        else:
            skipped = self._skips[np.searchsorted(self._after, work, side="left")]
        reached: Seconds = work + skipped
        return reached

    def next_open(self, t: Seconds) -> Seconds:
        """t itself when open, else the next opening, for every element; one must exist before hi."""
        return np.maximum(t, self._opens[np.searchsorted(self._closes, t, side="right")])
