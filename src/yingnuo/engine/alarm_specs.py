"""How is a rule written down, and what is wrong with one that cannot be used?

{"kind": "threshold", "all": [{"of": "water_c", "op": "above", "limit": 80, "margin": 5}], "hold_s": 30, "calm_s": 60}
{"kind": "fault", "codes": ["E3"], "silence_s": 600}          codes empty: any
{"kind": "absence", "after_s": 300}
{"kind": "rate", "of": "water_c", "way": "up", "limit": 10, "within_s": 60}       up, down or either
{"kind": "count", "codes": ["E3"], "n": 5, "within_s": 600}
each with "hold_s", "calm_s", "quiet": [{"from": "22:00", "to": "06:00", "days": [0]}], "zone" and "through".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yingnuo.engine import expressions, quiet
from yingnuo.engine.alarm_course import Rule
from yingnuo.engine.alarms import Absence, Count, Fault, Op, Rate, Term, Threshold

Spec = Mapping[str, Any]
KINDS = ("threshold", "fault", "absence", "rate", "count")
WAYS = ("up", "down", "either")
LONGEST_S = 31 * 86_400


class Wrong(ValueError):
    """A spec that cannot be used: `field` is where, `code` what is wrong."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code = field, code


def read(spec: Spec, *, id: int) -> Rule:
    """The rule; Wrong when it cannot be used."""
    make = _MAKERS.get(str(spec.get("kind")))
    if make is None:
        raise Wrong("kind", "unknown")
    zone = str(spec.get("zone") or "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Wrong("zone", "unknown") from error
    common = {
        "id": id, "hold": _ms(spec, "hold_s"), "calm": _ms(spec, "calm_s"), "zone": zone, "quiet": _quiet(spec),
        "through": bool(spec.get("through")),
    }  # fmt: skip
    return make(spec, common)


def _quiet(spec: Spec) -> tuple[quiet.Quiet, ...]:
    try:
        return quiet.read(spec.get("quiet") or ())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Wrong("quiet", "syntax") from error


def _ms(spec: Spec, name: str, *, least: int = 0) -> int:
    seconds = _number(spec.get(name, 0), name)
    if not least <= seconds <= LONGEST_S:
        raise Wrong(name, "too_short" if seconds < least else "too_long")
    return round(seconds * 1000)


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 1e300:
        raise Wrong(field, "not_a_number")
    return float(value)


def _expression(value: object, field: str) -> expressions.Expression:
    try:
        found = expressions.read(str(value or ""))
    except ValueError as error:
        raise Wrong(field, str(error)) from error
    if not found.metrics:
        raise Wrong(field, "no_metric")
    return found


def _term(given: Spec) -> Term:
    try:
        op = Op(given.get("op", ""))
    except ValueError as error:
        raise Wrong("op", "unknown") from error
    limit, upper = _number(given.get("limit"), "limit"), _number(given.get("upper") or 0.0, "upper")
    margin = _number(given.get("margin") or 0.0, "margin")
    if op is Op.OUTSIDE and upper <= limit:
        raise Wrong("upper", "below_limit")
    if margin < 0 or (op is Op.OUTSIDE and 2 * margin >= upper - limit):
        raise Wrong("margin", "negative" if margin < 0 else "too_wide")
    return Term(_expression(given.get("of"), "of"), op, limit, upper, margin)


def _codes(spec: Spec) -> frozenset[str]:
    found = spec.get("codes") or ()
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise Wrong("codes", "not_a_list")
    return frozenset(str(code) for code in found)


def _threshold(spec: Spec, common: Mapping[str, Any]) -> Rule:
    terms = spec.get("all") or ()
    if not terms:
        raise Wrong("of", "empty")
    return Threshold(all=tuple(_term(term) for term in terms), **common)


def _fault(spec: Spec, common: Mapping[str, Any]) -> Rule:
    return Fault(codes=_codes(spec), silence=_ms(spec, "silence_s"), **common)


def _absence(spec: Spec, common: Mapping[str, Any]) -> Rule:
    return Absence(after=_ms(spec, "after_s", least=5), **common)


def _rate(spec: Spec, common: Mapping[str, Any]) -> Rule:
    way, limit = str(spec.get("way", "either")), _number(spec.get("limit"), "limit")
    if way not in WAYS:
        raise Wrong("way", "unknown")
    if limit <= 0:
        raise Wrong("limit", "not_positive")
    within = _ms(spec, "within_s", least=1)
    return Rate(of=_expression(spec.get("of"), "of"), way=way, limit=limit, within=within, **common)


def _count(spec: Spec, common: Mapping[str, Any]) -> Rule:
    n = _number(spec.get("n"), "n")
    if not 2 <= n <= 200 or n != int(n):
        raise Wrong("n", "not_a_number")
    return Count(codes=_codes(spec), n=int(n), within=_ms(spec, "within_s", least=1), **common)


_MAKERS: Mapping[str, Callable[[Spec, Mapping[str, Any]], Rule]] = {
    "threshold": _threshold, "fault": _fault, "absence": _absence, "rate": _rate, "count": _count,
}  # fmt: skip
