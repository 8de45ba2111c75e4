"""How do standards leave and come back as plain YAML, each error with its line?

A file holds one policy (it has `rules`), one calendar (`code`, `name`, `spec`), or several under `policies` and
`calendars`. Read without YAML's surprises: 12:30 is a time and not 750, dates stay text, a key comes once, and there
are no anchors, so that a small file cannot unfold into a large one. A file with an error is refused whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from yingnuo.engine.errors import BadSpec, EngineError
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.kit.errors import Invalid
from yingnuo.promises import complaints, standards
from yingnuo.promises.models import Version
from yingnuo.promises.versions import Sort, sort_of, standard_of

LARGEST = 400_000  # signs
DEEPEST = 30
MOST_NODES = 40_000  # keys and values; a policy of 200 rules has about 12,000
_POLICY_ORDER = ("code", "name", "title", "agreement", "milestones", "deeds", "ladders", "pause_sets", "rules")
_RULE_ORDER = ("code", "title", "when", "promises")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")


class _Plain(yaml.SafeLoader):
    """YAML of mappings, lists, texts, numbers and flags alone."""

    depth = nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuses references to other places of the file, what is nested too deep, and too much of it."""
        if self.check_event(yaml.events.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "alias", event.start_mark)
        self.depth, self.nodes = self.depth + 1, self.nodes + 1
        problem = "depth" if self.depth > DEEPEST else "entries" if self.nodes > MOST_NODES else ""
        if problem:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, problem, mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_Plain.yaml_implicit_resolvers = {
    first: [(tag, test) for tag, test in pairs if tag.endswith((":bool", ":null"))]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_SIGNS = list("-+0123456789")
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9]\d*)$"), _SIGNS)
_Plain.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?\d+\.\d+(?:e[-+]\d+)?$"), _SIGNS)


@dataclass(frozen=True, slots=True)
class Text:
    """What a file says, and at which line (from 1) each place of it stands: `rules[2].when` → 14."""

    content: dict[str, Any]
    lines: Mapping[str, int]

    def line(self, path: str) -> int:
        """The line of a place, or of the nearest place around it."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return 1


@dataclass(frozen=True, slots=True)
class Written:
    """One standard out of a file. `prefix` is where in the file its specification stands."""

    sort: Sort
    code: str
    name: str
    spec: dict[str, Any]
    text: Text = field(repr=False)
    prefix: str = ""

    def line(self, path: str) -> int:
        """The line at which a place of its specification stands."""
        return self.text.line(_below(self.prefix, path))


def read_yaml(text: str) -> Text:
    """The mapping that is written there; Invalid names the line that cannot be read."""
    if len(text) > LARGEST:
        raise _unreadable(_("The file is too large; at most %(size)s kB are read.") % {"size": LARGEST // 1000})
    try:
        loader = _Plain(text)
    except yaml.YAMLError as error:  # a control character is refused before anything is read
        raise _unreadable(_("The file is not plain YAML.")) from error
    lines: dict[str, int] = {}
    try:
        node = loader.get_single_node()
        _mark(node, "", lines)
        content = loader.construct_document(node) if node else None
        json.dumps(content, allow_nan=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _bad_line(mark.line + 1 if mark else 1, str(error.problem)) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _unreadable(_("The file is not plain YAML.")) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise _unreadable(_("The file must name its entries, as in the example."))
    return Text(content, lines)


def _mark(node: yaml.Node | None, path: str, lines: dict[str, int]) -> None:
    """Notes the line of every place below a node; refuses a key that comes twice, which YAML would forget silently."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = _below(path, str(key.value))
            if place in lines:
                raise yaml.composer.ComposerError(None, None, "twice", key.start_mark)
            lines[place] = key.start_mark.line + 1
            _mark(value, place, lines)
    elif isinstance(node, yaml.SequenceNode):
        for n, item in enumerate(node.value):
            lines[f"{path}[{n}]"] = item.start_mark.line + 1
            _mark(item, f"{path}[{n}]", lines)


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path and key else path or key


def _bad_line(line: int, problem: str) -> Invalid:
    sentences = {
        "alias": _("Line %(line)s refers to another place of the file. Write it out."),
        "depth": _("Line %(line)s is nested too deep."),
        "entries": _("Up to line %(line)s the file has too many entries. Divide it."),
        "twice": _("Line %(line)s names something that is named before. Keep one of the two."),
    }
    said = sentences.get(problem, _("Line %(line)s cannot be read. Check its indentation and quotes."))
    return _unreadable(said % {"line": line})


def _unreadable(said: str) -> Invalid:
    return Invalid(said, fields={"text": said}, code="unreadable")


def read(text: str) -> list[Written]:
    """Every standard of a file, calendars first; Invalid with line, rule and remedy for the first error.

    What the file alone cannot tell (whether a calendar is there) is judged when it is saved.
    """
    found = _parts(read_yaml(text))
    for one in found:
        check(one)
    return found


def _parts(text: Text) -> list[Written]:
    content = text.content
    if "rules" in content:
        return [_policy(text, content, "")]
    if "spec" in content:
        return [_calendar(text, content, "")]
    unknown = set(content) - {"calendars", "policies"}
    if unknown or not content:
        raise _at(text, min(unknown, default=""), "", _("A standard has “rules”, a service time has “spec”."))
    found = [_calendar(text, part, f"calendars[{n}]") for n, part in enumerate(_listed(text, "calendars"))]
    return [*found, *(_policy(text, part, f"policies[{n}]") for n, part in enumerate(_listed(text, "policies")))]


def _listed(text: Text, key: str) -> list[dict[str, Any]]:
    parts = text.content.get(key) or []
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise _at(text, key, "", _("A list is expected here."))
    return parts


def _policy(text: Text, given: Mapping[str, Any], prefix: str) -> Written:
    spec = {key: value for key, value in given.items() if key != "name"}
    code = _code(text, given, prefix)
    return Written(Sort.POLICY, code, str(given.get("name") or given.get("title") or "")[:80], spec, text, prefix)


def _calendar(text: Text, given: Mapping[str, Any], prefix: str) -> Written:
    spec, unknown = given.get("spec"), set(given) - {"code", "name", "spec"}
    if unknown:
        place = _below(prefix, min(unknown))
        raise _at(text, place, "", _("A service time has “code”, “name” and “spec”, nothing else."))
    if not isinstance(spec, dict):
        raise _at(text, _below(prefix, "spec"), "", _("The entry “spec” with the hours is missing."))
    name = str(given.get("name") or "")[:80]
    return Written(Sort.CALENDAR, _code(text, given, prefix), name, spec, text, _below(prefix, "spec"))


def _code(text: Text, given: Mapping[str, Any], prefix: str) -> str:
    code = given.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _at(text, _below(prefix, "code"), "", _("Use letters, digits and hyphens only, at most 40."))
    return code


def check(one: Written) -> None:
    """Invalid, with line, rule and remedy, where the engine cannot use it."""
    try:
        if one.sort is Sort.POLICY:
            EnginePolicy.from_spec(one.spec)
        else:
            standards.compile_calendar(one.spec)
    except EngineError as error:
        path = error.path if isinstance(error, BadSpec) else ""
        raise refused(one, path, str(complaints.sentence(error))) from error


def refused(one: Written, path: str, said: str) -> Invalid:
    """A refusal at a place of a standard out of a file."""
    number = re.match(r"rules\[(\d+)\]", path)
    rule = one.spec["rules"][int(number[1])] if number else None
    code = rule.get("code") if isinstance(rule, dict) else None
    return _at(one.text, _below(one.prefix, path), str(code or ""), said)


def _at(text: Text, path: str, rule: str, said: str) -> Invalid:
    line = text.line(path)
    if rule:
        words = _("Line %(line)s, rule “%(rule)s”: %(problem)s") % {"line": line, "rule": rule, "problem": said}
    else:
        words = _("Line %(line)s: %(problem)s") % {"line": line, "problem": said}
    return Invalid(words, fields={"text": words}, code="bad_file", line=line, rule=rule)


def write(found: Iterable[Version]) -> str:
    """One file of these versions, as `read` takes it: one by itself as it is, several under their headings."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for version in found:
        parts.setdefault("calendars" if sort_of(version) is Sort.CALENDAR else "policies", []).append(_part(version))
    alone = [part for listed in parts.values() for part in listed]
    return dump(alone[0] if len(alone) == 1 else dict(sorted(parts.items())))


def _part(version: Version) -> dict[str, Any]:
    standard = standard_of(version)
    name, spec = version.name or standard.name, dict(version.spec)
    if sort_of(version) is Sort.CALENDAR:
        return {"code": standard.code, "name": name, "spec": spec}
    called = {} if spec.get("title") == name else {"name": name}
    whole = _in_order({"code": standard.code, **called, **spec}, _POLICY_ORDER)
    whole["rules"] = [_in_order(rule, _RULE_ORDER) for rule in whole["rules"]]
    return whole


def _in_order(given: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """The mapping in the order people read it: the database keeps keys by their length."""
    return {key: given[key] for key in order if key in given} | dict(given)


def dump(content: Mapping[str, Any]) -> str:
    """Plain YAML in the order of the keys."""
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
