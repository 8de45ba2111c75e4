"""How does a standard look as a table: a row for each rule, a column for each milestone, what lint says beside it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from yingnuo.desk.settings import policy_edit, words
from yingnuo.desk.settings.policy_edit import Cell
from yingnuo.desk.settings.words import Lexicon
from yingnuo.engine.lint import Remark
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.engine.policy import Rule as EngineRule
from yingnuo.engine.terms import Terms
from yingnuo.promises import remarks, standards
from yingnuo.promises.models import Calendar, CalendarVersion, Policy

#: Shown folded: usual wherever rules ask for different facts.
FOLDED = frozenset({"overlap", "overlap_laxer"})
_DEAD = frozenset({"rule_never_reached", "rule_never_matches"})


@dataclass(frozen=True, slots=True)
class Square:
    """One cell of the table. `state` is promise, none or silent; `fresh` marks a change that is not saved yet."""

    milestone: str
    state: str
    target: str = ""
    calendar: str = ""
    ladder: str = ""
    pauses: str = ""
    fresh: bool = False
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the table."""

    code: str
    title: str
    when: str
    squares: tuple[Square, ...]
    warned: str
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Warned:
    """One finding of lint in words."""

    text: str
    tone: str


def grid(spec: Mapping[str, Any], saved: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Rows, columns, ladders, pause sets and findings of one specification."""
    policy = EnginePolicy.from_spec(spec)
    findings = remarks.of(policy, now=now)
    known = words.milestones(spec)
    columns = [code for code in known if code in policy.naming]
    lexicon, names = words.lexicon(), dict(calendars())
    fresh = {(c.subject, c.milestone) for c in policy_edit.changes(saved, spec) if c.kind in ("promise", "rule_added")}
    context = _Context(columns, lexicon, names, fresh, findings, spec, nonstop())
    return {
        "columns": [(code, known[code]) for code in columns],
        "rows": [_row(n, rule, policy, context) for n, rule in enumerate(policy.rules)],
        "findings": [_warned(f, lexicon) for f in findings if f.code not in FOLDED],
        "crossings": [_warned(f, lexicon) for f in findings if f.code in FOLDED],
        "ladders": [
            (name, [(words.moment(s), words.told_people(s)) for s in steps]) for name, steps in policy.ladders.items()
        ],
        "pause_sets": [
            (name, [words.reasons().get(r, r) for r in reasons]) for name, reasons in policy.pause_sets.items()
        ],
    }


def _warned(remark: Remark, lexicon: Lexicon) -> Warned:
    text = remarks.sentence(remark, lambda condition: words.told(condition, lexicon))
    return Warned(text, "orange" if remark.grave else "gray")


@dataclass(frozen=True, slots=True)
class _Context:
    columns: list[str]
    lexicon: Lexicon
    calendars: Mapping[str, str]
    fresh: set[tuple[str, str]]
    findings: tuple[Remark, ...]
    spec: Mapping[str, Any]
    nonstop: set[str]


def _row(n: int, rule: EngineRule, policy: EnginePolicy, c: _Context) -> Row:
    written = c.spec["rules"][n]
    never = next((f for f in c.findings if f.code in _DEAD and f.subject == rule.code), None)
    squares = tuple(_square(n, rule, milestone, written.get("promises", {}), c) for milestone in c.columns)
    return Row(
        rule.code, str(written.get("title", "")), words.told(rule.when, c.lexicon), squares,
        remarks.sentence(never) if never else "", n == 0, n == len(policy.rules) - 1,
    )  # fmt: skip


def _square(n: int, rule: EngineRule, milestone: str, written: Mapping[str, Any], c: _Context) -> Square:
    fresh = (rule.code, milestone) in c.fresh or ((rule.code, "") in c.fresh and milestone in written)
    if milestone not in rule.promises:
        return Square(milestone, Cell.SILENT.value, fresh=fresh)
    terms = rule.promises[milestone]
    if terms is None:
        return Square(milestone, Cell.NONE.value, fresh=fresh)
    path = f"rules[{n}].promises.{milestone}"
    unreached = any(f.code == "promise_never_reached" and f.path == path for f in c.findings)
    return _promised(milestone, terms, written[milestone], c, fresh=fresh, unreached=unreached)


def _promised(
    milestone: str, terms: Terms, written: Mapping[str, Any], c: _Context, *, fresh: bool, unreached: bool
) -> Square:
    ladder, pauses = written.get("ladder") or "", written.get("pauses") or ""
    return Square(
        milestone, "promise", words.target(terms.target_seconds, terms.calendar in c.nonstop),
        c.calendars.get(terms.calendar, terms.calendar),
        ladder if isinstance(ladder, str) else _("own steps"),
        _("any reason") if pauses == "*" else pauses if isinstance(pauses, str) else _("own pauses"), fresh, unreached,
    )  # fmt: skip


def calendars() -> list[tuple[str, str]]:
    """Code and name of every calendar in force, by name."""
    return list(Calendar.objects.exclude(current=0).order_by("name").values_list("code", "name"))


def nonstop() -> set[str]:
    """Codes of the calendars that never close."""
    current = CalendarVersion.objects.filter(number=F("calendar__current"), spec__always_open=True)
    return {standards.ALWAYS, *current.values_list("calendar__code", flat=True)}


def summary(policy: Policy, *, now: datetime) -> dict[str, Any]:
    """One line of the list of standards: the version in force, else the newest there is."""
    rows = policy.versions.select_related("created_by", "decided_by").order_by("-number")
    version = rows.filter(number=policy.current).first() or rows[0]
    read = EnginePolicy.from_spec(version.spec)
    return {
        "policy": policy, "version": version, "rules": len(read.rules), "agreement": read.agreement,
        "grave": sum(remark.grave for remark in remarks.of(read, now=now)),
    }  # fmt: skip


EXAMPLE = """code: dealers
title: Promises of our dealers
agreement: uc
ladders:
  calm:
    - {step: warn, before: 30m, share: 0.5, to: [holder], by: [in_app, mail], ack: 15m}
    - {step: broken, after: 0, to: [holder, lead], by: [in_app, mail, sms]}
pause_sets:
  customer: [waiting_customer, appointment]
rules:
  - code: dealer-urgent
    title: A dealer visits within the day
    when: {team: [dealer-north, dealer-south], urgency: urgent}
    promises:
      on_site_arrival: {target: 8h, calendar: office, ladder: calm, pauses: customer}
"""
