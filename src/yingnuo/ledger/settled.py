"""Up to which row has everything arrived, for those who read the ledger from beginning to end?

Ids are drawn in one order and committed in another: whoever remembers the last id he saw would miss a row that is
committed after it with a smaller one. As with seals (see there) a row is settled when no transaction can bring a
smaller id any more; nobody is made to wait for it.
"""

from __future__ import annotations

from yingnuo.ledger import seals
from yingnuo.ledger.seals import EVENTS


class Settling:
    """A look at the ledger's end; one for each loop that reads along."""

    def __init__(self) -> None:
        self._drawn = 0
        self._awaited: set[str] = set()
        self._up_to = 0

    def look(self) -> int:
        """The id up to which every row is there or will never be; one or two small statements."""
        if self._awaited:
            self._awaited &= seals.holders([EVENTS])
        else:
            [self._drawn] = seals.drawn([EVENTS])
            self._awaited = seals.holders([EVENTS]) if self._drawn != self._up_to else set()
        if not self._awaited:
            self._up_to = self._drawn
        return self._up_to


def end() -> int:
    """The highest id drawn so far: rows of transactions that begin from now on have higher ones."""
    [highest] = seals.drawn([EVENTS])
    return highest
