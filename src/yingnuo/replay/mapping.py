"""What do the columns and words of another system's log mean?

A mapping is a YAML file; `docs/howto/replay.md` explains every key, and the files in `mappings/` are worked examples.
Reading is strict: an unknown key, a word that means nothing here or a missing column name is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import yaml

from yingnuo.engine.errors import BadSpec
from yingnuo.engine.milestones import Milestone
from yingnuo.engine.specs import mapping, one_of, only, refusal, text, texts
from yingnuo.engine.urgency import Urgency
from yingnuo.replay.errors import ReplayError

KINDS = (
    "enquiry", "presales", "fault", "complaint", "return", "repair", "installation", "maintenance", "suggestion",
    "regulator",
)  # fmt: skip
CHANNELS = ("portal", "mail", "phone", "chat", "api", "app", "social", "iot", "import")
REASONS = ("waiting_customer", "waiting_parts", "waiting_supplier", "appointment", "force_majeure")
RESTS = ("resolved", "closed")
ORDERS = ("grouped", "any")
#: What a log of states can tell; whoever's log tells more names more.
MILESTONES = (Milestone.FIRST_RESPONSE.value, Milestone.HANDOFF.value, Milestone.RESOLUTION.value)
_JUDGED = (*MILESTONES, Milestone.PROGRESS_UPDATE.value)
_SHIPPED = resources.files("yingnuo.replay").joinpath("mappings")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Columns:
    """The log's column names; "" where it has no such column."""

    id: str
    at: str
    state: str
    priority: str = ""
    group: str = ""
    assignee: str = ""
    channel: str = ""
    category: str = ""
    caller: str = ""
    opened: str = ""
    resolved: str = ""
    flag: str = ""

    def named(self) -> dict[str, str]:
        """Field of this class -> column of the log, without those it lacks."""
        return {f.name: name for f in fields(self) if (name := getattr(self, f.name))}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state of the log is here: new, open, waiting (for `reason`), resolved, closed, or "same" (no change)."""

    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The log's words -> ours. A word that is not listed is `otherwise`; without that the row is a bad one."""

    values: AnyMapping[str, str]
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class Response:
    """What counts as the first response, whichever comes first."""

    leaves: frozenset[str]  # the state is none of these any more
    assigned: bool  # somebody's name stands in the assignee column
    at_opening: frozenset[str]  # channel words of matters that a person wrote down while talking to the customer


@dataclass(frozen=True, slots=True)
class Log:
    """The form of the file. `zone` and `format` read its times; `order` says whether a ticket's rows stand together."""

    delimiter: str
    encoding: str
    zone: str
    format: str
    order: str
    empty: frozenset[str]


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """Time zone and public holidays ("" for none, None to leave them) put into the calendars of the default pack."""

    zone: str | None
    holidays: str | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file."""

    name: str
    title: str
    log: Log
    columns: Columns
    states: AnyMapping[str, Meaning]
    priority: Words
    channel: Words
    category: Words
    front: frozenset[str]  # groups of the front line; a ticket of any other group is with a specialist
    teams: AnyMapping[str, str]  # group -> team code, where the code made from the group's name will not do
    response: Response
    answers: frozenset[str]  # states whose beginning is a word to the customer
    reopen: frozenset[str]  # rests that a return to work reopens; others are stayed in
    milestones: tuple[str, ...]
    service: ServiceTime

    def team(self, group: str) -> str:
        """The team code of a group; "" for no group."""
        return self.teams.get(group) or (f"group-{_slug(group)}" if group else "")

    def tier(self, group: str) -> int:
        """1 for the front line, 2 for specialists; all are 1 where no front line is named."""
        return 2 if group and self.front and group not in self.front else 1


def _slug(group: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")
    if plain == group and len(plain) <= 30:
        return plain
    return f"{plain[:20]}-{sum(ord(c) * 31**n for n, c in enumerate(group)) % 16**8:08x}".strip("-")


def shipped() -> list[str]:
    """Names of the mappings that come with the product."""
    return sorted(f.name.removesuffix(".yaml") for f in _SHIPPED.iterdir() if f.name.endswith(".yaml"))


def load(name: str) -> Mapping:
    """The mapping in this file, or the shipped one of this name; ReplayError says what is wrong and where."""
    path = Path(name)
    if name in shipped():
        content = _SHIPPED.joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    elif path.is_file():
        content = path.read_text(encoding="utf-8")
    else:
        raise ReplayError(f"mapping {name!r}: no such file, and the shipped ones are: {', '.join(shipped())}")
    return parse(content, name)


def parse(content: str, name: str) -> Mapping:
    """Read the text of a mapping file; `name` is only said in messages and reports."""
    try:
        return _read(yaml.safe_load(content), path_name(name))
    except yaml.YAMLError as error:
        raise ReplayError(f"mapping {name}: not valid YAML: {' '.join(str(error).split())}") from error
    except BadSpec as error:
        raise ReplayError(f"mapping {name}: at {error}; see docs/howto/replay.md") from error


def path_name(name: str) -> str:
    """A file's own name without folders and ending, for reports."""
    return Path(name).name.removesuffix(".yaml").removesuffix(".yml")


_KEYS = (
    "title", "log", "columns", "states", "priority", "channel", "category", "groups", "first_response", "answers",
    "reopen", "milestones", "calendars",
)  # fmt: skip


def _read(spec: object, name: str) -> Mapping:
    given = mapping(spec, "the top")
    only(given, _KEYS, "")
    columns = _columns(given.get("columns"))
    groups = _part(given, "groups", ("front", "teams"))
    states = _states(given.get("states"))
    return Mapping(
        name=name,
        title=text(given.get("title", name), "title"),
        log=_log(given),
        columns=columns,
        states=states,
        priority=_words(given, "priority", tuple(Urgency), columns.priority),
        channel=_words(given, "channel", CHANNELS, columns.channel),
        category=_words(given, "category", KINDS, columns.category),
        front=_set(groups.get("front", ()), "groups.front"),
        teams=_teams(groups.get("teams", {})),
        response=_response(given, states),
        answers=_known_states(given.get("answers", ()), "answers", states),
        reopen=_set(given.get("reopen", RESTS), "reopen", RESTS),
        milestones=_milestones(given.get("milestones", MILESTONES)),
        service=_service(given),
    )


def _milestones(value: object) -> tuple[str, ...]:
    return tuple(one_of(m, _JUDGED, "milestones") for m in texts(value, "milestones"))


def _part(given: AnyMapping[str, Any], key: str, known: tuple[str, ...]) -> AnyMapping[str, Any]:
    part = mapping(given.get(key, {}), key)
    only(part, known, key)
    return part


def _columns(spec: object) -> Columns:
    given = mapping(spec, "columns")
    only(given, [f.name for f in fields(Columns)], "columns")
    for needed in ("id", "at", "state"):
        text(given.get(needed), f"columns.{needed}")
    return Columns(**{name: text(value, f"columns.{name}") for name, value in given.items()})


def _log(given: AnyMapping[str, Any]) -> Log:
    part = _part(given, "log", ("delimiter", "encoding", "time_zone", "time_format", "order", "empty"))
    return Log(
        delimiter=text(part.get("delimiter", ","), "log.delimiter"),
        encoding=text(part.get("encoding", "utf-8-sig"), "log.encoding"),
        zone=_zone(part.get("time_zone"), "log.time_zone"),
        format=text(part.get("time_format", "%Y-%m-%d %H:%M:%S"), "log.time_format"),
        order=one_of(part.get("order", "any"), ORDERS, "log.order"),
        empty=frozenset({"", *_set(part.get("empty", ()), "log.empty")}),
    )


def _zone(value: object, path: str) -> str:
    name = text(value, path)
    if name not in available_timezones():
        raise refusal(path, "unknown_time_zone", given=name, expected="a name such as Europe/Lisbon or UTC")
    return ZoneInfo(name).key


def _states(spec: object) -> dict[str, Meaning]:
    found = {}
    for state, value in mapping(spec, "states").items():
        path = f"states.{state}"
        if isinstance(value, AnyMapping):
            only(value, ("waiting",), path)
            found[state] = Meaning("waiting", one_of(value.get("waiting"), REASONS, f"{path}.waiting"))
        else:
            found[state] = Meaning(one_of(value, ("new", "open", *RESTS, "same"), path))
    return found


def _words(given: AnyMapping[str, Any], key: str, ours: tuple[str, ...], column: str) -> Words:
    part = _part(given, key, ("values", "otherwise"))
    values = {_plain(word): one_of(to, ours, f"{key}.values.{word}") for word, to in _entries(part, key)}
    otherwise = part.get("otherwise")
    if otherwise is not None:
        return Words(values, str(one_of(otherwise, ours, f"{key}.otherwise")))
    if column and not values:
        raise refusal(f"{key}.values", "nothing_listed", given="{}", expected="the words of the column, or `otherwise`")
    return Words(values, None if column else _DEFAULTS[key])


_DEFAULTS = {"priority": "general", "channel": "import", "category": "fault"}


def _entries(part: AnyMapping[str, Any], key: str) -> list[tuple[object, object]]:
    values = part.get("values", {})
    if not isinstance(values, AnyMapping):
        raise refusal(f"{key}.values", "not_a_mapping", given=values)
    return list(values.items())


def _plain(word: object) -> str:
    """YAML reads an unquoted 1 as a number, which is meant as the text "1"; an unquoted No is a trap."""
    if isinstance(word, bool) or not isinstance(word, str | int):
        raise refusal("values", "not_a_text", given=word, expected="put it in quotes")
    return str(word)


def _set(value: object, path: str, known: tuple[str, ...] | None = None) -> frozenset[str]:
    words = value if isinstance(value, list | tuple | frozenset) else texts(value, path)
    found = frozenset(_plain(word) for word in words)
    if known is not None:
        for word in sorted(found):
            one_of(word, known, path)
    return found


def _known_states(value: object, path: str, states: AnyMapping[str, Meaning]) -> frozenset[str]:
    return _set(value, path, tuple(states))


def _teams(spec: object) -> dict[str, str]:
    if not isinstance(spec, AnyMapping):
        raise refusal("groups.teams", "not_a_mapping", given=spec)
    found = {_plain(group): text(code, f"groups.teams.{group}") for group, code in spec.items()}
    for group, code in found.items():
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", code):
            raise refusal(f"groups.teams.{group}", "not_a_code", given=code, expected="letters, digits, _ -")
    return found


def _response(given: AnyMapping[str, Any], states: AnyMapping[str, Meaning]) -> Response:
    part = _part(given, "first_response", ("leaves", "assigned", "at_opening"))
    new = tuple(state for state, meaning in states.items() if meaning.status == "new")
    return Response(
        leaves=_known_states(part.get("leaves", new), "first_response.leaves", states),
        assigned=_yes(part.get("assigned", False), "first_response.assigned"),
        at_opening=_set(part.get("at_opening", ()), "first_response.at_opening"),
    )


def _yes(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise refusal(path, "not_yes_or_no", given=value, expected="true or false")
    return value


def _service(given: AnyMapping[str, Any]) -> ServiceTime:
    part = _part(given, "calendars", ("time_zone", "public_holidays"))
    zone, holidays = part.get("time_zone"), part.get("public_holidays")
    return ServiceTime(
        zone=None if zone is None else _zone(zone, "calendars.time_zone"),
        holidays=None if holidays is None else _country(holidays),
    )


def _country(value: object) -> str:
    code = text(value, "calendars.public_holidays")
    return "" if code == "none" else code
