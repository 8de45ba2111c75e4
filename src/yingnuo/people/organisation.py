"""How does the organisation change: departments, teams, staff, absences, regions?

Each change is checked, written and noted in one transaction, and makes every process read the organisation anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import roles
from yingnuo.people.models import Absence, Department, Region, Role, Staff, Team, TeamStrategy
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, require
from yingnuo.people.services import normal_phone

Row = TypeVar("Row", bound=Model)
LEAST_AWAY_AFTER, MOST_AWAY_AFTER = 5, 240  # minutes
HIGHEST_LEVEL = 5


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """A service region. `zone` is an IANA name."""

    code: str
    name: str
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class DepartmentFacts:
    """A department; `parent_id` and `head_id` are ids or None."""

    code: str
    name: str
    parent_id: int | None = None
    head_id: int | None = None
    kinds: tuple[str, ...] = ()
    product_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """A team; `calendar` is the code of its service time, `away_after` minutes (0: never)."""

    code: str
    name: str
    department_id: int
    kind: str = "internal"
    tier: int = 1
    lead_id: int | None = None
    region_id: int | None = None
    calendar: str = "office"
    active: bool = True
    strategy: str = TeamStrategy.LEAST_LOADED
    asks_note: bool = False
    away_after: int = 0


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """A member of staff without password and presence. `calendar` "" means no shift of his own.

    `levels`: how well he has a skill, 1 to 5.
    """

    name: str
    email: str = ""
    phone: str = ""
    role: str = Role.AGENT
    team_id: int | None = None
    more_teams: tuple[int, ...] = ()
    deputy_id: int | None = None
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    capacity: int = 20
    calendar: str = ""
    language: str = "zh-hans"
    time_zone: str = "Asia/Shanghai"
    active: bool = True
    levels: Mapping[str, int] = field(default_factory=dict)


def save_region(actor: Actor, *, pk: int | None, facts: RegionFacts, now: datetime) -> Region:
    """A new or changed region."""
    require(actor, "people.edit")
    _refuse_zone(facts.zone, "zone")
    return _save(actor, Region, pk, asdict(facts), now)


def save_department(actor: Actor, *, pk: int | None, facts: DepartmentFacts, now: datetime) -> Department:
    """A new or changed department; Invalid when it would stand below itself."""
    require(actor, "people.edit")
    if pk is not None and pk in _above(facts.parent_id):
        raise Invalid(_("A department cannot stand below itself."), fields={"parent_id": _("Choose another one.")})
    values = asdict(facts) | {"kinds": list(facts.kinds), "product_lines": list(facts.product_lines)}
    return _save(actor, Department, pk, values, now)


def _above(pk: int | None) -> set[int]:
    """The department of this id and all above it."""
    parents = dict(Department.objects.values_list("pk", "parent_id"))
    line: set[int] = set()
    while pk is not None and pk not in line:
        line.add(pk)
        pk = parents.get(pk)
    return line


def save_team(actor: Actor, *, pk: int | None, facts: TeamFacts, now: datetime) -> Team:
    """A new or changed team."""
    require(actor, "people.edit")
    if facts.tier not in (1, 2, 3):
        raise Invalid(_("A team has the tier 1, 2 or 3."), fields={"tier": _("Choose 1, 2 or 3.")})
    if facts.strategy not in TeamStrategy.values:
        raise Invalid(_("There is no such strategy."), fields={"strategy": _("Choose from the list.")})
    if not 0 <= facts.away_after <= MOST_AWAY_AFTER or 0 < facts.away_after < LEAST_AWAY_AFTER:
        problem = _("Choose 0 for never, or 5 to 240 minutes: a short loss of the network takes nobody out of work.")
        raise Invalid(problem, fields={"away_after": problem})
    return _save(actor, Team, pk, asdict(facts), now)


def hire(actor: Actor, *, username: str, password: str, facts: StaffFacts, now: datetime) -> Staff:
    """A new member of staff who can sign in; Conflict when the user name is taken."""
    require(actor, "people.edit")
    _refuse_facts(actor, None, facts)
    person = Staff(username=username.strip().lower())
    _set_password(person, password)
    return _write_person(actor, person, facts, now)


def save_person(actor: Actor, *, pk: int, facts: StaffFacts, now: datetime) -> Staff:
    """A changed member of staff. Only administrators change administrators, and one of them always stays."""
    require(actor, "people.edit")
    with transaction.atomic():
        person = _locked(pk)
        _refuse_facts(actor, person, facts)
        leaves = person.active and _administers(person.role) and not (facts.active and _administers(facts.role))
        saved = _write_person(actor, person, facts, now)
        if leaves:
            roles.keep_an_administrator()
        return saved


def reset_password(actor: Actor, *, pk: int, password: str, now: datetime) -> None:
    """Another password; whoever is signed in with the old one is signed out."""
    require(actor, "people.edit")
    with transaction.atomic():
        person = _locked(pk)
        _refuse_rank(actor, person.role)
        _set_password(person, password)
        person.save(update_fields=["password"])
        _note(actor, person, now)


def _locked(pk: int) -> Staff:
    person = Staff.objects.select_for_update().filter(pk=pk).first()
    if person is None:
        raise NotFound(_("There is no such member of staff."))
    return person


def _write_person(actor: Actor, person: Staff, facts: StaffFacts, now: datetime) -> Staff:
    values = asdict(facts) | {"skills": list(facts.skills), "languages": list(facts.languages)}
    values["phone"] = normal_phone(facts.phone) if facts.phone else ""
    teams = values.pop("more_teams")
    for name, value in values.items():
        setattr(person, name, value)
    try:
        with transaction.atomic():
            person.save()
            person.more_teams.set([t for t in teams if t != person.team_id])
            _note(actor, person, now)
    except IntegrityError as error:
        raise Conflict(_("This user name is taken."), code="username_taken") from error
    return person


def _set_password(person: Staff, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        said = " ".join(error.messages)
        raise Invalid(_("Choose a stronger password."), fields={"password": said}) from error
    person.set_password(password)


def _refuse_facts(actor: Actor, person: Staff | None, facts: StaffFacts) -> None:
    same = person is not None and person.role == facts.role
    if not same and facts.role not in {role.code for role in roles.offered()}:
        raise Invalid(_("There is no such role."), fields={"role": _("Choose from the list.")})
    if any(not 1 <= level <= HIGHEST_LEVEL or skill not in facts.skills for skill, level in facts.levels.items()):
        raise Invalid(_("A level is 1 to 5, of a skill he has."), fields={"skills": _("Write levels like pump:3.")})
    _refuse_zone(facts.time_zone, "time_zone")
    _refuse_rank(actor, facts.role)
    if person is None:
        return
    _refuse_rank(actor, person.role)
    if actor.kind == "staff" and actor.id == person.pk and not facts.active:
        raise Conflict(_("You cannot switch off your own account."), code="own_account")


def _administers(code: str) -> bool:
    return "admin" in roles.standing(code, organisation.at(revisions.current())).verbs


def _refuse_rank(actor: Actor, code: str) -> None:
    """Nobody gives away, or changes whoever has, what he may not do himself."""
    if _administers(code) and not actor.may("admin"):
        raise NotAllowed(_("Only administrators do this to administrators."), code="not_allowed")
    if not roles.standing(code, organisation.at(revisions.current())).verbs <= roles.may_give(actor):
        raise NotAllowed(_("This role may do more than you may yourself."), code="not_allowed", verb="people.edit")


def _refuse_zone(zone: str, field: str) -> None:
    if zone not in available_timezones():
        raise Invalid(_("There is no such time zone."), fields={field: _("Write it like Asia/Shanghai.")})


def save_absence(
    actor: Actor, *, staff_id: int, starts_at: datetime, ends_at: datetime, reason: str = "", now: datetime
) -> Absence:
    """Leave of one person; Invalid when it ends before it begins."""
    require(actor, "people.edit")
    if ends_at <= starts_at:
        raise Invalid(_("It ends before it begins."), fields={"ends_at": _("Choose a later end.")})
    values = {"staff_id": staff_id, "starts_at": starts_at, "ends_at": ends_at, "reason": reason[:80]}
    return _save(actor, Absence, None, values, now)


def delete(actor: Actor, *, row: Absence | Region | Department, now: datetime) -> None:
    """Takes an absence, a region or a department away; Conflict while something still belongs to it."""
    require(actor, "people.edit")
    try:
        with transaction.atomic():
            _note(actor, row, now)
            row.delete()
    except ProtectedError as error:
        raise Conflict(_("Something still belongs to it. Move that first."), code="in_use") from error


def _save(actor: Actor, model: type[Row], pk: int | None, values: dict[str, Any], now: datetime) -> Row:
    try:
        with transaction.atomic():
            row = model(**values) if pk is None else _changed(model, pk, values)
            row.save()
            _note(actor, row, now)
    except IntegrityError as error:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken") from error
    return row


def _changed(model: type[Row], pk: int, values: dict[str, Any]) -> Row:
    row = model._default_manager.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("Somebody has deleted it."))
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _note(actor: Actor, row: Model, now: datetime) -> None:
    what = str(row._meta.model_name)
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"{what}:{row.pk}", {"what": what})], now=now)
    revisions.bump()
