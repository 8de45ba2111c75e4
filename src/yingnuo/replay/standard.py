"""Under which calendars and which policy is the log replayed?

Without a file: the pack that ships, its hours put on the clock that the mapping names. With a file: `calendars` and
`policy` as in that pack, or a bare policy, which then uses the pack's calendars. Needs no database.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.errors import EngineError
from yingnuo.engine.policy import Facts, Policy
from yingnuo.engine.specs import items, mapping, only, refusal, text
from yingnuo.engine.terms import Terms
from yingnuo.promises import public_holidays
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.mapping import ServiceTime

ALWAYS = "always"
_ALWAYS_SPEC: dict[str, object] = {"timezone": "UTC", "always_open": True}
_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Pack:
    """Calendars (code -> spec, public holidays with their years) and a policy spec, ready to be installed."""

    title: str
    calendars: AnyMapping[str, dict[str, object]]
    policy: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standard:
    """A pack compiled: version 1 of everything, as a fresh database would number it."""

    policy: Policy
    calendars: AnyMapping[str, Calendar]  # by version key
    _terms: dict[Facts, dict[str, Terms]] = field(default_factory=dict, repr=False)

    def calendar(self, key: str) -> Calendar:
        """The calendar of a version key."""
        return self.calendars[key]

    def terms(self, facts: Facts) -> dict[str, Terms]:
        """By milestone, what is promised for these facts; milestones without a promise are not in it."""
        found = self._terms.get(facts)
        if found is None:
            if len(self._terms) >= _KEPT:
                self._terms.clear()
            matches = self.policy.match_all(facts, self.key)
            found = self._terms[facts] = {m: match.terms for m, match in matches.items() if match.terms is not None}
        return found

    def key(self, code: str) -> str:
        """Version key of a calendar code."""
        return f"{code}@0" if f"{code}@1" not in self.calendars else f"{code}@1"


def load(path: Path | None, service: ServiceTime, years: range) -> Pack:
    """The pack for a log that reaches over `years`; ReplayError names file and place of what is wrong."""
    shipped = yaml.safe_load(_shipped())
    if path is None:
        moved = {c["code"]: _moved(c["spec"], service) for c in shipped["calendars"]}
        return Pack(str(shipped["policy"]["title"]), _dated(moved, years), shipped["policy"])
    try:
        return _own(yaml.safe_load(path.read_text(encoding="utf-8")), shipped, service, years, path)
    except OSError as error:
        raise ReplayError(f"policy {path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ReplayError(f"policy {path}: not valid YAML: {' '.join(str(error).split())}") from error
    except EngineError as error:
        raise ReplayError(f"policy {path}: at {error}") from error


def _shipped() -> str:
    return resources.files("yingnuo.promises").joinpath("packs/default.yaml").read_text(encoding="utf-8")


def _own(spec: object, shipped: Any, service: ServiceTime, years: range, path: Path) -> Pack:
    given = mapping(spec, "the top")
    calendars = {c["code"]: _moved(c["spec"], service) for c in shipped["calendars"]}
    policy = given
    if "policy" in given:
        only(given, ("calendars", "policy"), "")
        policy = mapping(given["policy"], "policy")
        for n, item in enumerate(items(given.get("calendars", []), "calendars")):
            one = mapping(item, f"calendars[{n}]")
            code = text(one.get("code"), f"calendars[{n}].code")
            calendars[code] = dict(mapping(one.get("spec"), f"calendars[{n}].spec"))
    return Pack(str(policy.get("title", path.stem)), _dated(calendars, years), dict(policy))


def _moved(spec: dict[str, Any], service: ServiceTime) -> dict[str, object]:
    """A shipped calendar with the hours of the place that the mapping names."""
    moved = {k: v for k, v in spec.items() if k != public_holidays.KEY or service.holidays is None}
    if service.zone:
        moved["timezone"] = service.zone
    if service.holidays and public_holidays.KEY in spec:
        moved[public_holidays.KEY] = {"country": service.holidays}
    return moved


def _dated(calendars: dict[str, dict[str, object]], years: range) -> dict[str, dict[str, object]]:
    """Public holidays of the years that the log reaches over, where a calendar names none itself."""
    dated = {}
    for code, spec in calendars.items():
        holidays = spec.get(public_holidays.KEY)
        if isinstance(holidays, dict) and "years" not in holidays:
            spec = {**spec, public_holidays.KEY: {**holidays, "years": list(years)}}  # noqa: PLW2901
        dated[code] = spec
    return dated


def cut(pack: Pack, milestones: Collection[str]) -> Pack:
    """The pack without promises that the log cannot judge: given and never answered, they would only be noise."""
    rules = items(pack.policy.get("rules", []), "rules")
    kept = [{**r, "promises": {m: p for m, p in r["promises"].items() if m in milestones}} for r in rules if _whole(r)]
    return replace(pack, policy={**pack.policy, "rules": [r for r in kept if r["promises"]]})


def _whole(rule: object) -> bool:
    return isinstance(rule, AnyMapping) and isinstance(rule.get("promises"), AnyMapping)


def compiled(pack: Pack) -> Standard:
    """The pack, ready to be asked; ReplayError where a rule names a calendar that is not there."""
    try:
        specs = {f"{code}@1": public_holidays.expand(spec) for code, spec in pack.calendars.items()}
        calendars = {key: Calendar.from_spec(spec) for key, spec in specs.items()}
        calendars.setdefault(f"{ALWAYS}@0", Calendar.from_spec(_ALWAYS_SPEC))
        standard = Standard(Policy.from_spec(pack.policy, 1), calendars)
        _check_calendars(standard)
    except EngineError as error:
        raise ReplayError(f"policy {pack.title}: at {error}") from error
    return standard


def _check_calendars(standard: Standard) -> None:
    for rule in standard.policy.rules:
        for milestone, terms in rule.promises.items():
            if terms is not None and standard.key(terms.calendar) not in standard.calendars:
                known = sorted({key.partition("@")[0] for key in standard.calendars})
                raise refusal(
                    f"rules.{rule.code}.promises.{milestone}.calendar", "unknown_calendar", given=terms.calendar,
                    expected=known,
                )  # fmt: skip
