"""At which instants do the steps of a ladder fall, for a given due moment?

Leads and delays are working time of the promise's calendar: "30 minutes before" a due moment of Monday 09:10 is Friday
17:40 in an office that closes at 18:00.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.terms import AUDIENCES, WAYS, Step, Terms, When

_BEFORE, _UNACKNOWLEDGED = When.BEFORE, When.UNACKNOWLEDGED  # an attribute of an Enum is a function call in Python 3.11


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a specification that is allowed and probably not meant: a code, its place, and what it names."""

    code: str
    path: str
    subject: str = ""
    other: str = ""


def moment(
    step: Step,
    due: int,
    target_seconds: int,
    calendar: Calendar,
    *,
    pauses: Sequence[tuple[int, int]] = (),
    ack_due: Mapping[str, int] | None = None,
) -> int | None:
    """The instant (epoch seconds) of one step for the due moment `due`; None for what waits for nobody.

    `pauses` are stretches after the due moment in which the clock stood still; they put AFTER steps off. `ack_due`
    tells until when the acknowledgement of a fired step is awaited.
    """
    if step.when is _UNACKNOWLEDGED:
        return (ack_due or {}).get(step.of)
    if step.when is _BEFORE:
        return calendar.back(due, step.lead(target_seconds))
    delay = step.delay(target_seconds)
    return calendar.due(due, delay, pauses) if delay else due


def moments(terms: Terms, due: int, calendar: Calendar) -> tuple[tuple[Step, int], ...]:
    """Every BEFORE and AFTER step with its instant, in order of time; for a preview of a ladder."""
    dated = [(step, moment(step, due, terms.target_seconds, calendar)) for step in terms.ladder]
    return tuple(sorted(((step, at) for step, at in dated if at is not None), key=lambda pair: pair[1]))


def ack_due(step: Step, fired_at: int) -> int | None:
    """Until when the acknowledgement of a step fired at `fired_at` is awaited; None where none is asked for."""
    return fired_at + step.ack_seconds if step.ack_seconds else None


def lint(
    ladder: Sequence[Step],
    target_seconds: int | None = None,
    path: str = "ladder",
    *,
    audiences: Collection[str] = AUDIENCES,
) -> tuple[Finding, ...]:
    """What is wrong or pointless in a ladder; with `target_seconds`, also warnings that lead the whole limit."""
    by_code = {step.code: step for step in ladder}
    found: list[Finding] = []
    for n, step in enumerate(ladder):
        place = f"{path}[{n}]"
        found += _lint_audience(step, place, audiences)
        found += _lint_acknowledgement(step, place, by_code)
        if target_seconds is not None and _leads_all(step, target_seconds):
            found.append(Finding("lead_not_shorter_than_target", f"{place}.before", step.code, str(target_seconds)))
    return tuple(found)


def _leads_all(step: Step, target_seconds: int) -> bool:
    return step.when is When.BEFORE and step.lead(target_seconds) >= target_seconds


def _lint_audience(step: Step, path: str, audiences: Collection[str]) -> Iterator[Finding]:
    if not step.audience:
        yield Finding("nobody_told", f"{path}.to", step.code)
    for role in step.audience:
        if role not in audiences:
            yield Finding("unknown_audience", f"{path}.to", step.code, role)
    for way in step.ways:
        if way not in WAYS:
            yield Finding("unknown_way", f"{path}.by", step.code, way)


def _lint_acknowledgement(step: Step, path: str, by_code: Mapping[str, Step]) -> Iterator[Finding]:
    if step.when is not When.UNACKNOWLEDGED:
        return
    awaited = by_code.get(step.of)
    if awaited is None:
        yield Finding("unknown_step", f"{path}.unacknowledged", step.code, step.of)
    elif not awaited.ack_seconds:
        yield Finding("no_acknowledgement_asked", f"{path}.unacknowledged", step.code, step.of)
