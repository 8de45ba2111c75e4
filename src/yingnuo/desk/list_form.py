"""How is a saved list filled in: its name, its readers, its conditions row by row, its look?

One plain form. `g0.how` says whether all or any rows of the first group must hold, `g0.t1.field`, `.op` and `.value`
are its second row; a button named `edit` changes the rows and shows the form again, so that it works without scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from yingnuo.desk import list_words
from yingnuo.desk.choices import Names
from yingnuo.desk.filters import number
from yingnuo.tickets.asking import MOST_GROUPS, MOST_TESTS, MOST_VALUES, SORTS, Asked, Clause, Group, column
from yingnuo.worklists import looks
from yingnuo.worklists.services import ListFacts

_EMPTY = Clause("kind", "is")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the builder: what is chosen, what can be, and what is wrong with it."""

    name: str
    field: str
    op: str
    values: tuple[str, ...]
    sort: str  # "" for a field that is not there any more
    bare: bool
    ops: list[tuple[str, str]]
    options: list[tuple[str, str]]
    problem: object
    edit: str

    @property
    def text(self) -> str:
        """What stands in a field where values are written."""
        return ", ".join(self.values)


@dataclass(frozen=True, slots=True)
class Block:
    """One group of the builder."""

    name: str
    how: str
    lines: list[Line]
    edit: str
    full: bool


def blocks(asked: Asked, names: Names, wrong: Mapping[str, object]) -> list[Block]:
    """The builder's rows for a condition; `wrong` names problems by `<group>.<test>`."""
    return [_block(g, group, names, wrong) for g, group in enumerate(asked.groups)]


def _block(g: int, group: Group, names: Names, wrong: Mapping[str, object]) -> Block:
    lines = [
        _line(test, f"g{g}.t{t}", f"{g}-{t}", names, wrong.get(f"{g}.{t}", "")) for t, test in enumerate(group.tests)
    ]
    return Block(f"g{g}", group.how, lines, str(g), len(lines) >= MOST_TESTS)


def _line(test: Clause, name: str, edit: str, names: Names, problem: object) -> Line:
    known = column(test.field, names.fields)
    sort = known.sort if known else ""
    options = list_words.options(test.field, names)
    if options or sort == "key":
        there = {value for value, _word in options}
        options = [*options, *((value, f"# {value}") for value in test.values if value not in there)]
    bare = bool(known) and test.op in SORTS[sort].bare
    return Line(
        name, test.field, test.op, test.values, sort, bare, list_words.ops(test.field, names), options, problem, edit
    )


def asked_from(posted: QueryDict, names: Names) -> Asked:
    """The condition that was filled in, unchecked; rows and groups in the order of their numbers."""
    groups = []
    for g in range(MOST_GROUPS):
        tests = [_test_from(posted, f"g{g}.t{t}", names) for t in range(MOST_TESTS) if f"g{g}.t{t}.field" in posted]
        if tests:
            groups.append(Group(_how(posted.get(f"g{g}.how", "")), tuple(tests)))
    return Asked(_how(posted.get("how", "")), tuple(groups))


def _how(text: str) -> str:
    return "any" if text == "any" else "all"


def _test_from(posted: QueryDict, name: str, names: Names) -> Clause:
    field = posted.get(f"{name}.field", "")[:60]
    allowed = [op for op, _word in list_words.ops(field, names)]
    op = posted.get(f"{name}.op", "")[:20]
    op = op if op in allowed or not allowed else allowed[0]
    listed = posted.getlist(f"{name}.value")
    known = column(field, names.fields)
    if known is None or known.sort in ("tags", "text", "words", "custom"):
        listed = [part for text in listed for part in text.replace("，", ",").split(",")]
    if known is not None and posted.get(f"{name}.was", field) != field:
        listed = []
    values = tuple(dict.fromkeys(value.strip()[:80] for value in listed if value.strip()))
    return Clause(field, op, values[:MOST_VALUES])


def edited(asked: Asked, edit: str) -> Asked:
    """The condition after a button of the builder: `group`, `test-0`, `drop-0-1`; anything else changes nothing."""
    groups = [list(g.tests) for g in asked.groups]
    hows = [g.how for g in asked.groups]
    verb, _dash, rest = edit.partition("-")
    where = [int(n) for n in rest.split("-") if n.isascii() and n.isdigit() and len(n) < 3]
    if verb == "group" and len(groups) < MOST_GROUPS:
        groups, hows = [*groups, [_EMPTY]], [*hows, "any"]
    elif verb == "test" and len(where) == 1 and where[0] < len(groups) and len(groups[where[0]]) < MOST_TESTS:
        groups[where[0]].append(_EMPTY)
    elif verb == "drop" and len(where) == 2 and where[0] < len(groups) and where[1] < len(groups[where[0]]):
        del groups[where[0]][where[1]]
    kept = [Group(how, tuple(tests)) for how, tests in zip(hows, groups, strict=True) if tests]
    return Asked(asked.how, tuple(kept))


def facts_from(posted: QueryDict, asked: Asked) -> ListFacts:
    """Everything that was filled in; nonsense in it is refused where the list is saved."""
    audience, _dash, team = posted.get("audience", "own").partition("-")
    return ListFacts(
        name=posted.get("name", "")[:200], audience=audience, team=number(team), scope=posted.get("scope", ""),
        state=posted.get("state", ""), order=posted.get("order", ""), asked=asked, look=look_from(posted),
    )  # fmt: skip


def look_from(posted: QueryDict) -> looks.Look:
    """The look that was chosen."""
    said = {name: posted.get(name, "") for name in ("layout", "density", "group")}
    return looks.read({**said, "columns": posted.getlist("columns")})
