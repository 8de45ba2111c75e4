"""Who is to take this ticket, and why not the others?

First, who may: present, on shift, below capacity, with every skill and the language asked for. Then, by the team's
strategy, who suits best; ties go to the smallest share of capacity in use, then to the longest time without a new
ticket, and at last to the id, so that the same question always has the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What spoke against a candidate (the first five bar him) or for him."""

    AWAY = "away"
    OFF_SHIFT = "off_shift"
    AT_CAPACITY = "at_capacity"
    MISSING_SKILL = "missing_skill"
    LANGUAGE = "language"
    LOAD = "load"
    PREFERRED_SKILL = "preferred_skill"
    KNOWS_CUSTOMER = "knows_customer"
    LEVEL = "level"
    LONGEST_WITHOUT = "longest_without"


class Strategy(StrEnum):
    """How a team picks among those who may."""

    LEAST_LOADED = "least_loaded"
    ROUND_ROBIN = "round_robin"
    SKILL_FIRST = "skill_first"
    STICKY = "sticky"
    MANUAL = "manual"


#: What one preferred skill, and knowing the customer, weigh against load (a full load weighs 1).
PREFERRED_WEIGHT = 0.1
KNOWS_CUSTOMER_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who might take a ticket. `load` counts open tickets; `last_assigned` is epoch seconds, 0 for never.

    `levels` are pairs of a skill and how well he has it (1 to 5); a skill without one counts as 1.
    """

    id: str
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    present: bool = True
    on_shift: bool = True
    load: int = 0
    capacity: int = 1
    last_assigned: int = 0
    levels: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """What a ticket needs: all `skills`, the `language` ("" for any); `preferred` skills and `known_by` only help."""

    skills: frozenset[str] = frozenset()
    language: str = ""
    preferred: frozenset[str] = frozenset()
    known_by: str = ""


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: a code and what it is about (a skill, a language, "load/capacity")."""

    why: Why
    what: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate's place. `score` is None for who may not take it; else higher is better, at most about 1."""

    id: str
    score: float | None
    reasons: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """`chosen` is who takes it, or None; `scored` lists all, best first, those who may not at the end.

    `best` is the first who may: with the manual strategy he is suggested and nobody is chosen.
    """

    chosen: str | None
    scored: tuple[Scored, ...]
    best: str | None = None


def rank(need: Need, candidates: Iterable[Candidate], strategy: Strategy = Strategy.LEAST_LOADED) -> Ranking:
    """Rank the candidates for one ticket; nobody is chosen where nobody may."""
    judged = [(one, _judge(need, one, strategy)) for one in candidates]
    judged.sort(key=lambda pair: _order(need, strategy, *pair))
    best = next((scored.id for _, scored in judged if scored.score is not None), None)
    chosen = None if strategy is Strategy.MANUAL else best
    return Ranking(chosen, tuple(scored for _, scored in judged), best)


_Order = tuple[bool, float, float, int, str]


def _order(need: Need, strategy: Strategy, one: Candidate, scored: Scored) -> _Order:
    first: dict[Strategy, float] = {
        Strategy.ROUND_ROBIN: one.last_assigned,
        Strategy.SKILL_FIRST: -level(need, one),
        Strategy.STICKY: need.known_by != one.id,
    }
    return scored.score is None, first.get(strategy, 0), -(scored.score or 0.0), one.last_assigned, one.id


def level(need: Need, one: Candidate) -> int:
    """How well somebody has the skills that are needed or preferred: the sum of his levels in them."""
    known = dict(one.levels)
    return sum(known.get(skill, 1) for skill in (need.skills | need.preferred) & one.skills)


def _judge(need: Need, one: Candidate, strategy: Strategy) -> Scored:
    bars = tuple(_bars(need, one))
    if bars:
        return Scored(one.id, None, bars)
    scored = _score(need, one)
    if strategy is Strategy.ROUND_ROBIN:
        return Scored(one.id, scored.score, (Because(Why.LONGEST_WITHOUT, str(one.last_assigned)), *scored.reasons))
    if strategy is Strategy.SKILL_FIRST and level(need, one):
        return Scored(one.id, scored.score, (Because(Why.LEVEL, str(level(need, one))), *scored.reasons))
    return scored


def _score(need: Need, one: Candidate) -> Scored:
    wanted = sorted(need.preferred & one.skills)
    score = 1 - one.load / one.capacity + PREFERRED_WEIGHT * len(wanted)
    reasons = [Because(Why.LOAD, f"{one.load}/{one.capacity}")]
    reasons += [Because(Why.PREFERRED_SKILL, skill) for skill in wanted]
    if need.known_by == one.id:
        score += KNOWS_CUSTOMER_WEIGHT
        reasons.append(Because(Why.KNOWS_CUSTOMER))
    return Scored(one.id, round(score, 6), tuple(reasons))


def _bars(need: Need, one: Candidate) -> Iterator[Because]:
    if not one.present:
        yield Because(Why.AWAY)
    if not one.on_shift:
        yield Because(Why.OFF_SHIFT)
    if one.load >= one.capacity:
        yield Because(Why.AT_CAPACITY, f"{one.load}/{one.capacity}")
    for skill in sorted(need.skills - one.skills):
        yield Because(Why.MISSING_SKILL, skill)
    if need.language and not _speaks(one.languages, need.language):
        yield Because(Why.LANGUAGE, need.language)


def _speaks(languages: Iterable[str], wanted: str) -> bool:
    """A plain language ("zh") serves its variants ("zh-Hant") and the other way round; variants not each other."""
    asked = wanted.casefold()
    spoken = {language.casefold() for language in languages}
    return bool(spoken & {asked, _plain(asked)}) or asked in {_plain(language) for language in spoken}


def _plain(language: str) -> str:
    return language.partition("-")[0]
