"""What exactly was promised: which target, in which calendar, what stops it, what may pause it, who is warned when?

A promise keeps a copy of its `Terms`, so a later edit of the policy never moves what was already promised. Terms are
plain values: `to_spec` gives a JSON mapping of stable key order, `digest` its identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from yingnuo.engine import milestones
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.milestones import Course, Milestone
from yingnuo.engine.specs import (
    SHARE,
    duration,
    items,
    mapping,
    one_of,
    only,
    percent,
    refusal,
    target,
    text,
    texts,
    working_days,
)  # fmt: skip


class When(StrEnum):
    """From what a step counts: back from the due moment, on from it, or from a step nobody acknowledged."""

    BEFORE = "before"
    AFTER = "after"
    UNACKNOWLEDGED = "unacknowledged"


AUDIENCES = frozenset(
    {"holder", "lead", "departments", "department_head", "up_the_line", "deputy", "on_duty", "team", "customer"}
)
#: By which ways a step may tell people: in the desk, by mail, SMS or browser, or over what the company has connected.
WAYS = frozenset({"in_app", "mail", "sms", "push", "wecom", "dingtalk", "feishu", "webhook"})
AGREEMENTS = ("sla", "ola", "uc")
ANSWERERS = ("person", "bot", "any")
REOPENINGS = ("continue", "restart", "grace")
ANY_REASON = "*"
QUALIFYING = ("answer", "checklist")
#: What a working day counts where something must be sized before a start is known; never what a promise is judged by.
NOMINAL_DAY = 28_800
_MOST_TIMES = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder: when it fires, whom it tells, by which ways, and by when it wants an acknowledgement.

    `seconds` is working time. A BEFORE step leads the due moment by `min(seconds, share * target)`, by the share alone
    where `seconds` is 0 ("25%"); an AFTER step follows it by `seconds`, or by a share of the target ("50%"; neither is
    the due moment itself). An UNACKNOWLEDGED step fires when the acknowledgement that step `of` asked for did not come
    within that step's `ack_seconds` (plain seconds: people read messages at night). `quiet` tells what becomes of mail
    and SMS in a reader's quiet hours: "hold" keeps them until those are over, "through" wakes him.

    Written with `repeat: 2h, times: 3`, an AFTER step is three steps: `code`, `code.2` two hours after it, `code.3`.
    """

    code: str
    when: When
    seconds: int = 0
    share: float | None = None
    of: str = ""
    audience: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    ack_seconds: int = 0
    quiet: str = "hold"

    def lead(self, target_seconds: int) -> int:
        """Working seconds before the due moment at which a BEFORE step fires, for a promise of `target_seconds`."""
        if self.share is None:
            return self.seconds
        share = int(self.share * target_seconds)
        return min(self.seconds, share) if self.seconds else max(1, share)

    def delay(self, target_seconds: int) -> int:
        """Working seconds after the due moment at which an AFTER step fires, for a promise of `target_seconds`."""
        return self.seconds if self.share is None else int(self.share * target_seconds)

    @property
    def at_due(self) -> bool:
        """Whether an AFTER step falls on the due moment itself."""
        return self.seconds == 0 and self.share is None

    def to_spec(self) -> dict[str, Any]:
        """Plain mapping; keys at their defaults are left out."""
        alone = self.share is not None and self.seconds == 0
        moment = f"{self.share * 100:.10g}%" if alone and self.share is not None else self.of or self.seconds
        spec: dict[str, Any] = {"step": self.code, self.when.value: moment}
        if self.share is not None and not alone:
            spec["share"] = float(self.share)  # 1 and 1.0 are equal and must have one digest
        if self.audience:
            spec["to"] = list(self.audience)
        if self.ways:
            spec["by"] = list(self.ways)
        if self.ack_seconds:
            spec["ack"] = self.ack_seconds
        if self.quiet != "hold":
            spec["quiet"] = self.quiet
        return spec

    @classmethod
    def from_spec(cls, spec: object, path: str = "step") -> Step:
        """Read one step; refuses with `BadSpec` naming the place."""
        given = mapping(spec, path)
        only(given, _STEP_KEYS, path)
        when = _when(given, path)
        seconds, share, of = _moment(given, when, path)
        return cls(
            code=_step_code(given, path),
            when=when,
            seconds=seconds,
            share=_share(given["share"], when, f"{path}.share") if given.get("share") is not None else share,
            of=of,
            audience=texts(given.get("to", ()), f"{path}.to"),
            ways=texts(given.get("by", ()), f"{path}.by"),
            ack_seconds=duration(given.get("ack", 0), f"{path}.ack"),
            quiet=one_of(given.get("quiet", "hold"), ("hold", "through"), f"{path}.quiet"),
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one promise, copied from a policy version when it is given. `target_seconds` is working time.

    With `target_days` the target is that many working days, by closing time; `target_seconds` is then only nominal, and
    what counts is what `target_from` finds for the start. `calendar` is the key of a calendar *version* ("office@3").
    `pauses` lists the reasons for which this clock may stand still; ("*",) is any reason, () is never.

    `answered_by` says whose answer is a qualified response, `qualifies` whether any answer is one or only one with
    which all of the `checklist` (contact made, first cause …) is told. `course` is None for the milestone's usual one.
    """

    milestone: str
    agreement: str
    target_seconds: int
    calendar: str
    pauses: tuple[str, ...] = ()
    answered_by: str = "person"
    on_reopen: str = "continue"
    grace_seconds: int = 0
    ladder: tuple[Step, ...] = ()
    policy: str = ""
    rule: str = ""
    guide: str = ""
    target_days: int = 0
    checklist: tuple[str, ...] = ()
    qualifies: str = "answer"
    course: Course | None = None

    def __post_init__(self) -> None:
        if self.target_seconds <= 0:
            raise refusal("target", "zero_target", given=self.target_seconds)
        if self.on_reopen == "grace" and self.grace_seconds <= 0:
            raise refusal("grace", "grace_needs_seconds", given=self.grace_seconds)

    @classmethod
    def sized(cls, value: object, path: str) -> dict[str, int]:
        """`target_seconds` and `target_days` of a target as it is written: "4h", or "2wd" for two working days."""
        days = working_days(value, path)
        return {"target_seconds": days * NOMINAL_DAY, "target_days": days} if days else {
            "target_seconds": target(value, path)
        }  # fmt: skip

    def may_pause(self, reason: str) -> bool:
        """Whether this clock stands still for `reason`. A date promised to the customer is never moved by a pause."""
        if self.milestone == Milestone.PROMISED_DATE:
            return False
        return reason in self.pauses or ANY_REASON in self.pauses or any(reason == t.event for t in self.runs.pause)

    def answered_by_a(self, speaker: str) -> bool:
        """Whether an answer of `speaker` ("person" or "bot") is a qualified response under these terms."""
        return self.answered_by in ("any", speaker)

    def target_from(self, start: int, calendar: Calendar) -> int:
        """The working seconds promised from `start` on; working days reach to the closing of the last of them."""
        if not self.target_days:
            return self.target_seconds
        return calendar.elapsed(start, calendar.due_days(start, self.target_days, end_of_day=True))

    @property
    def runs(self) -> Course:
        """What starts, stops, pauses and resets this clock."""
        return self.course or milestones.usual(self.milestone)

    def step(self, code: str) -> Step | None:
        """The ladder step of that code, or None."""
        return next((step for step in self.ladder if step.code == code), None)

    def to_spec(self) -> dict[str, Any]:
        """Plain JSON mapping in this order; what later versions of the product added only where it is set.

        So the digest of terms that were given before stays what it was.
        """
        spec: dict[str, Any] = {
            "milestone": str(self.milestone),
            "agreement": self.agreement,
            "target": self.target_seconds,
            "calendar": self.calendar,
            "pauses": list(self.pauses),
            "answered_by": self.answered_by,
            "on_reopen": self.on_reopen,
            "grace": self.grace_seconds,
            "ladder": [step.to_spec() for step in self.ladder],
            "policy": self.policy,
            "rule": self.rule,
            "guide": self.guide,
        }
        if self.target_days:
            spec["days"] = self.target_days
        if self.checklist:
            spec["checklist"] = list(self.checklist)
        if self.qualifies != "answer":
            spec["qualifies"] = self.qualifies
        if self.course is not None:
            spec["course"] = self.course.to_spec()
        return spec

    @classmethod
    def from_spec(cls, spec: object, path: str = "terms") -> Terms:
        """Read terms back from `to_spec`; refuses unknown keys, a zero target and words outside the lists."""
        given = mapping(spec, path)
        only(given, _KEYS, path)
        return cls(
            milestone=text(given.get("milestone"), f"{path}.milestone"),
            agreement=one_of(given.get("agreement", "sla"), AGREEMENTS, f"{path}.agreement"),
            target_seconds=target(given.get("target"), f"{path}.target"),
            calendar=text(given.get("calendar"), f"{path}.calendar"),
            pauses=texts(given.get("pauses", ()), f"{path}.pauses"),
            answered_by=one_of(given.get("answered_by", "person"), ANSWERERS, f"{path}.answered_by"),
            on_reopen=one_of(given.get("on_reopen", "continue"), REOPENINGS, f"{path}.on_reopen"),
            grace_seconds=duration(given.get("grace", 0), f"{path}.grace"),
            ladder=ladder(given.get("ladder", ()), f"{path}.ladder"),
            policy=str(given.get("policy", "")),
            rule=str(given.get("rule", "")),
            guide=str(given.get("guide", "")),
            target_days=int(given.get("days", 0)),
            checklist=texts(given.get("checklist", ()), f"{path}.checklist"),
            qualifies=one_of(given.get("qualifies", "answer"), QUALIFYING, f"{path}.qualifies"),
            course=_course(given.get("course"), f"{path}.course"),
        )

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON of `to_spec`: equal terms, equal digest, on every machine."""
        return _digest(self)


_KEYS = (
    "milestone", "agreement", "target", "calendar", "pauses", "answered_by", "on_reopen", "grace", "ladder", "policy",
    "rule", "guide", "days", "checklist", "qualifies", "course",
)  # fmt: skip
_STEP_KEYS = ("step", "before", "after", "unacknowledged", "share", "to", "by", "ack", "quiet")


def _course(spec: object, path: str) -> Course | None:
    return None if spec is None else milestones.course(mapping(spec, path), path, Course(), deeds=("*",))


@lru_cache(maxsize=4096)
def _digest(terms: Terms) -> str:
    plain = json.dumps(terms.to_spec(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def ladder(spec: object, path: str = "ladder") -> tuple[Step, ...]:
    """Read a list of steps; refuses a step code used twice and "due", which is the name of the due moment itself."""
    steps: list[Step] = []
    seen: set[str] = set()
    for n, item in enumerate(items(spec, path)):
        for step in _repeated(item, f"{path}[{n}]"):
            if step.code in seen:
                raise refusal(f"{path}[{n}].step", "used_twice", given=step.code)
            seen.add(step.code)
            steps.append(step)
    return tuple(steps)


def first_code(code: str) -> str:
    """The code a step was written under: "broken" for its repetition "broken.2"."""
    base, _dot, number = code.rpartition(".")
    return base if base and number.isdigit() else code


def _repeated(item: object, path: str) -> list[Step]:
    """One written step as it fires: `repeat` and `times` make it several."""
    given = dict(mapping(item, path))
    every, times = given.pop("repeat", None), given.pop("times", 1)
    first = Step.from_spec(given, path)
    if every is None and times == 1:
        return [first]
    if first.when is not When.AFTER:
        raise refusal(f"{path}.repeat", "repeat_needs_after", given=every)
    apart = target(every, f"{path}.repeat")
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
        raise refusal(f"{path}.times", "not_a_number_of_times", given=times, expected=f"1 to {_MOST_TIMES}")
    if first.share is not None:
        raise refusal(f"{path}.repeat", "repeat_needs_time", given=f"{first.share:.0%}")
    later = [
        replace(first, code=f"{first.code}.{n}", seconds=first.seconds + (n - 1) * apart) for n in range(2, times + 1)
    ]
    return [first, *later]


def _step_code(given: Mapping[str, Any], path: str) -> str:
    code = text(given.get("step"), f"{path}.step")
    if code == "due":
        raise refusal(f"{path}.step", "reserved_word", given=code)
    return code


def _when(given: Mapping[str, Any], path: str) -> When:
    named = [when for when in When if when.value in given]
    if len(named) != 1:
        raise refusal(path, "say_one_of", expected=[when.value for when in When], given=[str(when) for when in named])
    return named[0]


def _moment(given: Mapping[str, Any], when: When, path: str) -> tuple[int, float | None, str]:
    """Working seconds, share of the target and awaited step of one step."""
    place, written = f"{path}.{when.value}", given[when.value]
    if when is When.UNACKNOWLEDGED:
        return 0, None, text(written, place)
    if isinstance(written, str) and SHARE.fullmatch(written.strip()):
        return 0, percent(written, place, most=100 if when is When.BEFORE else 1_000), ""
    seconds = duration(written, place)
    if when is When.BEFORE and seconds == 0:
        raise refusal(place, "lead_of_zero", given=written)
    return seconds, None, ""


def _share(value: object, when: When, path: str) -> float:
    if when is not When.BEFORE:
        raise refusal(path, "share_needs_before", given=value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise refusal(path, "not_a_share", given=value, expected="0 < share <= 1")
    return float(value)
