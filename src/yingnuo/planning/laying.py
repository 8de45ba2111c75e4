"""Which standards does a trial lay over what happened: those in force, with what it puts in their place?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Calendars
from yingnuo.engine.errors import EngineError
from yingnuo.engine.policy import Facts, Policy
from yingnuo.engine.terms import Terms
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.planning.asking import Asked, Target, TeamAsked, Trial
from yingnuo.planning.running import Laid, Staffing
from yingnuo.promises import standards
from yingnuo.promises.models import PolicyVersion
from yingnuo.promises.standards import Standards

_HOURS = "hours:"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Book:
    """Standards ready to be laid: policies in their order, which version of a calendar, and calendars made for it."""

    policies: tuple[Policy, ...]
    keys: Mapping[str, str]
    made: Mapping[str, Calendar]

    def calendar(self, key: str) -> Calendar:
        """The calendar of a version key."""
        return self.made[key] if key in self.made else standards.calendar(key)

    def shift(self, code: str) -> Calendar:
        """The calendar of a code, or of hours such as "hours:18:00-22:00@Asia/Shanghai"."""
        if code.startswith(_HOURS):
            return _hours(code)
        return self.calendar(self.keys[code])


def in_force() -> Book:
    """The standards in force."""
    book = standards.standards.at(revisions.current())
    return Book(book.policies, book.calendars, {})


def with_policies(book: Book, policies: Iterable[Policy]) -> Book:
    """Each in the place of the one of its code; one that is new is asked first."""
    chosen = {policy.code: policy for policy in policies}
    kept = [chosen.pop(policy.code, policy) for policy in book.policies]
    return replace(book, policies=(*chosen.values(), *kept))


def with_calendars(book: Book, made: Mapping[str, Calendar]) -> Book:
    """These calendars, by their codes, in the place of the versions in force."""
    keys = {code: f"{code}@lab" for code in made}
    return replace(book, keys={**book.keys, **keys}, made={**book.made, **{keys[c]: one for c, one in made.items()}})


def laid(book: Book, name: str, target: Target | None = None, *, own_shifts: bool = False) -> Laid:
    """The book as the lab lays it, one target changed; with `own_shifts` people then work by its calendars too."""
    known = Standards(book.policies, book.keys)
    matched: dict[Facts, Mapping[str, Terms]] = {}

    def terms(facts: Facts) -> Mapping[str, Terms]:
        if facts not in matched:
            found = {m: match.terms for m, match in known.match_all(facts).items() if match.terms is not None}
            matched[facts] = _sharpened(found, facts, target)
        return matched[facts]

    milestones = tuple(dict.fromkeys(m for policy in book.policies for m in policy.naming))
    calendars: Calendars = book.calendar
    return Laid(name, terms, calendars, milestones, book.shift if own_shifts else None)


def _sharpened(found: Mapping[str, Terms], facts: Facts, target: Target | None) -> Mapping[str, Terms]:
    if target is None or target.milestone not in found or target.urgency not in ("", facts.urgency):
        return found
    changed = replace(found[target.milestone], target_seconds=target.seconds, target_days=0)
    return {**found, target.milestone: changed}


def of_trial(trial: Trial) -> Laid:
    """The trial, ready; NotFound where it names a version that is not there any more."""
    book = with_policies(in_force(), [_policy(key) for key in trial.policies])
    codes = {key.partition("@")[0]: key for key in trial.calendars}
    # Compiled anew and kept by nobody: a draft may be written over under the same number.
    made = {key: standards.compile_calendar(standards.spec_of(key)) for key in codes.values()}
    book = replace(book, keys={**book.keys, **codes}, made={**book.made, **made})
    if trial.saturdays:
        book = _open_on_saturdays(book)
    return laid(book, trial.name, trial.target, own_shifts=trial.saturdays)


def _policy(key: str) -> Policy:
    code, _at, number = key.partition("@")
    row = PolicyVersion.objects.filter(policy__code=code, number=int(number) if number.isdigit() else 0).first()
    if row is None:
        raise NotFound(_("There is no version %(key)s of a standard."), code="policy_version_not_found", key=key)
    return Policy.from_spec(row.spec, row.number)


def _open_on_saturdays(book: Book) -> Book:
    """Every calendar that is closed on Saturdays and open on Fridays opens on Saturdays as on Fridays."""
    made = {}
    for code, key in book.keys.items():
        spec: dict[str, Any] = book.calendar(key).to_spec()
        weekly = spec.get("weekly") or {}
        if weekly.get("fri") and not weekly.get("sat"):
            made[code] = Calendar.from_spec({**spec, "weekly": {**weekly, "sat": weekly["fri"]}})
    if not made:
        raise Invalid(_("No service time that is open on Fridays is closed on Saturdays."), code="saturdays_open")
    return with_calendars(book, made)


def staffing(asked: Asked) -> Staffing:
    """People and shifts as the engine's queue takes them."""
    return Staffing(
        people={t.team: t.people for t in asked.teams if t.people is not None},
        shifts={t.team: t.shift for t in asked.teams if t.shift},
        extra={t.team: ((_code_of(t, asked.zone), t.extra),) for t in asked.teams if t.extra},
        wanted=asked.wanted, hourly=asked.hourly, penalty=asked.penalty,
    )  # fmt: skip


def _code_of(team: TeamAsked, zone: str) -> str:
    return f"{_HOURS}{team.begins}-{team.ends}@{zone}"


def _hours(code: str) -> Calendar:
    """A calendar of the same hours every day."""
    hours, _at, zone = code.removeprefix(_HOURS).partition("@")
    begins, _dash, ends = hours.partition("-")
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    try:
        return Calendar.from_spec(
            {"timezone": zone, "weekly": {day: [[_padded(begins), _padded(ends)]] for day in days}}
        )
    except EngineError as error:
        raise Invalid(_("Say from when to when the further people work."), code="no_hours") from error


def _padded(time: str) -> str:
    return time.rjust(5, "0")


def known_shifts(book: Book) -> Callable[[str], Calendar]:
    """What `Book.shift` gives, with Invalid for a calendar that is not there."""

    def shift(code: str) -> Calendar:
        if code not in book.keys and not code.startswith(_HOURS):
            raise Invalid(_("There is no service time “%(calendar)s”."), code="unknown_calendar", calendar=code)
        return book.shift(code)

    return shift
