"""How do rules leave and come back as one readable YAML file, each error with its line?

    rules:
      - name: Smoke is urgent
        when: {event: opened}
        if: {text: {contains: [smoke, 冒烟]}}
        then: {urgency: urgent, add_tags: [safety], notify: [lead]}

Read as strictly as standards are (`promises.written`); a file with an error is refused whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.automation import rules
from yingnuo.automation.models import Rule
from yingnuo.automation.rules import RuleFacts
from yingnuo.engine.automation import Known, read_actions, read_trigger
from yingnuo.engine.errors import BadSpec, EngineError
from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Staff
from yingnuo.promises import complaints, written
from yingnuo.promises.written import Text

_ENTRIES = ("name", "description", "active", "when", "if", "then", "stop", "most_per_day", "owner")
_PLAIN = {"active": bool, "stop": bool, "most_per_day": int, "description": str}
MOST = 500


def write() -> str:
    """All rules in their order, as `read` takes them."""
    rows = Rule.objects.select_related("owner")
    return written.dump({"rules": [_entry(row) for row in rows]})


def _entry(row: Rule) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": row.name}
    entry |= {"description": row.description} if row.description else {}
    entry |= {} if row.active else {"active": False}
    entry["when"] = read_trigger(row.when).to_spec()
    entry |= {"if": row.conditions} if row.conditions else {}
    entry["then"] = read_actions(row.actions).to_spec()
    entry |= {"stop": True} if row.stop else {}
    entry |= {"most_per_day": row.most_per_day} if row.most_per_day != RuleFacts("", {}, {}).most_per_day else {}
    return entry | ({"owner": row.owner.username} if row.owner else {})


def read(text: str) -> list[RuleFacts]:
    """The rules of a file; Invalid with line, rule and remedy for the first error."""
    found = written.read_yaml(text)
    listed = found.content.get("rules")
    if set(found.content) != {"rules"} or not isinstance(listed, list) or len(listed) > MOST:
        raise _at(found, "rules", "", _("The file has “rules”, a list of at most 500, and nothing else."))
    codes = rules.known()
    staff = dict(Staff.objects.filter(active=True).values_list("username", "pk"))
    facts = [_rule(found, n, one, codes, staff) for n, one in enumerate(listed)]
    names = [one.name for one in facts]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise _at(found, f"rules[{n}].name", name, _("Another rule of the file has this name."))
    return facts


def _rule(found: Text, n: int, given: object, codes: Known, staff: Mapping[str, int]) -> RuleFacts:
    place = f"rules[{n}]"
    if not isinstance(given, dict):
        raise _at(found, place, "", _("A rule has “name”, “when” and “then”."))
    name = given.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 80:
        raise _at(found, f"{place}.name", "", _("Give the rule a name of at most 80 characters."))
    for key, value in given.items():
        if key not in _ENTRIES:
            known = ", ".join(_ENTRIES)
            raise _at(
                found,
                f"{place}.{key}",
                name,
                _("“%(key)s” is not known here: %(known)s.") % {"key": key, "known": known},
            )
        if key in _PLAIN and type(value) is not _PLAIN[key]:
            raise _at(found, f"{place}.{key}", name, _("This value cannot be used."))
    if (owner := given.get("owner")) is not None and owner not in staff:
        raise _at(found, f"{place}.owner", name, _("There is no such person."))
    facts = RuleFacts(
        name.strip(), given.get("when") or {}, given.get("then") or {}, given.get("if") or {},
        given.get("description", "")[:300], given.get("stop", False), given.get("most_per_day", 10),
        given.get("active", True), staff.get(str(owner)),
    )  # fmt: skip
    _check(found, place, facts, codes)
    return facts


def _check(found: Text, place: str, facts: RuleFacts, codes: Known) -> None:
    for _part, error in rules.problems(facts, codes):
        path = error.path if isinstance(error, BadSpec) else ""
        raise _at(found, f"{place}.{path}", facts.name, _sentence(error)) from error
    try:
        rules.refuse(facts, pk=Rule.objects.filter(name=facts.name).values_list("pk", flat=True).first(), codes=codes)
    except Invalid as refused:
        field, problem = next(iter(refused.fields.items()))
        raise _at(found, f"{place}.{field}", facts.name, str(problem)) from refused


def _sentence(error: EngineError) -> str:
    return str(complaints.sentence(error))


def _at(found: Text, path: str, rule: str, problem: str) -> Invalid:
    words = {"line": found.line(path), "rule": rule, "problem": problem}
    with_rule, alone = _("Line %(line)s, rule “%(rule)s”: %(problem)s"), _("Line %(line)s: %(problem)s")
    said = (with_rule if rule else alone) % words
    return Invalid(said, fields={"text": said}, code="bad_file", line=found.line(path), rule=rule)
