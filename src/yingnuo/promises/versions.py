"""How does a standard change? A new version is stored, never an old one altered; open promises keep their copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

import yaml
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from yingnuo.engine.errors import EngineError
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises import complaints, standards, zone_data
from yingnuo.promises.models import Calendar, CalendarVersion, Policy, PolicyVersion


def save_calendar(
    actor: Actor, *, code: str, name: str, spec: Mapping[str, object], note: str = "", now: datetime
) -> CalendarVersion:
    """A calendar's next version becomes current; Invalid says what is wrong with the spec and where."""
    require(actor, "settings.edit")
    try:
        zone = standards.compile_calendar(spec).timezone
    except EngineError as error:
        raise _refused(error) from error
    with transaction.atomic():
        row, _made = Calendar.objects.select_for_update().get_or_create(
            code=code, defaults={"name": name, "current": 0}
        )
        number = (row.versions.aggregate(n=Max("number"))["n"] or 0) + 1
        version = CalendarVersion.objects.create(
            calendar=row, number=number, spec=dict(spec), note=note[:200], created_at=now, created_by_id=_staff(actor),
            zone_release=zone_data.release(), zone_digest=zone_data.digest(zone, now.year),
        )  # fmt: skip
        Calendar.objects.filter(pk=row.pk).update(current=number, name=name)
        _noted(actor, f"calendar:{code}", number, now)
    return version


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
    """A policy's next version becomes current for tickets from now on; Invalid names rule, field and remedy."""
    require(actor, "settings.edit")
    check_policy(spec)
    with transaction.atomic():
        row, _made = Policy.objects.select_for_update().get_or_create(code=code, defaults={"name": name, "current": 0})
        number = (row.versions.aggregate(n=Max("number"))["n"] or 0) + 1
        version = PolicyVersion.objects.create(
            policy=row, number=number, spec=dict(spec), justification=justification, created_at=now,
            created_by_id=_staff(actor),
        )  # fmt: skip
        Policy.objects.filter(pk=row.pk).update(current=number, name=name)
        _noted(actor, f"policy:{code}", number, now)
    return version


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
    known = {*Calendar.objects.values_list("code", flat=True), standards.ALWAYS}
    for rule in policy.rules:
        for milestone, terms in rule.promises.items():
            if terms is not None and terms.calendar not in known:
                place = f"rules.{rule.code}.promises.{milestone}.calendar"
                raise Invalid(
                    _("At %(path)s: there is no calendar “%(calendar)s”. Make it first, or name another."),
                    fields={"spec": place}, code="unknown_calendar", path=place, calendar=terms.calendar,
                )  # fmt: skip
    return policy


def _refused(error: EngineError) -> Invalid:
    text = complaints.sentence(error)  # names the place; doors find it as data in the cause
    return Invalid(text, fields={"spec": text}, code=error.code)


def _staff(actor: Actor) -> int | None:
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
