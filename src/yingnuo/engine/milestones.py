"""Which happenings of a ticket start, stop, pause and reset the clock of a milestone?

A milestone's `Course` is a table of triggers: an event, and where need be a condition on the ticket's facts. The
courses of the milestones that the product knows stand in `COURSES`; a standard may write another one for a rule, or
declare milestones (statutory limits) and deeds of its own:

    milestones:
      - {code: inspection_report, title: 检测报告, start: [unit_received], stop: [report_sent], cancel: [closed]}
    deeds:
      - {code: unit_received, title: 已收到寄修件}
      - {code: report_sent, title: 检测报告已发出}
    rules:
      - code: urgent
        promises:
          on_site_arrival: {target: 4h, calendar: always, start: [visit_agreed], pause: [{event: changed, when: …}]}

Rules. `start` begins a promise where the ticket owes none of this milestone already (`per: ticket`), or one for each
message (`per: message`) or holder (`per: holder`); while a promise of the milestone `after` is owed, none begins.
`stop` meets it, `cancel` ends it without a verdict, `reset` counts anew, `pause` and `resume` stand it still and let it
run besides the reasons to wait that its terms list. An event that no trigger names leaves the clock alone: a refund
stays owed when the ticket is resolved. `closed` is a closing without a solution; one after a solution is no event.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

from yingnuo.engine import conditions
from yingnuo.engine.conditions import Condition
from yingnuo.engine.specs import items, mapping, one_of, only, refusal, text


class Milestone(StrEnum):
    """The moments of a ticket that the product knows by name; a policy may declare more (statutory limits)."""

    FIRST_RESPONSE = "first_response"
    SPEED_OF_ANSWER = "speed_of_answer"
    HANDOFF = "handoff"
    HOLDING = "holding"
    NEXT_RESPONSE = "next_response"
    PROGRESS_UPDATE = "progress_update"
    ON_SITE_ARRIVAL = "on_site_arrival"
    WORKAROUND = "workaround"
    RESOLUTION = "resolution"
    CALLBACK = "callback"
    REFUND = "refund"
    PROMISED_DATE = "promised_date"
    REQUESTER_WAIT = "requester_wait"
    AGENT_WORK = "agent_work"
    TASK = "task"


class Event(StrEnum):
    """What can happen to a ticket; the second group is recorded by people, telephones and other programs."""

    OPENED = "opened"
    CUSTOMER_WROTE = "customer_wrote"
    ANSWERED = "answered"
    CONTINUES = "continues"
    NO_REPLY_NEEDED = "no_reply_needed"
    TAKEN = "taken"
    LEFT = "left"
    HANDED_OFF = "handed_off"
    REASSIGNED = "reassigned"
    WAITING = "waiting"
    RESUMED = "resumed"
    CHANGED = "changed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"

    CALL_WAITING = "call_waiting"
    CALL_ANSWERED = "call_answered"
    CALL_ABANDONED = "call_abandoned"
    CALLBACK_ASKED = "callback_asked"
    CALLED_BACK = "called_back"
    WORKAROUND_GIVEN = "workaround_given"
    VISIT_AGREED = "visit_agreed"
    ARRIVED = "arrived"
    REFUND_AGREED = "refund_agreed"
    REFUNDED = "refunded"
    DATE_PROMISED = "date_promised"
    DATE_MET = "date_met"


#: What is not the journey's own doing: somebody records that it was so.
DEEDS = tuple(list(Event)[list(Event).index(Event.CALL_WAITING) :])
LONGEST = 20  # letters of a milestone's code
PER = ("ticket", "message", "holder")


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event and, as canonical JSON, the condition that the ticket's facts must satisfy then ("": none)."""

    event: str
    when: str = ""

    def fires(self, event: str, facts: Mapping[str, object]) -> bool:
        """Whether this event, with the ticket as it is, is the one meant."""
        return event == self.event and (not self.when or _condition(self.when).matches(facts))

    def to_spec(self) -> str | dict[str, Any]:
        """The event alone, or {event, when}."""
        return {"event": self.event, "when": json.loads(self.when)} if self.when else self.event


@lru_cache(maxsize=1024)
def _condition(when: str) -> Condition:
    return conditions.parse(json.loads(when), "when")


Triggers = tuple[Trigger, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a milestone; rules in the head of this file.

    `after` names a milestone that must not be owed any more when this one starts. `reopens` tells whether it is owed
    again when the ticket is opened again.
    """

    start: Triggers = ()
    stop: Triggers = ()
    cancel: Triggers = ()
    reset: Triggers = ()
    pause: Triggers = ()
    resume: Triggers = ()
    per: str = "ticket"
    after: str = ""
    reopens: bool = False

    def named(self, part: str, event: str, facts: Mapping[str, object]) -> bool:
        """Whether a trigger of `part` ("start", "stop" …) fires at this event."""
        return any(trigger.fires(event, facts) for trigger in getattr(self, part))

    def to_spec(self) -> dict[str, Any]:
        """Plain mapping; parts at their defaults are left out."""
        spec: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if value != f.default:
                spec[f.name] = [t.to_spec() for t in value] if f.name in PARTS else value
        return spec


PARTS = ("start", "stop", "cancel", "reset", "pause", "resume")
KEYS = (*PARTS, "per", "after", "reopens")
#: Own milestones end with their ticket unless they say otherwise.
_OWN = Course(cancel=(Trigger("resolved"), Trigger("closed")))


def _on(*events: Event) -> Triggers:
    return tuple(Trigger(event.value) for event in events)


_E = Event
_AT_REST = _on(_E.RESOLVED, _E.CLOSED)
COURSES: Mapping[str, Course] = {
    Milestone.FIRST_RESPONSE.value: Course(start=_on(_E.OPENED), stop=_on(_E.ANSWERED), cancel=_AT_REST),
    Milestone.SPEED_OF_ANSWER.value: Course(
        start=_on(_E.CALL_WAITING), stop=_on(_E.CALL_ANSWERED), cancel=_on(_E.CALL_ABANDONED, _E.RESOLVED, _E.CLOSED)
    ),
    Milestone.HANDOFF.value: Course(
        start=_on(_E.OPENED, _E.REASSIGNED), stop=_on(_E.HANDED_OFF, _E.RESOLVED), cancel=_on(_E.REASSIGNED, _E.CLOSED)
    ),
    Milestone.HOLDING.value: Course(
        start=_on(_E.TAKEN, _E.REOPENED), stop=_on(_E.LEFT, _E.RESOLVED), cancel=_on(_E.CLOSED), per="holder"
    ),
    Milestone.NEXT_RESPONSE.value: Course(
        start=_on(_E.CUSTOMER_WROTE), stop=_on(_E.ANSWERED), cancel=_on(_E.NO_REPLY_NEEDED, _E.RESOLVED, _E.CLOSED),
        per="message", after=Milestone.FIRST_RESPONSE.value,
    ),
    Milestone.PROGRESS_UPDATE.value: Course(start=_on(_E.CONTINUES), stop=_on(_E.ANSWERED), cancel=_AT_REST),
    Milestone.ON_SITE_ARRIVAL.value: Course(start=_on(_E.OPENED), stop=_on(_E.ARRIVED), cancel=_AT_REST),
    Milestone.WORKAROUND.value: Course(
        start=_on(_E.OPENED), stop=_on(_E.WORKAROUND_GIVEN, _E.RESOLVED), cancel=_on(_E.CLOSED)
    ),
    Milestone.RESOLUTION.value: Course(
        start=_on(_E.OPENED), stop=_on(_E.RESOLVED), cancel=_on(_E.CLOSED), reopens=True
    ),
    Milestone.CALLBACK.value: Course(
        start=_on(_E.CALLBACK_ASKED), stop=_on(_E.CALLED_BACK, _E.ANSWERED), cancel=_AT_REST
    ),
    Milestone.REFUND.value: Course(start=_on(_E.REFUND_AGREED), stop=_on(_E.REFUNDED), cancel=_on(_E.CLOSED)),
    Milestone.PROMISED_DATE.value: Course(
        start=_on(_E.DATE_PROMISED), stop=_on(_E.DATE_MET, _E.RESOLVED), cancel=_on(_E.CLOSED), reopens=True
    ),
    Milestone.REQUESTER_WAIT.value: Course(
        start=_on(_E.OPENED), stop=_on(_E.RESOLVED), cancel=_on(_E.CLOSED), reopens=True
    ),
    Milestone.AGENT_WORK.value: Course(
        start=_on(_E.OPENED), stop=_on(_E.RESOLVED), cancel=_on(_E.CLOSED), reopens=True
    ),
    Milestone.TASK.value: Course(),  # nothing of the ticket's moves it: the task itself begins and ends it
}  # fmt: skip


def usual(milestone: str) -> Course:
    """The course of a milestone whose terms write none: the product's own, or that of an undeclared one."""
    return COURSES.get(milestone, _OWN)


@dataclass(frozen=True, slots=True)
class Declared:
    """A milestone that a standard declares itself."""

    code: str
    title: str
    course: Course


def declared(
    spec: object, path: str, deeds: Collection[str] = (), facts: Collection[str] | None = None
) -> tuple[Declared, ...]:
    """Read `milestones:` of a standard: names alone, or mappings with a course. BadSpec names the place."""
    found: list[Declared] = []
    for n, item in enumerate(items(spec, path)):
        place = f"{path}[{n}]"
        if isinstance(item, str):
            found.append(Declared(text(item, place), "", _OWN))
            continue
        given = mapping(item, place)
        only(given, ("code", "title", *KEYS), place)
        code = text(given.get("code"), f"{place}.code")
        if len(code) > LONGEST:
            raise refusal(f"{place}.code", "too_long", given=code, expected=f"{LONGEST} letters at most")
        if code in COURSES:
            raise refusal(f"{place}.code", "known_milestone", given=code)
        parts = {key: value for key, value in given.items() if key in KEYS}
        found.append(Declared(code, str(given.get("title", "")), course(parts, place, _OWN, deeds=deeds, facts=facts)))
    codes = [one.code for one in found]
    for n, code in enumerate(codes):
        if code in codes[:n]:
            raise refusal(f"{path}[{n}]", "used_twice", given=code)
    return tuple(found)


def course(
    spec: Mapping[str, Any], path: str, base: Course, *, deeds: Collection[str] = (),
    facts: Collection[str] | None = None,
) -> Course:  # fmt: skip
    """The course `base` with the parts that `spec` writes in their place; the keys are those of `KEYS`.

    `deeds` are the events known besides `Event` ("*" among them: any), `facts` the names a condition may look at.
    """
    events = {*map(str, Event), *deeds}
    parts: dict[str, Any] = {f.name: getattr(base, f.name) for f in fields(base)}
    for key, value in spec.items():
        place = f"{path}.{key}" if path else key
        if key in PARTS:
            parts[key] = _triggers(value, place, events, facts)
        elif key == "per":
            parts[key] = one_of(value, PER, place)
        elif key == "after":
            parts[key] = str(value)
        else:
            parts[key] = bool(value)
    return Course(**parts)


def _triggers(spec: object, path: str, events: Collection[str], facts: Collection[str] | None) -> Triggers:
    listed = [spec] if isinstance(spec, str | Mapping) else items(spec, path)
    return tuple(_trigger(item, f"{path}[{n}]", events, facts) for n, item in enumerate(listed))


def _trigger(spec: object, path: str, events: Collection[str], facts: Collection[str] | None) -> Trigger:
    if isinstance(spec, str):
        return Trigger(_event(spec, path, events))
    given = mapping(spec, path)
    only(given, ("event", "when"), path)
    asked = conditions.parse(given.get("when"), f"{path}.when", facts).to_spec()
    when = json.dumps(asked, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if asked else ""
    return Trigger(_event(given.get("event"), f"{path}.event", events), when)


def _event(value: object, path: str, events: Collection[str]) -> str:
    if "*" in events:
        return text(value, path)
    if value not in events:
        raise refusal(path, "unknown_event", given=value, expected=sorted(events))
    return str(value)
