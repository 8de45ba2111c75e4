"""Which calendars and policies are in force, ready for the engine?

Versions never change, so what is compiled from them is kept for good; which version is current is read at a revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.engine.calendar import Calendar
from yingnuo.engine.milestones import Milestone
from yingnuo.engine.policy import Facts, Match, Policy
from yingnuo.engine.terms import Terms
from yingnuo.kit.errors import NotFound
from yingnuo.kit.revisions import Book
from yingnuo.promises import public_holidays
from yingnuo.promises.models import Calendar as CalendarRow
from yingnuo.promises.models import CalendarVersion, PolicyVersion, TermsCopy
from yingnuo.promises.models import Policy as PolicyRow

ALWAYS = "always"
_MATCHES_KEPT = 20_000  # different facts whose matches are kept in memory
_ALWAYS_SPEC = {"timezone": "UTC", "always_open": True}


@dataclass(frozen=True, slots=True)
class Standards:
    """What is in force at one revision."""

    policies: tuple[Policy, ...]
    calendars: Mapping[str, str]  # code -> key of the current version
    _matches: dict[Facts, dict[str, Match]] = field(default_factory=dict, repr=False)
    _starting: dict[tuple[Facts, str], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def match_all(self, facts: Facts) -> dict[str, Match]:
        """The deciding match of each milestone: the first policy that names it, promised or explicitly not."""
        known = self._matches.get(facts)
        if known is None:
            if len(self._matches) > _MATCHES_KEPT:
                self._matches.clear()
                self._starting.clear()
            known = self._matches[facts] = self._match_all(facts)
        return known

    def _match_all(self, facts: Facts) -> dict[str, Match]:
        found: dict[str, Match] = {}
        for policy in self.policies:
            for milestone, match in policy.match_all(facts, self.calendars.__getitem__).items():
                if milestone not in found and match.rule:
                    found[milestone] = match
        return found

    def starting(self, facts: Facts, event: str) -> tuple[str, ...]:
        """The milestones with terms that an event begins for these facts, the product's own in their order first."""
        found = self._starting.get((facts, event))
        if found is None:
            known = facts.as_mapping()
            given = [m for m, match in self.match_all(facts).items() if match.terms]
            begun = [m for m in given if _begins(self.match_all(facts)[m].terms, event, known)]
            found = self._starting[facts, event] = tuple(sorted(begun, key=_place))
        return found

    @property
    def titles(self) -> dict[str, str]:
        """The milestones and deeds that the policies in force declare, code: title."""
        return {
            code: title for policy in reversed(self.policies)
            for code, title in (*((m.code, m.title or m.code) for m in policy.milestones), *policy.deeds.items())
        }  # fmt: skip

    def calendar(self, code: str) -> Calendar:
        """The current version of a calendar by its code."""
        return calendar(self.calendars[code])


def _load() -> Standards:
    calendars = {c.code: f"{c.code}@{c.current}" for c in CalendarRow.objects.exclude(current=0)}
    calendars.setdefault(ALWAYS, f"{ALWAYS}@0")
    rows = PolicyRow.objects.filter(active=True).exclude(current=0).order_by("position", "id")
    return Standards(tuple(_policy(row) for row in rows), calendars)


standards: Book[Standards] = Book(_load)
_ORDER = {str(milestone): n for n, milestone in enumerate(Milestone)}


def _place(milestone: str) -> tuple[int, str]:
    return _ORDER.get(milestone, len(_ORDER)), milestone


def _begins(terms: Terms | None, event: str, facts: Mapping[str, object]) -> bool:
    return terms is not None and terms.runs.named("start", event, facts)


def _policy(row: PolicyRow) -> Policy:
    version = PolicyVersion.objects.get(policy=row, number=row.current)
    return Policy.from_spec(version.spec, row.current)


_compiled: dict[str, Calendar] = {f"{ALWAYS}@0": Calendar.from_spec(_ALWAYS_SPEC)}


def calendar(key: str) -> Calendar:
    """The compiled calendar of a version key such as "office@3"; NotFound when there is none."""
    found = _compiled.get(key)
    if found is None:
        found = _compiled[key] = compile_calendar(_version(key).spec)
    return found


def spec_of(key: str) -> Mapping[str, object]:
    """What a calendar version was compiled from, as it is stored; NotFound when there is none."""
    return _ALWAYS_SPEC if key == f"{ALWAYS}@0" else _version(key).spec


def _version(key: str) -> CalendarVersion:
    code, _at, number = key.partition("@")
    row = CalendarVersion.objects.filter(calendar__code=code, number=int(number or 0)).first()
    if row is None:
        raise NotFound(_("There is no calendar version %(key)s."), code="calendar_not_found", key=key)
    return row


def compile_calendar(spec: Mapping[str, object]) -> Calendar:
    """The engine's calendar of a stored spec, public holidays resolved; BadSpec or NeverOpens when it is wrong."""
    return Calendar.from_spec(public_holidays.expand(spec))


def forget() -> None:
    """Drops compiled versions and copies of terms; for tests and scratch databases, where numbers come anew."""
    _compiled.clear()
    _compiled[f"{ALWAYS}@0"] = Calendar.from_spec(_ALWAYS_SPEC)
    _terms.clear()
    _ids.clear()
    _same.clear()


_terms: dict[int, Terms] = {}
_ids: dict[Terms, int] = {}
_same: dict[int, tuple[Terms, int]] = {}  # by the very object, which a policy hands out again and again


def terms_of(copy_id: int) -> Terms:
    """The terms of a stored copy."""
    found = _terms.get(copy_id)
    if found is None:
        found = _terms[copy_id] = Terms.from_spec(TermsCopy.objects.get(pk=copy_id).spec)
    return found


def copy_known(terms: Terms) -> int | None:
    """The id of the stored copy of terms that were asked for before: terms are long to hash."""
    kept = _same.get(id(terms))
    if kept is not None and kept[0] is terms:
        return kept[1]
    number = _ids.get(terms)
    if number is not None:
        _same[id(terms)] = terms, number
    return number


def copies_of(wanted: set[Terms]) -> dict[Terms, int]:
    """The ids of the stored copies of these terms; stores what is new. Copies are immutable and found by digest."""
    missing = {t: t.digest() for t in wanted if t not in _ids}
    if not missing:
        return {t: _ids[t] for t in wanted}
    rows = [TermsCopy(digest=digest, spec=t.to_spec()) for t, digest in missing.items()]
    TermsCopy.objects.bulk_create(rows, ignore_conflicts=True)
    ids = dict(TermsCopy.objects.filter(digest__in=missing.values()).values_list("digest", "pk"))
    fresh = {t: ids[digest] for t, digest in missing.items()}
    _terms.update({copy_id: t for t, copy_id in fresh.items()})
    transaction.on_commit(lambda: _ids.update(fresh))  # a rollback takes the rows away again
    return {t: fresh.get(t) or _ids[t] for t in wanted}
