"""What does a rule of automation say: when it looks at a ticket, and what it does then?

    when: {event: opened}                                 something happens
    when: {after: 24h, since: answered, calendar: office}  time passes; without a calendar round the clock
    then: {urgency: urgent, add_tags: [safety], team: technicians, note: "{customer}: call back", notify: [lead]}

Each kind of action comes once and they are done in the order of `ORDER`, whatever the order in which they are written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from yingnuo.engine.specs import duration, mapping, one_of, only, refusal, text, texts

EVENTS = (
    "opened", "customer_wrote", "answered", "noted", "assigned", "urgency_changed", "kind_changed", "tags_changed",
    "waiting", "resumed", "resolved", "closed", "reopened", "urged", "rated", "promise_warned", "promise_broken",
    "promise_kept", "approval_asked", "approval_granted", "approval_declined",
)  # fmt: skip
SINCE = ("opened", "customer_wrote", "answered", "waiting", "resolved")
AUDIENCE = ("holder", "lead", "team", "on_duty", "department_head", "up_the_line", "deputy")
STATUSES = ("resolve", "close", "reopen", "wait")
ORDER = (
    "kind", "urgency", "product_line", "fields", "add_tags", "remove_tags", "team", "agent", "note", "send", "approval",
    "status",
    "snooze", "notify", "people",
)  # fmt: skip
VARIABLES = ("customer", "number", "subject", "agent", "team")
LONGEST_S = 365 * 86_400
DEEPEST = 5  # how many rules may set each other off
OWN = "field."  # before the code of a custom field, as in {field.serial}
_VARIABLE = re.compile(r"\{(\w+(?:\.[\w-]+)?)\}")


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a rule looks: at an `event`, or `seconds` after a moment (`since`) in the time of a `calendar`."""

    event: str = ""
    since: str = ""
    seconds: int = 0
    calendar: str = ""

    def to_spec(self) -> dict[str, Any]:
        """The mapping it is written as."""
        if self.event:
            return {"event": self.event}
        spec: dict[str, Any] = {"after": written_span(self.seconds), "since": self.since}
        return spec | ({"calendar": self.calendar} if self.calendar else {})


def read_trigger(spec: object, path: str = "when") -> Trigger:
    """Reads `when`; BadSpec names the place."""
    given = mapping(spec, path)
    only(given, ("event", "after", "since", "calendar"), path)
    if "event" in given:
        only(given, ("event",), path)
        return Trigger(event=one_of(given["event"], EVENTS, f"{path}.event"))
    if "after" not in given:
        raise refusal(path, "say_one_of", given=dict(given), expected="event, or after and since")
    seconds = duration(given["after"], f"{path}.after")
    if not 60 <= seconds <= LONGEST_S:
        raise refusal(f"{path}.after", "out_of_range", given=given["after"], expected="1m to 365d")
    calendar = text(given["calendar"], f"{path}.calendar") if given.get("calendar") else ""
    return Trigger("", one_of(given.get("since"), SINCE, f"{path}.since"), seconds, calendar)


def written_span(seconds: int) -> str:
    """A duration as it is written: 5400 → "1h30m"."""
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


@dataclass(frozen=True, slots=True)
class Actions:
    """What is done, by kind; "" and () mean not at all.

    `snooze` in seconds, `agent` and `people` are user names, `approval` is the code of a template.
    """

    kind: str = ""
    urgency: str = ""
    product_line: str = ""
    fields: tuple[tuple[str, object], ...] = ()
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    team: str = ""
    agent: str = ""
    note: str = ""
    send: str = ""
    approval: str = ""
    status: str = ""
    snooze: int = 0
    notify: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def chosen(self) -> tuple[tuple[str, Any], ...]:
        """The kinds that are done, in their order, each with its value."""
        return tuple((name, value) for name in ORDER if (value := getattr(self, name)))

    def to_spec(self) -> dict[str, Any]:
        """The mapping it is written as."""
        spec = {name: list(v) if isinstance(v, tuple) else v for name, v in self.chosen()}
        own = {code: list(v) if isinstance(v, tuple) else v for code, v in self.fields}
        spec |= {"fields": own} if self.fields else {}
        return spec | ({"snooze": written_span(self.snooze)} if self.snooze else {})


@dataclass(frozen=True, slots=True)
class Known:
    """The codes that actions may name."""

    kinds: Collection[str]
    urgencies: Collection[str]
    lines: Collection[str]
    teams: Collection[str]
    people: Collection[str]
    fields: Collection[str] = ()


_LISTS, _LONG = ("add_tags", "remove_tags", "notify", "people"), ("note", "send")
_MOST_TEXT, _MOST_TAG = 5_000, 40


def read_actions(spec: object, known: Known | None = None, path: str = "then") -> Actions:
    """Reads `then`; BadSpec names the place. Without `known` codes are taken as they are."""
    given = mapping(spec, path)
    only(given, ORDER, path)
    if not given:
        raise refusal(path, "say_one_of", given="{}", expected=list(ORDER))
    read = {name: _action(name, value, f"{path}.{name}", known) for name, value in given.items()}
    actions = Actions(**read)
    if actions.agent and not actions.team:
        raise refusal(f"{path}.agent", "agent_without_team", given=actions.agent, expected="team beside it")
    return actions


def _action(name: str, value: object, path: str, known: Known | None) -> Any:
    if name == "snooze":
        seconds = duration(value, path)
        if not 60 <= seconds <= LONGEST_S:
            raise refusal(path, "out_of_range", given=value, expected="1m to 365d")
        return seconds
    if name == "fields":
        return _filled(value, path, known)
    if name in _LISTS:
        return tuple(_word(name, one, f"{path}[{n}]", known) for n, one in enumerate(texts(value, path)))
    return _said(text(value, path), path) if name in _LONG else _word(name, value, path, known)


def _filled(value: object, path: str, known: Known | None) -> tuple[tuple[str, object], ...]:
    """Custom fields with what they get; null empties one. What fits into which is for their own rules to say."""
    given = mapping(value, path)
    if known is not None:
        only(given, tuple(known.fields), path)
    for code, one in given.items():
        plain = one is None or isinstance(one, str | int | float)
        if not plain and not (isinstance(one, list) and all(isinstance(part, str) for part in one)):
            raise refusal(f"{path}.{code}", "unknown_word", given=str(one)[:60], expected="a text, a number or a list")
    return tuple((code, tuple(one) if isinstance(one, list) else one) for code, one in given.items())


def _word(name: str, value: object, path: str, known: Known | None) -> str:
    word = text(value, path)
    allowed = {"status": STATUSES, "notify": AUDIENCE} | (_codes(known) if known else {})
    if name in allowed:
        return one_of(word, allowed[name], path)
    if len(word) > _MOST_TAG:
        raise refusal(path, "too_long", given=word[:60], expected=f"at most {_MOST_TAG} signs")
    return word


def _codes(known: Known) -> dict[str, Collection[str]]:
    return {
        "kind": known.kinds, "urgency": known.urgencies, "product_line": known.lines, "team": known.teams,
        "agent": known.people, "people": known.people,
    }  # fmt: skip


def _said(words: str, path: str) -> str:
    if len(words) > _MOST_TEXT:
        raise refusal(path, "too_long", given=words[:60], expected=f"at most {_MOST_TEXT} signs")
    for variable in _VARIABLE.findall(words):
        if variable not in VARIABLES and not variable.startswith(OWN):
            raise refusal(path, "unknown_word", given=variable, expected=list(VARIABLES))
    return words


def fill(words: str, values: Mapping[str, str]) -> str:
    """The text with its variables; one without a value is left empty."""
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), words)


def why_held(rule: int, chain: Collection[int], *, today: int, most: int) -> str:
    """Why a rule does not act though it was set off: `own_change`, `too_deep`, `often`; "" when it may.

    `chain` are the rules that led to this change, `today` how often it acted on this ticket within a day.
    """
    if rule in chain:
        return "own_change"
    if len(chain) >= DEEPEST:
        return "too_deep"
    return "often" if today >= most else ""
