"""Which terms does this ticket get for that milestone, by which rule, and why not by the rules before it?

A policy is an ordered list of rules. For each milestone by itself, the first rule whose condition holds *and* which
names the milestone decides; `null` there means that nothing is promised, and ends the search.

    code: default
    agreement: sla
    milestones: [statutory_reply]            besides those of `Milestone`; with a course of their own: see milestones.py
    ladders:
      standard: [{step: warn, before: 30m, share: 0.5, to: [holder, lead], by: [in_app, mail], ack: 10m}]
    pause_sets:
      customer: [waiting_customer, appointment]
    rules:
      - code: urgent-phone
        when: {urgency: urgent, channel: phone}
        promises:
          first_response: {target: 5m, calendar: always, ladder: standard, pauses: customer, guide: urgent_first}
          resolution: null

`pauses` names a pause set, lists reasons, or is "*" for any listed reason; without it the clock never pauses. A
duration is a number of seconds or "90s", "15m", "2h", "1d" (86,400 seconds of the calendar, not a working day); a
target may also be "2wd": two working days, by closing time. `checklist` names what an answer must tell; with
`qualifies: checklist` no answer meets the promise before all of it is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from yingnuo.engine import conditions, milestones
from yingnuo.engine import ladder as ladders
from yingnuo.engine.conditions import Condition, Reason
from yingnuo.engine.ladder import Finding
from yingnuo.engine.milestones import COURSES, KEYS, Course, Declared
from yingnuo.engine.specs import duration, items, mapping, one_of, only, refusal, text, texts
from yingnuo.engine.terms import AGREEMENTS, ANSWERERS, ANY_REASON, AUDIENCES, QUALIFYING, REOPENINGS, Step, Terms
from yingnuo.engine.terms import ladder as read_ladder

Value = TypeVar("Value")
Resolve = Callable[[str], str]
Ladders = Mapping[str, tuple[Step, ...]]
PauseSets = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a policy may look at in a ticket. Empty text and 0 mean "not known"; `team_tier` 1 is the front line."""

    kind: str = ""
    urgency: str = ""
    channel: str = ""
    tier: str = ""
    product_line: str = ""
    region: str = ""
    team: str = ""
    team_tier: int = 0
    tags: tuple[str, ...] = ()

    def as_mapping(self) -> dict[str, object]:
        """The facts by name, as conditions read them."""
        return {name: getattr(self, name) for name in FACTS}


FACTS = tuple(Facts.__dataclass_fields__)
#: What a trigger's condition may look at: the ticket's facts, and why and by whom the event came about.
EVENT_FACTS = (*FACTS, "reason", "speaker")


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that names the milestone and was passed over, with what stood in its way."""

    rule: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its condition and, by milestone, the terms it gives (None: explicitly no promise)."""

    code: str
    when: Condition
    promises: Mapping[str, Terms | None]


@dataclass(frozen=True, slots=True)
class Match:
    """What a policy says about one milestone. `rule` is "" when no rule named it; `terms` is None for no promise."""

    milestone: str
    terms: Terms | None
    rule: str
    facts: Facts
    passed_over: tuple[Rule, ...]

    @property
    def tried(self) -> tuple[Tried, ...]:
        """The rules before the one that decided, in order, each with its reasons; worked out when asked."""
        known = self.facts.as_mapping()
        return tuple(Tried(rule.code, rule.when.why_not(known)) for rule in self.passed_over)


def _as_written(calendar: str) -> str:
    return calendar


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy; `from_spec` makes it. `naming` lists, by milestone, the rules that name it, in order.

    `milestones` and `deeds` (code: title) are those it declares itself.
    """

    code: str
    version: int
    agreement: str
    ladders: Ladders
    pause_sets: PauseSets
    rules: tuple[Rule, ...]
    naming: Mapping[str, tuple[Rule, ...]]
    milestones: tuple[Declared, ...] = ()
    deeds: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Code and version, as promises keep it: "default@3"."""
        return f"{self.code}@{self.version}"

    @classmethod
    def from_spec(cls, spec: object, version: int = 1) -> Policy:
        """Read a policy; `BadSpec` names the place (`rules[3].when.channel`), what was given, what would be right."""
        return _read(spec, version)

    def match(self, facts: Facts, milestone: str, resolve: Resolve = _as_written) -> Match:
        """What is promised about one milestone. `resolve` gives the version key of a calendar code ("always@2")."""
        known = facts.as_mapping()
        naming = self.naming.get(milestone, ())
        for n, rule in enumerate(naming):
            if rule.when.matches(known):
                return _match(milestone, rule, facts, naming[:n], resolve)
        return Match(milestone, None, "", facts, naming)

    def match_all(self, facts: Facts, resolve: Resolve = _as_written) -> dict[str, Match]:
        """`match` for every milestone that some rule names, asking each condition once."""
        known = facts.as_mapping()
        holding: dict[int, bool] = {}
        found: dict[str, Match] = {}
        for milestone, naming in self.naming.items():
            for n, rule in enumerate(naming):
                key = id(rule)
                if key not in holding:
                    holding[key] = rule.when.matches(known)
                if holding[key]:
                    found[milestone] = _match(milestone, rule, facts, naming[:n], resolve)
                    break
            else:
                found[milestone] = Match(milestone, None, "", facts, naming)
        return found

    def lint(self, audiences: Collection[str] = AUDIENCES) -> tuple[Finding, ...]:
        """What is allowed and probably not meant: promises never reached, pointless warnings, sets nobody uses.

        Unreachable is judged where an earlier rule covers a later one by plain equality and lists; other conditions
        are never reported.
        """
        return (*_lint_ladders(self, audiences), *_lint_reach(self))


def _match(milestone: str, rule: Rule, facts: Facts, passed_over: tuple[Rule, ...], resolve: Resolve) -> Match:
    terms = rule.promises[milestone]
    if terms is not None and (calendar := resolve(terms.calendar)) != terms.calendar:
        terms = replace(terms, calendar=calendar)
    return Match(milestone, terms, rule.code, facts, passed_over)


# Reading

_POLICY_KEYS = ("code", "agreement", "title", "milestones", "deeds", "ladders", "pause_sets", "rules")
_RULE_KEYS = ("code", "title", "when", "promises")
_PROMISE_KEYS = (
    "target", "calendar", "ladder", "pauses", "answered_by", "on_reopen", "grace", "guide", "agreement", "checklist",
    "qualifies", *KEYS,
)  # fmt: skip
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the rules of one policy may refer to."""

    key: str
    agreement: str
    courses: Mapping[str, Course]
    deeds: Mapping[str, str]
    ladders: Ladders
    pause_sets: PauseSets


def _read(spec: object, version: int) -> Policy:
    given = mapping(spec, "")
    only(given, _POLICY_KEYS, "")
    code = _code(given.get("code"), "code")
    deeds = _deeds(given.get("deeds", ()), "deeds")
    own = milestones.declared(given.get("milestones", ()), "milestones", deeds, EVENT_FACTS)
    reading = _Reading(
        key=f"{code}@{version}",
        agreement=one_of(given.get("agreement", "sla"), AGREEMENTS, "agreement"),
        courses={**COURSES, **{one.code: one.course for one in own}},
        deeds=deeds,
        ladders=_sets(given.get("ladders", {}), "ladders", read_ladder),
        pause_sets=_sets(given.get("pause_sets", {}), "pause_sets", texts),
    )
    rules = tuple(_rule(item, f"rules[{n}]", reading) for n, item in enumerate(items(given.get("rules"), "rules")))
    _refuse_twins(rules)
    return Policy(
        code, version, reading.agreement, reading.ladders, reading.pause_sets, rules, _naming(rules), own, deeds
    )


def _deeds(spec: object, path: str) -> dict[str, str]:
    """Events that people record, besides those the product knows."""
    found: dict[str, str] = {}
    for n, item in enumerate(items(spec, path)):
        given = mapping(item, f"{path}[{n}]")
        only(given, ("code", "title"), f"{path}[{n}]")
        code = _code(given.get("code"), f"{path}[{n}].code")
        if code in found or code in {*milestones.Event}:
            raise refusal(f"{path}[{n}].code", "used_twice", given=code)
        found[code] = str(given.get("title") or code)
    return found


def _code(value: object, path: str) -> str:
    code = text(value, path)
    if not _CODE.fullmatch(code):
        raise refusal(path, "not_a_code", given=code, expected="letters, digits, _ . -")
    return code


def _sets(spec: object, path: str, read: Callable[[object, str], Value]) -> dict[str, Value]:
    return {name: read(value, f"{path}.{name}") for name, value in mapping(spec, path).items()}


def _refuse_twins(rules: tuple[Rule, ...]) -> None:
    seen: set[str] = set()
    for n, rule in enumerate(rules):
        if rule.code in seen:
            raise refusal(f"rules[{n}].code", "used_twice", given=rule.code)
        seen.add(rule.code)


def _naming(rules: tuple[Rule, ...]) -> dict[str, tuple[Rule, ...]]:
    named = dict.fromkeys(milestone for rule in rules for milestone in rule.promises)
    return {milestone: tuple(rule for rule in rules if milestone in rule.promises) for milestone in named}


def _rule(spec: object, path: str, reading: _Reading) -> Rule:
    given = mapping(spec, path)
    only(given, _RULE_KEYS, path)
    code = _code(given.get("code"), f"{path}.code")
    promises: dict[str, Terms | None] = {}
    for milestone, promise in mapping(given.get("promises"), f"{path}.promises").items():
        place = f"{path}.promises.{milestone}"
        one_of(milestone, reading.courses, place)
        promises[milestone] = None if promise is None else _terms(promise, milestone, code, place, reading)
    if not promises:
        raise refusal(f"{path}.promises", "no_promise", given="{}", expected=list(reading.courses))
    return Rule(code, conditions.parse(given.get("when"), f"{path}.when", FACTS), promises)


def _terms(spec: object, milestone: str, rule: str, path: str, reading: _Reading) -> Terms:
    given = mapping(spec, path)
    only(given, _PROMISE_KEYS, path)
    on_reopen = one_of(given.get("on_reopen", "continue"), REOPENINGS, f"{path}.on_reopen")
    return Terms(
        milestone=milestone,
        agreement=one_of(given.get("agreement", reading.agreement), AGREEMENTS, f"{path}.agreement"),
        **Terms.sized(given.get("target"), f"{path}.target"),
        calendar=text(given.get("calendar"), f"{path}.calendar"),
        pauses=_pauses(given.get("pauses", ()), f"{path}.pauses", reading.pause_sets),
        answered_by=one_of(given.get("answered_by", "person"), ANSWERERS, f"{path}.answered_by"),
        on_reopen=on_reopen,
        grace_seconds=_grace(given.get("grace", 0), on_reopen, f"{path}.grace"),
        ladder=_ladder(given.get("ladder", ()), f"{path}.ladder", reading.ladders),
        policy=reading.key,
        rule=rule,
        guide=str(given.get("guide", "")),
        checklist=texts(given.get("checklist", ()), f"{path}.checklist"),
        qualifies=_qualifies(given, path),
        course=_course(given, milestone, path, reading),
    )


def _qualifies(given: Mapping[str, object], path: str) -> str:
    value = one_of(given.get("qualifies", "answer"), QUALIFYING, f"{path}.qualifies")
    if value == "checklist" and not given.get("checklist"):
        raise refusal(f"{path}.checklist", "empty_list", given="")
    return value


def _course(given: Mapping[str, object], milestone: str, path: str, reading: _Reading) -> Course | None:
    """The course that this rule writes or its milestone was declared with; None for the usual one of a known one."""
    usual = reading.courses[milestone]
    parts = {key: value for key, value in given.items() if key in KEYS}
    if parts:
        return milestones.course(parts, path, usual, deeds=reading.deeds, facts=EVENT_FACTS)
    return None if usual == milestones.usual(milestone) else usual


def _grace(value: object, on_reopen: str, path: str) -> int:
    seconds = duration(value, path)
    if (on_reopen == "grace") != (seconds > 0):
        raise refusal(path, "grace_needs_seconds", given=value, expected="grace above 0 exactly where on_reopen: grace")
    return seconds


def _pauses(value: object, path: str, sets: PauseSets) -> tuple[str, ...]:
    if not isinstance(value, str):
        return texts(value, path)
    if value == ANY_REASON:
        return (ANY_REASON,)
    return sets[one_of(value, sets, path)]


def _ladder(value: object, path: str, known: Ladders) -> tuple[Step, ...]:
    if isinstance(value, str):
        return known[one_of(value, known, path)]
    return read_ladder(value, path)


# Lint


def _lint_ladders(policy: Policy, audiences: Collection[str]) -> list[Finding]:
    found: list[Finding] = []
    used: set[tuple[Step, ...]] = set()
    for name, steps in policy.ladders.items():
        found += ladders.lint(steps, path=f"ladders.{name}", audiences=audiences)
    for n, rule in enumerate(policy.rules):
        for milestone, terms in rule.promises.items():
            if terms is None:
                continue
            used.add(terms.ladder)
            place = f"rules[{n}].promises.{milestone}.ladder"
            known = terms.ladder in policy.ladders.values()
            said = ladders.lint(terms.ladder, terms.target_seconds, place, audiences=audiences)
            found += [one for one in said if not known or one.code == "lead_not_shorter_than_target"]
    found += [Finding("ladder_unused", f"ladders.{name}", name) for name, s in policy.ladders.items() if s not in used]
    return found


def _lint_reach(policy: Policy) -> list[Finding]:
    """Promises that an earlier rule takes for every ticket that could reach them."""
    found: list[Finding] = []
    for n, rule in enumerate(policy.rules):
        taken = {milestone: _taker(policy, rule, milestone) for milestone in rule.promises}
        if all(taken.values()):
            found.append(Finding("rule_never_reached", f"rules[{n}]", rule.code, next(iter(taken.values()))))
            continue
        found += [
            Finding("promise_never_reached", f"rules[{n}].promises.{milestone}", rule.code, by)
            for milestone, by in taken.items()
            if by
        ]
    return found


def _taker(policy: Policy, rule: Rule, milestone: str) -> str:
    """Code of the first earlier rule that decides the milestone whenever `rule` could; "" if there is none."""
    for earlier in policy.naming[milestone]:
        if earlier is rule:
            break
        if earlier.when.covers(rule.when):
            return earlier.code
    return ""
