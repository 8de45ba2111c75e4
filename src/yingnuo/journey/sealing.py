"""Which tables does the chain hold, and how does a work process close its blocks?"""

from __future__ import annotations

from yingnuo.kit import instants
from yingnuo.ledger.seals import EVENTS, Sealer
from yingnuo.promises.sealed import MARKS, TERMS

TABLES = (EVENTS, MARKS, TERMS)
EVERY_S = 10.0  # a row is sealed so long after its commit, at the latest when all that began before it have ended
_SOON_S = 0.5


class Round:
    """The work process's way to seal: `step` says how long to wait until the next one."""

    def __init__(self) -> None:
        self._sealer = Sealer(TABLES)

    def step(self) -> float:
        """Closes what has settled; not at all to wait while blocks are full, soon again while somebody still writes."""
        if self._sealer.step(now=instants.now()):
            return 0.0
        return _SOON_S if self._sealer.waits else EVERY_S
