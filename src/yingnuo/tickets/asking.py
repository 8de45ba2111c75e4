"""Which tickets does a saved condition ask for: which field, compared how, with which values, in which groups?

A condition is written as a mapping; groups hold tests, and nothing nests deeper:

    {"how": "all", "groups": [{"how": "any", "tests": [{"field": "tier", "op": "is", "values": ["gold", "key"]}]}]}

`how` says whether all or any of them must hold. Fields are those of `FIELDS`, and `field:<code>` for a custom one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Tier
from yingnuo.tickets.models import Kind, Status, Urgency, Via

CUSTOM = "field:"
MOST_GROUPS, MOST_TESTS, MOST_VALUES, LONGEST = 6, 8, 20, 80
_SPAN = re.compile(r"^([1-9]\d{0,3})([mhd])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Sort:
    """What can be asked of fields of one sort; `bare` operators take no value."""

    ops: tuple[str, ...]
    bare: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every operator."""
        return (*self.ops, *self.bare)


SORTS: Mapping[str, Sort] = {
    "fixed": Sort(("is", "is_not")),
    "choice": Sort(("is", "is_not"), ("set", "not_set")),
    "key": Sort(("is", "is_not"), ("set", "not_set")),
    "tags": Sort(("has_any", "has_all", "has_none"), ("set", "not_set")),
    "text": Sort(("contains", "lacks")),
    "words": Sort(("contains",)),
    "number": Sort(("at_least", "below")),
    "past": Sort(("within", "before"), ("today",)),
    "due": Sort(("within", "after"), ("today", "overdue", "set", "not_set")),
    "custom": Sort(("is", "is_not", "contains", "at_least", "below"), ("set", "not_set")),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A field that can be asked about: its sort, and the only values it takes where they are listed."""

    sort: str
    values: frozenset[str] = field(default=frozenset())


FIELDS: Mapping[str, Column] = {
    "status": Column("fixed", frozenset(Status.values)), "kind": Column("fixed", frozenset(Kind.values)),
    "urgency": Column("fixed", frozenset(Urgency.values)), "via": Column("fixed", frozenset(Via.values)),
    "tier": Column("fixed", frozenset(Tier.values)), "waiting_for": Column("choice"), "team": Column("key"),
    "agent": Column("key"), "region": Column("choice"), "product_line": Column("choice"), "tags": Column("tags"),
    "subject": Column("text"), "words": Column("words"), "customer": Column("text"), "company": Column("text"),
    "contact": Column("key"), "created": Column("past"), "updated": Column("past"), "due": Column("due"),
    "risk": Column("number"), "reopened": Column("number"), "urged": Column("number"),
}  # fmt: skip
_CUSTOM = Column("custom")
ME = "me"  # the agent who looks at the list


@dataclass(frozen=True, slots=True)
class Clause:
    """One question about one field."""

    field: str
    op: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Tests of which all or any must hold."""

    how: str
    tests: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Groups of which all or any must hold; none at all asks for every ticket."""

    how: str = "all"
    groups: tuple[Group, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.groups)


NOTHING = Asked()


def column(name: str, custom: Collection[str]) -> Column | None:
    """The field of this name; `custom` are the codes of custom fields. None where there is none of it (any more)."""
    if name.startswith(CUSTOM):
        return _CUSTOM if name.removeprefix(CUSTOM) in custom else None
    return FIELDS.get(name)


def span(text: str) -> timedelta | None:
    """A span such as "90m", "24h" or "3d"; None for anything else."""
    found = _SPAN.match(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def problem(test: Clause, custom: Collection[str]) -> Promise | None:
    """What is wrong with a test, in words; None when it can be asked."""
    known = column(test.field, custom)
    if known is None:
        return _("This field is not there (any more).")
    sort = SORTS[known.sort]
    if test.op not in sort.all:
        return _("This field cannot be compared like that.")
    if test.op in sort.bare:
        return None
    if not test.values:
        return _("Write or choose a value.")
    return None if all(_usable(known, value) for value in test.values) else _BAD.get(known.sort, _BAD["choice"])


_BAD = {
    "choice": _("This value cannot be used."), "number": _("Write one whole number, 0 to 9999."),
    "past": _("Write a span such as 90m, 24h or 3d."), "due": _("Write a span such as 90m, 24h or 3d."),
    "key": _("Choose from the list."),
}  # fmt: skip


def _usable(known: Column, value: str) -> bool:
    if known.sort == "number":
        return value.isascii() and value.isdigit() and len(value) <= 4
    if known.sort in ("past", "due"):
        return span(value) is not None
    if known.sort == "key":
        return value == ME or (value.isascii() and value.isdigit() and len(value) <= 18)
    return value in known.values if known.values else 0 < len(value) <= LONGEST


def spec_of(asked: Asked) -> dict[str, object]:
    """The mapping it is written as."""
    return {"how": asked.how, "groups": [
        {"how": g.how, "tests": [{"field": t.field, "op": t.op, "values": list(t.values)} for t in g.tests]}
        for g in asked.groups
    ]} if asked else {}  # fmt: skip


def read(spec: object) -> Asked:
    """What a stored mapping asks; whatever in it has another shape than it should is left out."""
    if not isinstance(spec, Mapping):
        return NOTHING
    groups = (_group(each) for each in _list(spec.get("groups"))[:MOST_GROUPS])
    return Asked(_how(spec), tuple(g for g in groups if g.tests))


def _group(spec: object) -> Group:
    told = spec if isinstance(spec, Mapping) else {}
    tests = (_test(each) for each in _list(told.get("tests"))[:MOST_TESTS])
    return Group(_how(told), tuple(t for t in tests if t.field))


def _test(spec: object) -> Clause:
    told = spec if isinstance(spec, Mapping) else {}
    values = (str(value).strip() for value in _list(told.get("values"))[:MOST_VALUES])
    return Clause(str(told.get("field", ""))[:60], str(told.get("op", ""))[:20], tuple(v for v in values if v))


def _how(spec: Mapping[str, object]) -> str:
    return "any" if spec.get("how") == "any" else "all"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def checked(asked: Asked, custom: Collection[str]) -> Asked:
    """The same when all of it can be asked; else Invalid, its fields named `<group>.<test>` from 0."""
    if len(asked.groups) > MOST_GROUPS or any(len(g.tests) > MOST_TESTS for g in asked.groups):
        raise Invalid(_("These are too many conditions for one list."), code="too_many_conditions")
    wrong = {
        f"{g}.{t}": said
        for g, group in enumerate(asked.groups) for t, test in enumerate(group.tests) if (said := problem(test, custom))
    }  # fmt: skip
    if wrong:
        raise Invalid(_("A condition cannot be used as it is."), fields=wrong, code="bad_condition")
    return asked


def parted(asked: Asked, custom: Collection[str]) -> tuple[Asked, tuple[Clause, ...]]:
    """What of it can be asked today, and the tests that cannot: a field may have gone since the list was saved."""
    lost = tuple(t for g in asked.groups for t in g.tests if problem(t, custom))
    if not lost:
        return asked, ()
    groups = (Group(g.how, tuple(t for t in g.tests if t not in lost)) for g in asked.groups)
    return Asked(asked.how, tuple(g for g in groups if g.tests)), lost


def joined(asked: Asked, tests: Sequence[Clause]) -> Asked:
    """The condition with tests that must hold too; where any of its groups will do, each group takes them in."""
    if not tests:
        return asked
    if asked.how == "all" or len(asked.groups) < 2:
        return Asked("all", (*asked.groups, Group("all", tuple(tests))))
    alone = [g if g.how == "all" else None for g in asked.groups]
    split = [
        part for g, kept in zip(asked.groups, alone, strict=True)
        for part in ([kept] if kept else [Group("all", (t,)) for t in g.tests])
    ]  # fmt: skip
    return Asked("any", tuple(Group("all", (*g.tests, *tests)) for g in split))
