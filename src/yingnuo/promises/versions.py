"""How is a version of a standard kept, checked and put in force? Open promises keep their copies of the terms.

Once proposed, a wording is never altered; see life.py for how people come to a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from typing import Any

import yaml
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils.translation import gettext_lazy as _

from yingnuo.engine.calendar import Calendar as EngineCalendar
from yingnuo.engine.errors import EngineError
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, require
from yingnuo.promises import complaints, standards, zone_data
from yingnuo.promises.models import Calendar, CalendarVersion, Policy, PolicyVersion, Version, VersionState


def save_calendar(
    actor: Actor, *, code: str, name: str, spec: Mapping[str, object], note: str = "", now: datetime
) -> CalendarVersion:
    """A calendar's next version is approved and in force at once: for installing, replaying, moving in from elsewhere.

    People draft, propose and approve (see life.py). Invalid says what is wrong with the spec and where.
    """
    require(actor, "settings.edit")
    check_calendar(spec)
    with transaction.atomic():
        row, _made = Calendar.objects.select_for_update().get_or_create(
            code=code, defaults={"name": name, "current": 0}
        )
        version = CalendarVersion(calendar=row, spec=dict(spec), name=name, justification=note)
        _saved_at_once(actor, version, now)
    return version


def check_calendar(spec: Mapping[str, object]) -> EngineCalendar:
    """The calendar a spec describes; Invalid when it is wrong."""
    try:
        return standards.compile_calendar(spec)
    except EngineError as error:
        raise _refused(error) from error


def with_other_zone_data() -> list[CalendarVersion]:
    """The versions in force whose zone has other rules in today's data than in those they were made with."""
    rows = CalendarVersion.objects.filter(number=F("calendar__current")).select_related("calendar")
    known = rows.exclude(zone_digest="").order_by("calendar__name")
    return [v for v in known if _zone_digest(v) != v.zone_digest]


def _zone_digest(version: CalendarVersion) -> str:
    return zone_data.digest(standards.compile_calendar(version.spec).timezone, version.created_at.year)


def save_policy(
    actor: Actor, *, code: str, name: str, spec: Mapping[str, object], justification: str = "", now: datetime
) -> PolicyVersion:
    """A policy's next version is approved and in force at once, as `save_calendar`; Invalid names rule and remedy."""
    require(actor, "settings.edit")
    check_policy(spec)
    with transaction.atomic():
        row, _made = Policy.objects.select_for_update().get_or_create(code=code, defaults={"name": name, "current": 0})
        version = PolicyVersion(policy=row, spec=dict(spec), name=name, justification=justification)
        _saved_at_once(actor, version, now)
    return version


class Sort(StrEnum):
    """The two sorts of standards that have versions."""

    POLICY = "policy"
    CALENDAR = "calendar"


def sort_of(version: Version) -> Sort:
    """Of which sort a version is."""
    return Sort.POLICY if isinstance(version, PolicyVersion) else Sort.CALENDAR


def standard_of(version: Version) -> Policy | Calendar:
    """The standard a version is of; fetch it along with `select_related` where many are shown."""
    standard: Policy | Calendar = getattr(version, sort_of(version).value)
    return standard


def what(version: Version) -> str:
    """How the ledger names its standard: "policy:default"."""
    return f"{sort_of(version).value}:{standard_of(version).code}"


def rows(sort: Sort) -> QuerySet[Any]:
    """All versions of one sort, with their standard."""
    model: Any = PolicyVersion if sort is Sort.POLICY else CalendarVersion
    found: QuerySet[Any] = model.objects.select_related(sort.value)
    return found


def standards_of(sort: Sort) -> QuerySet[Any]:
    """All standards of one sort."""
    model: Any = Policy if sort is Sort.POLICY else Calendar
    found: QuerySet[Any] = model.objects.all()
    return found


def siblings(version: Version) -> QuerySet[Any]:
    """All versions of the same standard."""
    sort = sort_of(version)
    return rows(sort).filter(**{sort.value: standard_of(version)})


def next_number(standard: Policy | Calendar) -> int:
    """The number of the version made next; the caller holds the standard's row."""
    return int(standard.versions.aggregate(n=Max("number"))["n"] or 0) + 1


def _saved_at_once(actor: Actor, version: Version, now: datetime) -> None:
    version.number, version.base = next_number(standard_of(version)), standard_of(version).current
    version.created_at = version.edited_at = version.proposed_at = version.decided_at = now
    staff = staff_of(actor)
    version.created_by_id = version.edited_by_id = version.proposed_by_id = version.decided_by_id = staff
    version.authors = [staff] if staff else []
    begin(version, now)
    _noted(actor, what(version), version.number, now)


def begin(version: Version, now: datetime) -> None:
    """Puts a version in force in the caller's transaction, which holds the standard's row; the one before it ends."""
    siblings(version).filter(state=VersionState.IN_FORCE).update(state=VersionState.SUPERSEDED, ended_at=now)
    if isinstance(version, CalendarVersion):
        zone = standards.compile_calendar(version.spec).timezone
        version.zone_release, version.zone_digest = zone_data.release(), zone_data.digest(zone, now.year)
    version.state, version.in_force_at, version.moves_pending = VersionState.IN_FORCE, now, version.moves_open
    version.save()
    standard = standard_of(version)
    standard.current, standard.name = version.number, version.name or standard.name
    standard.save(update_fields=["current", "name"])


def give_owner(actor: Actor, *, calendar: Calendar, owner: int | None, now: datetime) -> None:
    """Who is told when a calendar's public holidays are missing; None: whoever made the version in force."""
    require(actor, "settings.edit")
    if owner is not None and not Staff.objects.filter(pk=owner, active=True).exists():
        raise Invalid(_("There is nobody of that name."), fields={"owner": _("There is nobody of that name.")})
    with transaction.atomic():
        Calendar.objects.filter(pk=calendar.pk).update(owner=owner)
        _noted(actor, f"calendar:{calendar.code}", calendar.current, now)


def place_policy(actor: Actor, *, policy: Policy, to: str, now: datetime) -> None:
    """Puts a policy in force (`on`), out of force (`off`), or asks it earlier (`up`) or later (`down`) than others."""
    require(actor, "settings.edit")
    with transaction.atomic():
        if to in ("on", "off"):
            Policy.objects.filter(pk=policy.pk).update(active=to == "on")
        else:
            _moved(policy, -1 if to == "up" else 1)
        _noted(actor, f"policy:{policy.code}", policy.current, now)


def _moved(policy: Policy, by: int) -> None:
    order = list(Policy.objects.select_for_update().order_by("position", "id"))
    at = next(n for n, one in enumerate(order) if one.pk == policy.pk)
    order.insert(max(0, at + by), order.pop(at))
    for n, one in enumerate(order):
        Policy.objects.filter(pk=one.pk).update(position=n)


def check_policy(spec: Mapping[str, object]) -> EnginePolicy:
    """The policy a spec describes; Invalid when it is wrong or names a calendar that is not there."""
    try:
        policy = EnginePolicy.from_spec(spec)
    except EngineError as error:
        raise _refused(error) from error
    known = {*Calendar.objects.exclude(current=0).values_list("code", flat=True), standards.ALWAYS}
    for n, rule in enumerate(policy.rules):
        for milestone, terms in rule.promises.items():
            if terms is not None and terms.calendar not in known:
                place = f"rules[{n}].promises.{milestone}.calendar"
                raise Invalid(
                    _("%(place)s: there is no service time “%(calendar)s” in force. Make it first, or name another."),
                    fields={"spec": place}, code="unknown_calendar", path=place, calendar=terms.calendar,
                    place=complaints.place(place),
                )  # fmt: skip
    return policy


def _refused(error: EngineError) -> Invalid:
    text = complaints.sentence(error)  # names the place; doors find it as data in the cause
    return Invalid(text, fields={"spec": text}, code=error.code)


def staff_of(actor: Actor) -> int | None:
    """The member of staff who acts; None for the system and programs."""
    return actor.id if actor.kind == "staff" else None


def _noted(actor: Actor, what: str, number: int, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, what, {"what": what, "version": number})], now=now)
    revisions.bump()


@dataclass(frozen=True, slots=True)
class Pack:
    """Calendars (code, name, spec) and a policy spec, as they ship."""

    calendars: tuple[tuple[str, str, dict[str, object]], ...]
    policy: dict[str, object]


def default_pack() -> Pack:
    """The pack that ships."""
    text = resources.files("yingnuo.promises").joinpath("packs/default.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    return Pack(tuple((c["code"], c["name"], c["spec"]) for c in loaded["calendars"]), loaded["policy"])


def install_pack(actor: Actor, *, now: datetime) -> None:
    """Installs what of the default pack is missing; what the company has made its own stays."""
    pack = default_pack()
    known = set(Calendar.objects.values_list("code", flat=True))
    for code, name, spec in pack.calendars:
        if code not in known:
            save_calendar(actor, code=code, name=name, spec=_with_years(spec, now), now=now)
    if not Policy.objects.exists():
        policy = pack.policy
        save_policy(actor, code=str(policy["code"]), name=str(policy["title"]), spec=policy, now=now)


def _with_years(spec: dict[str, object], now: datetime) -> dict[str, object]:
    holidays = spec.get("public_holidays")
    if not isinstance(holidays, dict) or "years" in holidays:
        return spec
    return {**spec, "public_holidays": {**holidays, "years": list(range(now.year - 3, now.year + 2))}}
