"""How does a standard come to a new version? Drafted, proposed with its reason, approved by another person, enacted.

    draft ── propose ──> proposed ── approve ──> approved ── effective from ──> in force ──> superseded
      └────── withdraw ─────┴── reject / withdraw ──┘

A draft is one row for all: colleagues see it and work on it together. Whoever changes it says which edition he looked
at, and is refused with what differs when somebody was quicker. A proposal names the version it was made from, and is
refused when another has come in force since. So nobody's change is lost without a person having seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM, Actor, require, those_who_may
from yingnuo.promises import versions
from yingnuo.promises.models import Calendar, Policy, Version, VersionState
from yingnuo.promises.versions import Sort

Spec = Mapping[str, object]
SHORTEST_REASON = 5
_OPEN = (VersionState.DRAFT, VersionState.PROPOSED, VersionState.APPROVED)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What whoever proposes says: why, from when on (None: at once on approval), to be looked at again when.

    `moves_open`: open promises follow; else those given already stay.
    """

    justification: str
    effective_from: datetime | None = None
    review_on: date | None = None
    moves_open: bool = False


class Stale(Conflict):
    """Somebody was quicker. `theirs` is what is there now, `mine` what would have taken its place (or was its base)."""

    def __init__(self, text: Any, *, theirs: Spec, mine: Spec, code: str, **params: str | int) -> None:
        super().__init__(text, code=code, **params)
        self.theirs, self.mine = theirs, mine


def draft(actor: Actor, *, sort: Sort, code: str, spec: Spec, name: str = "", base: int, now: datetime) -> Version:
    """Begins a draft from version `base` (0: a standard that does not exist yet); Conflict where there is one."""
    require(actor, "settings.draft")
    _check(sort, spec)
    with transaction.atomic():
        standard = _standard(sort, code, name, base)
        open_one = versions.rows(sort).filter(**{sort.value: standard}, state=VersionState.DRAFT).first()
        if open_one is not None:
            raise draft_changed(open_one, spec)
        if standard.current != base:
            raise _overtaken(sort, standard, base)
        staff = versions.staff_of(actor)
        version: Version = versions.rows(sort).model(
            **{sort.value: standard}, number=versions.next_number(standard), spec=dict(spec), name=name[:80],
            state=VersionState.DRAFT, base=base, authors=[staff] if staff else [], created_at=now,
            created_by_id=staff, edited_at=now, edited_by_id=staff,
        )  # fmt: skip
        version.save()
        _told(actor, Code.STANDARD_DRAFTED, version, now, edition=1)
    return version


def _standard(sort: Sort, code: str, name: str, base: int) -> Policy | Calendar:
    rows = versions.standards_of(sort)
    if base == 0:
        begun: dict[str, object] = {"name": name[:80] or code, "current": 0}
        if sort is Sort.POLICY:
            begun["position"] = rows.count()
        rows.get_or_create(code=code, defaults=begun)
    standard: Policy | Calendar | None = rows.select_for_update().filter(code=code).first()
    if standard is None:
        raise NotFound(_("There is no such standard."), code="standard_not_found")
    return standard


def edit(
    actor: Actor, *, version: Version, edition: int, spec: Spec, name: str = "", base: int | None = None, now: datetime
) -> Version:
    """Changes a draft that is still at this edition; Stale when a colleague changed it meanwhile.

    `base` says that the changes of a newer version were brought in.
    """
    require(actor, "settings.draft")
    _check(versions.sort_of(version), spec)
    with transaction.atomic():
        row = _locked(version)
        if row.state != VersionState.DRAFT:
            raise _wrong_state(row)
        if row.edition != edition:
            raise draft_changed(row, spec)
        row.spec, row.name, row.base = dict(spec), name[:80] or row.name, row.base if base is None else base
        _edited(actor, row, now)
        _told(actor, Code.STANDARD_DRAFTED, row, now, edition=row.edition)
    return row


def _edited(actor: Actor, row: Version, now: datetime) -> None:
    staff = versions.staff_of(actor)
    row.edition, row.edited_at, row.edited_by_id = row.edition + 1, now, staff
    if staff and staff not in row.authors:
        row.authors = [*row.authors, staff]
    row.save()


def propose(actor: Actor, *, version: Version, edition: int, proposal: Proposal, now: datetime) -> Version:
    """Hands a draft to another person to decide; from now on its wording never changes."""
    require(actor, "settings.draft")
    with transaction.atomic():
        row = _locked(version)
        if row.state != VersionState.DRAFT:
            raise _wrong_state(row)
        if row.edition != edition:
            raise draft_changed(row, version.spec)
        _refuse_unsaid(proposal, now)
        _check(versions.sort_of(row), row.spec)
        _refuse_overtaken(row)
        _refuse_same(row)
        row.state, row.proposed_at, row.proposed_by_id = VersionState.PROPOSED, now, versions.staff_of(actor)
        row.justification, row.effective_from = proposal.justification.strip(), proposal.effective_from
        row.review_on, row.moves_open = proposal.review_on, proposal.moves_open
        row.save()
        begins = row.effective_from.isoformat() if row.effective_from else ""
        said: dict[str, str | int] = {"from": begins, "moves": int(row.moves_open)}
        _told(actor, Code.STANDARD_PROPOSED, row, now, **said)
    return row


def _refuse_unsaid(proposal: Proposal, now: datetime) -> None:
    wrong = {}
    if len(proposal.justification.strip()) < SHORTEST_REASON:
        wrong["justification"] = _("Say in a few words why the standard changes.")
    begins = proposal.effective_from
    if begins and begins <= now:
        wrong["effective_from"] = _("This moment has passed. Choose a later one, or leave it empty for at once.")
    if proposal.review_on and proposal.review_on <= (begins or now).date():
        wrong["review_on"] = _("Choose a day after the standard has come in force.")
    if wrong:
        raise Invalid(next(iter(wrong.values())), fields=wrong)


def _refuse_same(row: Version) -> None:
    before = versions.siblings(row).filter(number=row.base).first()
    if before is not None and before.spec == row.spec and row.name in ("", before.name, versions.standard_of(row).name):
        raise Conflict(_("It says the same as the version in force: there is nothing to propose."), code="no_change")


def withdraw(actor: Actor, *, version: Version, now: datetime) -> Version:
    """Takes a draft, a proposal or an approved version that is not in force yet back: by an author, or a manager."""
    require(actor, "settings.draft")
    with transaction.atomic():
        row = _locked(version)
        if row.state not in _OPEN:
            raise _wrong_state(row)
        if not (actor.may("settings.edit") or wrote(actor, row)):
            raise NotAllowed(_("Only who wrote it, or a manager, may take it back."), code="not_yours")
        row.state, row.ended_at = VersionState.WITHDRAWN, now
        row.save()
        _told(actor, Code.STANDARD_WITHDRAWN, row, now)
    return row


def approve(actor: Actor, *, version: Version, note: str = "", now: datetime) -> Version:
    """Approves a proposal of somebody else; it comes in force at its moment, at once when that is here.

    Who wrote or proposed it may do so only where nobody else can, and the row and the ledger say that.
    """
    require(actor, "settings.approve")
    with transaction.atomic():
        row = _locked(version)
        if row.state != VersionState.PROPOSED:
            raise _wrong_state(row)
        alone = _alone(actor, row)
        _check(versions.sort_of(row), row.spec)
        _refuse_overtaken(row)
        _refuse_second(row)
        row.state, row.alone = VersionState.APPROVED, alone
        _decided(actor, row, note, now)
        _told(actor, Code.STANDARD_APPROVED, row, now, alone=int(alone))
        if row.effective_from is None or row.effective_from <= now:
            _begin(actor, row, now)
    return row


def reject(actor: Actor, *, version: Version, note: str, now: datetime) -> Version:
    """Refuses a proposal, with the reason."""
    require(actor, "settings.approve")
    with transaction.atomic():
        row = _locked(version)
        if row.state != VersionState.PROPOSED:
            raise _wrong_state(row)
        _alone(actor, row)
        if len(note.strip()) < SHORTEST_REASON:
            said = _("Say in a few words why it is refused.")
            raise Invalid(said, fields={"note": said})
        row.state, row.ended_at = VersionState.REJECTED, now
        _decided(actor, row, note, now)
        _told(actor, Code.STANDARD_REJECTED, row, now)
    return row


def _decided(actor: Actor, row: Version, note: str, now: datetime) -> None:
    row.decided_at, row.decided_by_id, row.decision_note = now, versions.staff_of(actor), note.strip()
    row.save()


def wrote(actor: Actor, version: Version) -> bool:
    """Whether the actor is one of those who wrote or proposed it."""
    return actor.kind == "staff" and actor.id in {*version.authors, version.proposed_by_id}


def deciders(version: Version) -> QuerySet[Staff]:
    """Who may decide about it: active, with the verb, and neither its author nor its proposer."""
    return those_who_may("settings.approve").exclude(pk__in=[*version.authors, version.proposed_by_id or 0])


def _alone(actor: Actor, row: Version) -> bool:
    """Whether the actor decides about his own, for want of anybody else; NotAllowed while there is somebody."""
    if not wrote(actor, row):
        return False
    if deciders(row).exists():
        raise NotAllowed(_("You wrote or proposed this. Another person decides about it."), code="own_proposal")
    return True


def enact(*, now: datetime) -> list[Version]:
    """Puts every approved version in force whose moment has come; however many workers ask, each once.

    One that another version has overtaken since (an installation did it, or a file) is put back to be decided anew.
    """
    from_now_on = Q(effective_from=None) | Q(effective_from__lte=now)
    found: list[Version] = []
    for sort in (Sort.CALENDAR, Sort.POLICY):  # a policy may name a calendar of the same moment
        for version in versions.rows(sort).filter(from_now_on, state=VersionState.APPROVED).order_by("effective_from"):
            found += _enacted(version, now)
    return found


def _enacted(version: Version, now: datetime) -> list[Version]:
    with transaction.atomic():
        row = _locked(version)
        if row.state != VersionState.APPROVED:
            return []
        if row.base == versions.standard_of(row).current:
            _begin(SYSTEM, row, now)
            return [row]
        row.state, row.decided_at, row.decided_by_id = VersionState.PROPOSED, None, None
        row.save()
        _told(SYSTEM, Code.STANDARD_REJECTED, row, now, reason="overtaken")
        return []


def _begin(actor: Actor, row: Version, now: datetime) -> None:
    was = versions.standard_of(row).current
    versions.begin(row, now)
    _told(actor, Code.STANDARD_IN_FORCE, row, now, was=was, moves=int(row.moves_open))
    revisions.bump()


def followed(version: Version) -> bool:
    """Notes that open promises follow this version from now on; whether it was this caller who did."""
    rows = versions.siblings(version).filter(pk=version.pk, moves_pending=True)
    return bool(rows.update(moves_pending=False))


def to_follow() -> list[Version]:
    """Versions in force that open promises are still to follow, the oldest first."""
    found: list[Version] = []
    for sort in (Sort.CALENDAR, Sort.POLICY):
        found += versions.rows(sort).filter(moves_pending=True, state=VersionState.IN_FORCE)
    return sorted(found, key=lambda v: (v.in_force_at or v.created_at, v.pk))


def to_review(*, on: date) -> list[Version]:
    """Versions in force whose day of review has come."""
    found: list[Version] = []
    for sort in (Sort.CALENDAR, Sort.POLICY):
        found += versions.rows(sort).filter(state=VersionState.IN_FORCE, review_on__lte=on)
    return found


def in_force(sort: Sort, code: str) -> Version:
    """The version in force; NotFound when there is none."""
    rows = versions.rows(sort).filter(**{f"{sort.value}__code": code}, number=F(f"{sort.value}__current"))
    found: Version | None = rows.first()
    if found is None:
        raise NotFound(_("No version of this standard is in force yet."), code="standard_not_found")
    return found


def overtaken(version: Version) -> Version | None:
    """The version in force, where it is another one than this draft or proposal was made from."""
    standard = versions.standard_of(version)
    if version.state not in _OPEN or version.base == standard.current:
        return None
    found: Version | None = versions.siblings(version).filter(number=standard.current).first()
    return found


def _locked(version: Version) -> Version:
    """The version as it is now; its standard's row is held, so that all of its life goes one after the other."""
    sort, standard = versions.sort_of(version), versions.standard_of(version)
    versions.standards_of(sort).select_for_update().get(pk=standard.pk)
    row: Version = versions.rows(sort).get(pk=version.pk)
    return row


def _check(sort: Sort, spec: Spec) -> None:
    if sort is Sort.POLICY:
        versions.check_policy(spec)
    else:
        versions.check_calendar(spec)


def _refuse_overtaken(row: Version) -> None:
    standard = versions.standard_of(row)
    if row.base != standard.current:
        raise _overtaken(versions.sort_of(row), standard, row.base)


def _overtaken(sort: Sort, standard: Policy | Calendar, base: int) -> Stale:
    specs = dict(
        versions.rows(sort).filter(**{sort.value: standard}, number__in=[base, standard.current])
        .values_list("number", "spec")
    )  # fmt: skip
    return Stale(
        _("Version %(number)s has come in force since this was begun. Bring its changes in first."),
        theirs=specs.get(standard.current, {}), mine=specs.get(base, {}), code="overtaken", number=standard.current,
    )  # fmt: skip


def _refuse_second(row: Version) -> None:
    waiting = versions.siblings(row).filter(state=VersionState.APPROVED).first()
    if waiting is not None:
        raise Conflict(
            _("Version %(number)s is approved and waits for its moment. Take it back first, or wait until it is here."),
            code="another_waits", number=waiting.number,
        )  # fmt: skip


def draft_changed(row: Version, mine: Spec) -> Stale:
    """The refusal of a change made on top of something older than `row`; it names who was quicker."""
    who = row.edited_by.name if row.edited_by else "—"
    return Stale(
        _("%(name)s changed the draft after you opened it. Nothing of yours was kept: look, and do it again."),
        theirs=row.spec, mine=mine, code="draft_changed", name=who,
    )  # fmt: skip


def _wrong_state(row: Version) -> Conflict:
    return Conflict(
        _("Version %(number)s is in the state “%(state)s”: this cannot be done to it any more."),
        code="wrong_state", number=row.number, state=str(VersionState(row.state).label),
    )  # fmt: skip


def _told(actor: Actor, code: Code, row: Version, now: datetime, **params: str | int) -> None:
    about = versions.what(row)
    ledger.record(actor, [Entry(code, 0, about, {"what": about, "version": row.number, **params})], now=now)
