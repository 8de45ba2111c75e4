"""What exactly was promised: which target, in which calendar, what stops it, what may pause it, who is warned when?

A promise keeps a copy of its `Terms`, so a later edit of the policy never moves what was already promised. Terms are
plain values: `to_spec` gives a JSON mapping of stable key order, `digest` its identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from yingnuo.engine.specs import duration, items, mapping, one_of, only, refusal, target, text, texts


class Milestone(StrEnum):
    """The moments of a ticket that the product knows by name; a policy may declare more (statutory limits)."""

    FIRST_RESPONSE = "first_response"
    HANDOFF = "handoff"
    NEXT_RESPONSE = "next_response"
    PROGRESS_UPDATE = "progress_update"
    RESOLUTION = "resolution"
    WORKAROUND = "workaround"
    ON_SITE_ARRIVAL = "on_site_arrival"
    CALLBACK = "callback"
    REFUND = "refund"
    PROMISED_DATE = "promised_date"


class When(StrEnum):
    """From what a step counts: back from the due moment, on from it, or from a step nobody acknowledged."""

    BEFORE = "before"
    AFTER = "after"
    UNACKNOWLEDGED = "unacknowledged"


AUDIENCES = frozenset(
    {"holder", "lead", "departments", "department_head", "up_the_line", "deputy", "on_duty", "team", "customer"}
)
AGREEMENTS = ("sla", "ola", "uc")
ANSWERERS = ("person", "bot", "any")
REOPENINGS = ("continue", "restart", "grace")
ANY_REASON = "*"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder: when it fires, whom it tells, by which ways, and by when it wants an acknowledgement.

    `seconds` is working time. A BEFORE step leads the due moment by `min(seconds, share * target)`; an AFTER step
    follows it by `seconds` (0: the due moment itself). An UNACKNOWLEDGED step fires when the acknowledgement that
    step `of` asked for did not come within that step's `ack_seconds` (plain seconds: people read messages at night).
    """

    code: str
    when: When
    seconds: int = 0
    share: float | None = None
    of: str = ""
    audience: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    ack_seconds: int = 0

    def lead(self, target_seconds: int) -> int:
        """Working seconds before the due moment at which a BEFORE step fires, for a promise of `target_seconds`."""
        return self.seconds if self.share is None else min(self.seconds, int(self.share * target_seconds))

    def to_spec(self) -> dict[str, Any]:
        """Plain mapping; keys at their defaults are left out."""
        spec: dict[str, Any] = {"step": self.code, self.when.value: self.of or self.seconds}
        if self.share is not None:
            spec["share"] = float(self.share)  # 1 and 1.0 are equal and must have one digest
        if self.audience:
            spec["to"] = list(self.audience)
        if self.ways:
            spec["by"] = list(self.ways)
        if self.ack_seconds:
            spec["ack"] = self.ack_seconds
        return spec

    @classmethod
    def from_spec(cls, spec: object, path: str = "step") -> Step:
        """Read one step; refuses with `BadSpec` naming the place."""
        given = mapping(spec, path)
        only(given, ("step", "before", "after", "unacknowledged", "share", "to", "by", "ack"), path)
        when = _when(given, path)
        seconds, of = _moment(given, when, path)
        return cls(
            code=_step_code(given, path),
            when=when,
            seconds=seconds,
            share=_share(given.get("share"), when, f"{path}.share"),
            of=of,
            audience=texts(given.get("to", ()), f"{path}.to"),
            ways=texts(given.get("by", ()), f"{path}.by"),
            ack_seconds=duration(given.get("ack", 0), f"{path}.ack"),
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one promise, copied from a policy version when it is given. `target_seconds` is working time.

    `calendar` is the key of a calendar *version* ("office@3"). `pauses` lists the reasons for which this clock may
    stand still; ("*",) is any reason, () is never. `answered_by` says whose answer is a qualified response.
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

    def __post_init__(self) -> None:
        if self.target_seconds <= 0:
            raise refusal("target", "zero_target", given=self.target_seconds)
        if self.on_reopen == "grace" and self.grace_seconds <= 0:
            raise refusal("grace", "grace_needs_seconds", given=self.grace_seconds)

    def may_pause(self, reason: str) -> bool:
        """Whether this clock stands still for `reason`. A date promised to the customer is never moved by a pause."""
        if self.milestone == Milestone.PROMISED_DATE:
            return False
        return reason in self.pauses or ANY_REASON in self.pauses

    def answered_by_a(self, speaker: str) -> bool:
        """Whether an answer of `speaker` ("person" or "bot") is a qualified response under these terms."""
        return self.answered_by in ("any", speaker)

    def step(self, code: str) -> Step | None:
        """The ladder step of that code, or None."""
        return next((step for step in self.ladder if step.code == code), None)

    def to_spec(self) -> dict[str, Any]:
        """Plain JSON mapping, always with every key, in this order."""
        return {
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
        )

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON of `to_spec`: equal terms, equal digest, on every machine."""
        return _digest(self)


_KEYS = (
    "milestone", "agreement", "target", "calendar", "pauses", "answered_by", "on_reopen", "grace", "ladder", "policy",
    "rule", "guide",
)  # fmt: skip


@lru_cache(maxsize=4096)
def _digest(terms: Terms) -> str:
    plain = json.dumps(terms.to_spec(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def ladder(spec: object, path: str = "ladder") -> tuple[Step, ...]:
    """Read a list of steps; refuses a step code used twice and "due", which is the name of the due moment itself."""
    steps = tuple(Step.from_spec(item, f"{path}[{n}]") for n, item in enumerate(items(spec, path)))
    seen: set[str] = set()
    for n, step in enumerate(steps):
        if step.code in seen:
            raise refusal(f"{path}[{n}].step", "used_twice", given=step.code)
        seen.add(step.code)
    return steps


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


def _moment(given: Mapping[str, Any], when: When, path: str) -> tuple[int, str]:
    place = f"{path}.{when.value}"
    if when is When.UNACKNOWLEDGED:
        return 0, text(given[when.value], place)
    seconds = duration(given[when.value], place)
    if when is When.BEFORE and seconds == 0:
        raise refusal(place, "lead_of_zero", given=given[when.value])
    return seconds, ""


def _share(value: object, when: When, path: str) -> float | None:
    if value is None:
        return None
    if when is not When.BEFORE:
        raise refusal(path, "share_needs_before", given=value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise refusal(path, "not_a_share", given=value, expected="0 < share <= 1")
    return float(value)
