"""Which words do the fields, operators and values of saved conditions have, and what can be chosen for each?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.choices import Names
from yingnuo.journey.closing import PAUSE_REASONS
from yingnuo.kit import formats
from yingnuo.people.models import Tier
from yingnuo.tickets import values
from yingnuo.tickets.asking import CUSTOM, ME, SORTS, Asked, Clause, column, span
from yingnuo.tickets.models import FieldType, Kind, Status, Urgency, Via
from yingnuo.tickets.queries import Filter

FIELDS: Mapping[str, str | Promise] = {
    "status": gettext_lazy("Status"), "kind": gettext_lazy("Kind"), "urgency": gettext_lazy("Urgency"),
    "via": gettext_lazy("Channel"), "tier": gettext_lazy("Customer tier"), "waiting_for": gettext_lazy("Waits for"),
    "team": gettext_lazy("Team"), "agent": gettext_lazy("Agent"), "region": gettext_lazy("Region"),
    "product_line": gettext_lazy("Product line"), "tags": gettext_lazy("Tags"), "subject": gettext_lazy("Subject"),
    "words": gettext_lazy("All its words"), "customer": gettext_lazy("Customer"),
    "company": gettext_lazy("Company"), "created": gettext_lazy("Opened"), "updated": gettext_lazy("Last changed"),
    "due": gettext_lazy("Next due"), "risk": gettext_lazy("Breach risk in percent"),
    "reopened": gettext_lazy("Times reopened"), "urged": gettext_lazy("Times urged"),
}  # fmt: skip
OPS: Mapping[str, str | Promise] = {
    "is": gettext_lazy("is one of"), "is_not": gettext_lazy("is none of"), "set": gettext_lazy("is filled in"),
    "not_set": gettext_lazy("is empty"), "has_any": gettext_lazy("has one of"), "has_all": gettext_lazy("has all of"),
    "has_none": gettext_lazy("has none of"), "contains": gettext_lazy("contains"), "lacks": gettext_lazy("lacks"),
    "at_least": gettext_lazy("is at least"), "below": gettext_lazy("is below"),
    "within": gettext_lazy("in the last"), "before": gettext_lazy("longer ago than"),
    "after": gettext_lazy("later than in"), "today": gettext_lazy("today"), "overdue": gettext_lazy("is overdue"),
}  # fmt: skip
_DUE_WITHIN = gettext_lazy("within the next")


def fields(names: Names) -> dict[str, str]:
    """Every field that can be asked about, by its name; custom ones last."""
    own = {f"{CUSTOM}{code}": name for code, name in names.fields.items()}
    return {name: str(word) for name, word in FIELDS.items()} | own


def ops(field: str, names: Names) -> list[tuple[str, str]]:
    """How a field can be compared."""
    known = column(field, names.fields)
    return [(op, _op(field, op)) for op in (SORTS[known.sort].all if known else ())]


def _op(field: str, op: str) -> str:
    return str(_DUE_WITHIN if (field, op) == ("due", "within") else OPS.get(op, op))


def options(field: str, names: Names) -> list[tuple[str, str]]:
    """The values that can be chosen for a field; none where they are written."""
    lists: dict[str, Iterable[tuple[object, object]]] = {
        "status": Status.choices, "kind": Kind.choices, "urgency": Urgency.choices, "via": Via.choices,
        "tier": Tier.choices, "waiting_for": [(code, str(word)) for code, word in PAUSE_REASONS.items()],
        "team": [(str(g.id), g.name) for g in names.groups], "agent": _people(names),
        "region": list(names.organisation.regions.items()), "product_line": list(names.lines.items()),
    }  # fmt: skip
    if field.startswith(CUSTOM):
        return _custom(field.removeprefix(CUSTOM), names)
    return [(str(value), str(word)) for value, word in lists.get(field, ())]


def _custom(code: str, names: Names) -> list[tuple[str, str]]:
    field = names.book.fields.get(code)
    if field is None:
        return []
    if field.type == FieldType.CHECKBOX:
        return [("true", _("yes")), ("false", _("no"))]
    if field.type == FieldType.LINE:
        return list(names.lines.items())
    return [(choice, values.choice_word(field, choice)) for choice in field.choices]


def _people(names: Names) -> list[tuple[str, str]]:
    there = sorted({pair for g in names.groups for pair in g.people}, key=lambda pair: pair[1])
    return [(ME, _("Whoever looks")), *((str(pk), name) for pk, name in there)]


def test(one: Clause, names: Names) -> str:
    """One test as a reader says it: "Customer tier is one of Gold, Key account"."""
    known = dict(options(one.field, names))
    words = {
        "field": fields(names).get(one.field, one.field), "op": _op(one.field, one.op),
        "values": ", ".join(known.get(value) or _span(one.field, value) for value in one.values),
    }  # fmt: skip
    return " ".join(str(word) for word in words.values() if word)


def _span(field: str, value: str) -> str:
    """A span in words; anything else as it was written."""
    found = span(value) if field in ("created", "updated", "due") else None
    return formats.duration(round(found.total_seconds())) if found else value


def sentence(asked: Asked, names: Names) -> str:
    """A whole condition in one line."""
    groups = [_joined([test(t, names) for t in g.tests], g.how) for g in asked.groups]
    if len(groups) == 1:
        return groups[0]
    return _joined([f"({g})" if len(a.tests) > 1 else g for g, a in zip(groups, asked.groups, strict=True)], asked.how)


def _joined(parts: list[str], how: str) -> str:
    return (_(" and ") if how == "all" else _(" or ")).join(parts)


def tests_of(f: Filter) -> list[Clause]:
    """What the chips and fields over the queue ask, as tests that can be saved; scope, state and order stay apart."""
    plain = {name: getattr(f, name) for name in ("kind", "urgency", "via", "tier", "region", "product_line")}
    keys = {"team": f.team, "agent": f.agent, "contact": f.contact}
    found = [Clause(name, "is", (str(value),)) for name, value in (plain | keys).items() if value]
    tags = [Clause("tags", "has_any", (f.tag,))] if f.tag else []
    return [*found, *tags, *([Clause("words", "contains", (f.words[:80],))] if f.words.strip() else [])]
