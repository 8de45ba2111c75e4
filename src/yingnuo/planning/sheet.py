"""What did a run of the lab find, as plain values that can be stored and shown?

The first column is what was; each further one a standard laid over the same events, beside it what a queue model says
about people and shifts. Names are codes: words for them are found when they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from yingnuo.engine.lab import Verdict
from yingnuo.engine.lab_figures import Case, Line

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Split:
    """The lines of one dimension of `lab_figures.DIMENSIONS`, the most promises first."""

    dimension: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """What the queue model says about one team's first answers under one standard.

    `people` and `shift` are today's, `people_then` and `shift_then` those asked for. `recorded` is the share kept in
    fact, `modelled` that of the model with what was promised and today's people: their difference is the gap. `today`
    is the share under this standard with today's people, `then` with those asked for. `waited_was` and `waited_then`
    are mean seconds until work begins. `needed` people in `shift_then` reach the wanted share; None: no number does.
    """

    team: str
    answers: int
    handling: int
    people: int
    shift: str
    people_then: int
    shift_then: str
    recorded: float
    modelled: float
    today: float
    then: float
    waited_was: int
    waited_then: int
    needed: int | None
    cost_was: float
    cost_then: float
    cost_needed: float | None

    @property
    def gap(self) -> float:
        """How much more the model keeps today than was kept."""
        return self.modelled - self.recorded


@dataclass(frozen=True, slots=True)
class Column:
    """One standard. `unjudged` are milestones it promises and the events say nothing about; `left_out` counts teams

    with too few answers for a queue; `folded` the promises that were folded one by one.
    """

    name: str
    total: Line
    splits: tuple[Split, ...]
    cases: tuple[Case, ...]
    unjudged: tuple[str, ...]
    folded: int
    teams: tuple[TeamPlan, ...]
    left_out: int

    def split(self, dimension: str) -> tuple[Line, ...]:
        """The lines of a dimension."""
        return next((s.lines for s in self.splits if s.dimension == dimension), ())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole run. Instants are epoch seconds; `hourly` and `penalty` are money in whatever currency was meant."""

    source: str
    kind: str  # log | database
    tickets: int
    promises: int
    begun: int
    until: int
    zone: str
    wanted: float
    hourly: float
    penalty: float
    columns: tuple[Column, ...]

    def as_mapping(self) -> dict[str, object]:
        """Plain JSON; `read` reads it back."""
        return asdict(self)


def read(given: Mapping[str, object]) -> Sheet:
    """The sheet that `as_mapping` wrote; TypeError or KeyError where it is no such thing."""
    return _read(Sheet, given)


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _read(cls: type[T], given: Mapping[str, object]) -> T:
    hints = _hints(cast("Any", cls))
    names = [f.name for f in fields(cast("Any", cls))]
    return cls(**{name: _value(hints[name], given[name]) for name in names})


def _value(hint: Any, given: object) -> Any:
    if isinstance(hint, UnionType):
        return None if given is None else _value(next(a for a in get_args(hint) if a is not type(None)), given)
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], one) for one in cast("list[object]", given))
    if is_dataclass(hint):
        return _read(cast("type", hint), cast("Mapping[str, object]", given))
    return Verdict(cast("int", given)) if hint is Verdict else given
