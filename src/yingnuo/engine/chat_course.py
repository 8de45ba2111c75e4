"""Which way does a chat go, who speaks first in it, and how long will its visitor wait?

    bot ──person asked for, or unsure──▶ waiting ──accepted──▶ active ──ended──▶ ended
                                           ▲                     │
                                           └────transferred──────┘

A chat begins with the bot only where there is one; `who_answers` is asked before every answer of it. Seconds are whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SURE_ENOUGH = 0.75  # a bot that is less sure of its answer calls a person


class Stage(StrEnum):
    """Where a chat stands."""

    BOT = "bot"
    WAITING = "waiting"  # for a person to take it
    ACTIVE = "active"
    ENDED = "ended"


class Step(StrEnum):
    """What moves a chat on."""

    HANDED_OVER = "handed_over"  # from the bot to the people
    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    ENDED = "ended"


_MOVES = {
    (Stage.BOT, Step.HANDED_OVER): Stage.WAITING,
    (Stage.WAITING, Step.ACCEPTED): Stage.ACTIVE,
    (Stage.WAITING, Step.TRANSFERRED): Stage.WAITING,
    (Stage.ACTIVE, Step.TRANSFERRED): Stage.WAITING,
    (Stage.BOT, Step.ENDED): Stage.ENDED,
    (Stage.WAITING, Step.ENDED): Stage.ENDED,
    (Stage.ACTIVE, Step.ENDED): Stage.ENDED,
}


def moved(stage: Stage, step: Step) -> Stage | None:
    """The stage after this step; None where the step does not fit the stage (somebody was quicker)."""
    return _MOVES.get((stage, step))


class Speaker(StrEnum):
    """Who answers next."""

    BOT = "bot"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known before an answer of the bot.

    `sure` is its own estimate from 0 to 1, None when it has no answer. `delicate`: safety, refunds, complaints, which
    are always for a person. `wants_person`: the visitor asked for one.
    """

    sure: float | None = None
    wants_person: bool = False
    delicate: bool = False


def who_answers(bot: bool, draft: Draft) -> Speaker:
    """The bot only where there is one (`bot`), nobody asked for a person, nothing is delicate and it is sure enough."""
    if not bot or draft.wants_person or draft.delicate or draft.sure is None:
        return Speaker.PERSON
    return Speaker.BOT if draft.sure >= SURE_ENOUGH else Speaker.PERSON


def first_stage(speaker: Speaker) -> Stage:
    """Where a new chat begins."""
    return Stage.BOT if speaker is Speaker.BOT else Stage.WAITING


LEAST_MEASURED = 3  # fewer recent acceptances say nothing about the pace


def expected_wait(position: int, waits: Sequence[int]) -> int | None:
    """Seconds a visitor at `position` (1 is next) will probably wait, None where too little is measured.

    `waits` are the recent visitors' waits until a person took their chat. The median is what the next one waits; one
    further back waits that much longer for each before him, which is cautious where several people accept.
    """
    if position < 1 or len(waits) < LEAST_MEASURED:
        return None
    ordered = sorted(waits)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
    return max(0, median) * position
