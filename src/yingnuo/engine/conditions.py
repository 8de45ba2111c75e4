"""Do these facts satisfy that condition, and if not, which fact stood in the way?

A condition is written as a mapping; all its entries must hold:

    urgency: urgent                    the fact is this word (or the list of facts has it)
    channel: [phone, chat]             one of these
    tags: {any: [vip, press]}          the list has one of these; {all: [...]} every one; {none: [...]} none
    text: {contains: [smoke, "冒烟"]}   the text holds one of these, letter case ignored
    team_tier: {gte: 2, lte: 3}        numbers: gte, lte, gt, lt
    not: {...}                         the inner condition does not hold
    any: [{...}, {...}]                one inner condition holds
    all: [{...}, {...}]                every inner condition holds

An empty mapping always holds. A fact that is absent or None satisfies nothing but `none` and `not`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from yingnuo.engine.specs import items, mapping, refusal, texts

Facts = Mapping[str, object]
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a condition does not hold: which fact was what (`actual`), and what was asked of it (`test`, `asked`)."""

    fact: str
    test: str
    asked: tuple[Scalar, ...]
    actual: object


class Node(Protocol):
    """One node of a condition."""

    def holds(self, facts: Facts) -> bool:
        """Whether the facts satisfy it."""

    def why_not(self, facts: Facts) -> tuple[Reason, ...]:
        """What stands in the way; empty when it holds."""

    def facts_used(self) -> frozenset[str]:
        """The names of the facts it looks at."""

    def to_spec(self) -> dict[str, Any]:
        """The mapping it is written as."""


@dataclass(frozen=True, slots=True)
class Among:
    """The fact is one of `values`; a fact that is a list has one of them."""

    fact: str
    values: tuple[Scalar, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether the facts satisfy it."""
        actual = facts.get(self.fact)
        if isinstance(actual, tuple):
            return any(item in self.values for item in actual)
        return actual in self.values

    def why_not(self, facts: Facts) -> tuple[Reason, ...]:
        """What stands in the way."""
        return () if self.holds(facts) else (Reason(self.fact, "is", self.values, facts.get(self.fact)),)

    def facts_used(self) -> frozenset[str]:
        """The fact it looks at."""
        return frozenset({self.fact})

    def to_spec(self) -> dict[str, Any]:
        """`{fact: value}` or `{fact: [value, ...]}`."""
        return {self.fact: self.values[0] if len(self.values) == 1 else list(self.values)}


def _has_any(actual: object, asked: tuple[Scalar, ...]) -> bool:
    return any(item in asked for item in _listed(actual))


def _has_all(actual: object, asked: tuple[Scalar, ...]) -> bool:
    present = _listed(actual)
    return all(item in present for item in asked)


def _has_none(actual: object, asked: tuple[Scalar, ...]) -> bool:
    return not _has_any(actual, asked)


def _contains(actual: object, asked: tuple[Scalar, ...]) -> bool:
    folded = str(actual or "").casefold()
    return any(str(part).casefold() in folded for part in asked)


def _comparing(compare: Callable[[Any, Any], bool]) -> Callable[[object, tuple[Scalar, ...]], bool]:
    def test(actual: object, asked: tuple[Scalar, ...]) -> bool:
        return _is_number(actual) and compare(actual, asked[0])

    return test


def _listed(actual: object) -> tuple[object, ...]:
    if isinstance(actual, list | tuple | set | frozenset):
        return tuple(actual)
    return () if actual is None else (actual,)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_LIST_TESTS = {"any": _has_any, "all": _has_all, "none": _has_none, "contains": _contains}
_NUMBER_TESTS = {
    "gte": _comparing(operator.ge),
    "lte": _comparing(operator.le),
    "gt": _comparing(operator.gt),
    "lt": _comparing(operator.lt),
}
_TESTS = _LIST_TESTS | _NUMBER_TESTS


@dataclass(frozen=True, slots=True)
class Check:
    """The fact passes the named test of the head of this file."""

    fact: str
    test: str
    asked: tuple[Scalar, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether the facts satisfy it."""
        return _TESTS[self.test](facts.get(self.fact), self.asked)

    def why_not(self, facts: Facts) -> tuple[Reason, ...]:
        """What stands in the way."""
        return () if self.holds(facts) else (Reason(self.fact, self.test, self.asked, facts.get(self.fact)),)

    def facts_used(self) -> frozenset[str]:
        """The fact it looks at."""
        return frozenset({self.fact})

    def to_spec(self) -> dict[str, Any]:
        """`{fact: {test: asked}}`."""
        return {self.fact: {self.test: list(self.asked) if self.test in _LIST_TESTS else self.asked[0]}}


@dataclass(frozen=True, slots=True)
class Every:
    """All inner nodes hold; none at all always holds."""

    nodes: tuple[Node, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether the facts satisfy it."""
        return all(node.holds(facts) for node in self.nodes)

    def why_not(self, facts: Facts) -> tuple[Reason, ...]:
        """What stands in the way: the reasons of every inner node that does not hold."""
        return tuple(reason for node in self.nodes for reason in node.why_not(facts))

    def facts_used(self) -> frozenset[str]:
        """The names of the facts it looks at."""
        return frozenset().union(*(node.facts_used() for node in self.nodes))

    def to_spec(self) -> dict[str, Any]:
        """One mapping where no key meets itself, else `{all: [...]}`."""
        merged: dict[str, Any] = {}
        for node in self.nodes:
            for key, value in node.to_spec().items():
                if key not in merged:
                    merged[key] = value
                elif not _merge_tests(merged, key, value):
                    return {"all": [node.to_spec() for node in self.nodes]}
        return merged


@dataclass(frozen=True, slots=True)
class Either:
    """One inner node holds."""

    nodes: tuple[Node, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether the facts satisfy it."""
        return any(node.holds(facts) for node in self.nodes)

    def why_not(self, facts: Facts) -> tuple[Reason, ...]:
        """What stands in the way: the reasons of all branches, since any one of them would do."""
        if self.holds(facts):
            return ()
        return tuple(reason for node in self.nodes for reason in node.why_not(facts))

    def facts_used(self) -> frozenset[str]:
        """The names of the facts it looks at."""
        return frozenset().union(*(node.facts_used() for node in self.nodes))

    def to_spec(self) -> dict[str, Any]:
        """`{any: [...]}`."""
        return {"any": [node.to_spec() for node in self.nodes]}


@dataclass(frozen=True, slots=True)
class Neither:
    """The inner node does not hold."""

    node: Node

    def holds(self, facts: Facts) -> bool:
        """Whether the facts satisfy it."""
        return not self.node.holds(facts)

    def why_not(self, facts: Facts) -> tuple[Reason, ...]:
        """What stands in the way: each fact the inner node looked at, as it is."""
        if self.holds(facts):
            return ()
        return tuple(Reason(fact, "not", (), facts.get(fact)) for fact in sorted(self.node.facts_used()))

    def facts_used(self) -> frozenset[str]:
        """The names of the facts it looks at."""
        return self.node.facts_used()

    def to_spec(self) -> dict[str, Any]:
        """`{not: {...}}`."""
        return {"not": self.node.to_spec()}


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition: `parse` makes it, `matches` asks it, `why_not` explains it."""

    root: Every

    def matches(self, facts: Facts) -> bool:
        """Whether the facts satisfy the condition."""
        return self.root.holds(facts)

    def why_not(self, facts: Facts) -> tuple[Reason, ...]:
        """Which fact was what and what was asked of it; empty when the condition holds."""
        return self.root.why_not(facts)

    def facts_used(self) -> frozenset[str]:
        """The names of the facts the condition looks at."""
        return self.root.facts_used()

    def to_spec(self) -> dict[str, Any]:
        """The mapping form; parsing it gives a condition that holds for the same facts."""
        return self.root.to_spec()

    def covers(self, other: Condition) -> bool:
        """Whether every fact set that satisfies `other` satisfies this one, as far as `Among` nodes alone can tell."""
        narrow = {node.fact: set(node.values) for node in other.root.nodes if isinstance(node, Among)}
        for node in self.root.nodes:
            if not isinstance(node, Among) or node.fact not in narrow or not narrow[node.fact] <= set(node.values):
                return False
        return True


def parse(spec: object, path: str = "when", known: Collection[str] | None = None) -> Condition:
    """Read a condition; `BadSpec` names the place. `known` lists the facts there are (None: any name is taken)."""
    return Condition(_every({} if spec is None else spec, path, known))


def _every(spec: object, path: str, known: Collection[str] | None) -> Every:
    nodes: list[Node] = []
    for key, value in mapping(spec, path).items():
        nodes += _entry(key, value, f"{path}.{key}", known)
    return Every(tuple(nodes))


def _entry(key: str, value: object, path: str, known: Collection[str] | None) -> list[Node]:
    if key == "not":
        return [Neither(_every(value, path, known))]
    if key in ("any", "all"):
        inner = tuple(_every(item, f"{path}[{n}]", known) for n, item in enumerate(items(value, path)))
        if not inner:
            raise refusal(path, "empty_list", given=value)
        return [Either(inner)] if key == "any" else [node for every in inner for node in every.nodes]
    if known is not None and key not in known:
        raise refusal(path, "unknown_fact", given=key, expected=sorted(known))
    if isinstance(value, Mapping):
        return _tests(key, value, path)
    return [Among(key, _scalars(value, path))]


def _tests(fact: str, spec: Mapping[str, object], path: str) -> list[Node]:
    if not spec:
        raise refusal(path, "no_test", given="{}", expected=list(_TESTS))
    nodes: list[Node] = []
    for test, asked in spec.items():
        place = f"{path}.{test}"
        if test in _NUMBER_TESTS:
            if not _is_number(asked):
                raise refusal(place, "not_a_number", given=asked)
            nodes.append(Check(fact, test, (asked,)))  # type: ignore[arg-type]
        elif test in _LIST_TESTS:
            nodes.append(Check(fact, test, texts(asked, place) if test == "contains" else _scalars(asked, place)))
        else:
            raise refusal(place, "unknown_test", given=test, expected=list(_TESTS))
    return nodes


def _scalars(value: object, path: str) -> tuple[Scalar, ...]:
    listed = items(value, path) if isinstance(value, list | tuple) else [value]
    if not listed:
        raise refusal(path, "empty_list", given=value)
    for n, item in enumerate(listed):
        if not isinstance(item, str | int | float):
            raise refusal(f"{path}[{n}]" if len(listed) > 1 else path, "not_a_value", given=item)
    return tuple(listed)


def _merge_tests(merged: dict[str, Any], key: str, value: object) -> bool:
    """Join two tests of one fact ({gte: 2} and {lte: 3}) into one mapping, where their names differ."""
    present = merged[key]
    if not isinstance(present, dict) or not isinstance(value, dict) or key == "not" or present.keys() & value.keys():
        return False
    merged[key] = present | value
    return True
