"""How does a condition become SQL that no value can change?

Columns and operators come from the tables below, values always stand apart from the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from yingnuo.kit import search
from yingnuo.people.roles import Actor
from yingnuo.tickets.asking import CUSTOM, FIELDS, ME, Asked, Clause, span
from yingnuo.tickets.narrowing import Where


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who looks, and when."""

    actor: Actor
    now: datetime


_T = "tickets_ticket"
_COLUMNS = {
    "team": f"{_T}.team_id", "agent": f"{_T}.agent_id", "contact": f"{_T}.contact_id", "created": f"{_T}.created_at",
    "updated": f"{_T}.updated_at", "due": f"{_T}.due_at", "risk": f"({_T}.risk * 100)",
    "customer": f"(SELECT concat_ws(' ', c.name, c.email) FROM people_contact c WHERE c.id = {_T}.contact_id)",  # noqa: S608
    "company": f"(SELECT o.name FROM people_company o WHERE o.id = {_T}.company_id)",  # noqa: S608
}  # fmt: skip


def where(asked: Asked, actor: Actor, *, now: datetime) -> list[Where]:
    """The condition as terms that must all hold; its tests must have been checked before."""
    reader = _Reader(actor, now)
    groups = [_joined(g.how, [_test(t, reader) for t in g.tests]) for g in asked.groups]
    return [_joined(asked.how, groups)] if groups else []


def _joined(how: str, terms: Sequence[Where]) -> Where:
    word = " AND " if how == "all" else " OR "
    sql = word.join(term.sql for term in terms)
    return Where(f"({sql})", tuple(value for term in terms for value in term.values))


def _test(test: Clause, reader: _Reader) -> Where:
    if test.field.startswith(CUSTOM):
        return _custom(test)
    sort = FIELDS[test.field].sort
    return _SORTS[sort](_COLUMNS.get(test.field, f"{_T}.{test.field}"), test, reader)


def _choice(name: str, test: Clause, reader: _Reader) -> Where:
    filled = {"set": f"{name} <> ''", "not_set": f"{name} = ''"}
    if test.op in filled:
        return Where(filled[test.op])
    return _among(f"{name} = ANY(%s::varchar[])", test.op, [*test.values])


def _key(name: str, test: Clause, reader: _Reader) -> Where:
    filled = {"set": f"{name} IS NOT NULL", "not_set": f"{name} IS NULL"}
    if test.op in filled:
        return Where(filled[test.op])
    own = reader.actor.id if reader.actor.kind == "staff" else 0
    keys: list[object] = [own if value == ME else int(value) for value in test.values]
    return _among(f"coalesce({name} = ANY(%s::bigint[]), false)", test.op, keys)


def _among(sql: str, op: str, values: list[object]) -> Where:
    return Where(f"NOT {sql}" if op == "is_not" else sql, (values,))


def _tags(name: str, test: Clause, reader: _Reader) -> Where:
    plain = {
        "has_any": f"{name} && %s::varchar[]", "has_all": f"{name} @> %s::varchar[]",
        "has_none": f"NOT {name} && %s::varchar[]", "set": f"{name} <> '{{}}'", "not_set": f"{name} = '{{}}'",
    }  # fmt: skip
    return Where(plain[test.op], () if test.op in ("set", "not_set") else ([*test.values],))


def _text(name: str, test: Clause, reader: _Reader) -> Where:
    sql = f"coalesce({name} ILIKE ANY(%s::text[]), false)"
    return Where(f"NOT {sql}" if test.op == "lacks" else sql, ([_pattern(v) for v in test.values],))


def _pattern(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"


def _words(name: str, test: Clause, reader: _Reader) -> Where:
    queries = [q for value in test.values if (q := search.query(value))]
    terms = [Where(f"{_T}.search @@ to_tsquery('simple', %s)", (q,)) for q in queries]
    return _joined("any", terms) if terms else Where("false")


def _number(name: str, test: Clause, reader: _Reader) -> Where:
    sign = ">=" if test.op == "at_least" else "<"
    return Where(f"coalesce({name} {sign} %s, false)", (int(test.values[0]),))


def _past(name: str, test: Clause, reader: _Reader) -> Where:
    if test.op == "today":
        return _today(name, reader.now)
    sign = ">=" if test.op == "within" else "<"
    return Where(f"{name} {sign} %s", (reader.now - _span(test),))


def _due(name: str, test: Clause, reader: _Reader) -> Where:
    now = reader.now
    plain = {
        "set": Where(f"{name} IS NOT NULL"), "not_set": Where(f"{name} IS NULL"), "today": _today(name, now),
        "overdue": Where(f"{name} < %s", (now,)),
    }  # fmt: skip
    if test.op in plain:
        return plain[test.op]
    if test.op == "after":
        return Where(f"{name} > %s", (now + _span(test),))
    return Where(f"({name} >= %s AND {name} <= %s)", (now, now + _span(test)))


def _span(test: Clause) -> timedelta:
    return span(test.values[0]) or timedelta()


def _today(name: str, now: datetime) -> Where:
    """From midnight to midnight, in the reader's zone."""
    begins = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = (begins + timedelta(days=1)).replace(fold=0)
    utc = timezone.get_default_timezone()
    return Where(f"({name} >= %s AND {name} < %s)", (begins.astimezone(utc), ends.astimezone(utc)))


def _custom(test: Clause) -> Where:
    """A custom field: text as text; of several choices each counts; numbers and dates are compared as what they are."""
    code, name = test.field.removeprefix(CUSTOM), f"coalesce({_T}.fields ->> %s, '')"
    filled = {"set": f"{name} <> ''", "not_set": f"{name} = ''"}
    if test.op in filled:
        return Where(filled[test.op], (code,))
    if test.op == "contains":
        return Where(f"{name} ILIKE ANY(%s::text[])", (code, [_pattern(v) for v in test.values]))
    if test.op in ("at_least", "below"):
        return _custom_order(code, test)
    values = [*test.values]
    sql = f"({name} = ANY(%s::text[]) OR coalesce({_T}.fields -> %s ?| %s::text[], false))"
    return Where(f"NOT {sql}" if test.op == "is_not" else sql, (code, values, code, values))


_NUMBER = r"^-?[0-9]{1,15}([.][0-9]{1,9})?$"


def _custom_order(code: str, test: Clause) -> Where:
    """Compared as numbers where the value is one, else as text: dates are kept so that this is their order."""
    sign, value, name = ">=" if test.op == "at_least" else "<", test.values[0], f"{_T}.fields ->> %s"
    if re.match(_NUMBER, value):
        sql = f"CASE WHEN {name} ~ %s THEN ({name})::numeric {sign} %s::numeric ELSE false END"
        return Where(sql, (code, _NUMBER, code, value))
    return Where(f"coalesce({name} <> '' AND {name} {sign} %s, false)", (code, code, value))


_SORTS: Mapping[str, Callable[[str, Clause, _Reader], Where]] = {
    "fixed": _choice, "choice": _choice, "key": _key, "tags": _tags, "text": _text, "words": _words,
    "number": _number, "past": _past, "due": _due,
}  # fmt: skip
