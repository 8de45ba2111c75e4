"""How do standards out of a file become drafts, all of them or none?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yingnuo.kit.errors import Invalid
from yingnuo.people.roles import Actor, require
from yingnuo.promises import life, versions, written
from yingnuo.promises.models import Version, VersionState
from yingnuo.promises.versions import Sort
from yingnuo.promises.written import Written


def draft(actor: Actor, *, found: Sequence[Written], now: datetime) -> list[Version]:
    """Each becomes the draft of the standard whose code it names, or of a new one.

    A draft that is there already takes the file's content as its next edition. Invalid names line and rule.
    """
    require(actor, "settings.draft")
    with transaction.atomic():
        return [_drafted(actor, one, now) for one in found]


def _drafted(actor: Actor, one: Written, now: datetime) -> Version:
    _refuse_unknown_calendar(one)
    standard = versions.standards_of(one.sort).filter(code=one.code).first()
    current = int(standard.current) if standard else 0
    rows = versions.rows(one.sort).filter(**{f"{one.sort.value}__code": one.code}, state=VersionState.DRAFT)
    open_one: Version | None = rows.first()
    if open_one is not None:
        return life.edit(
            actor, version=open_one, edition=open_one.edition, spec=one.spec, name=one.name, base=current,
            now=now,
        )  # fmt: skip
    return life.draft(
        actor, sort=one.sort, code=one.code, spec=one.spec, name=one.name, base=current,
        now=now,
    )  # fmt: skip


def _refuse_unknown_calendar(one: Written) -> None:
    if one.sort is Sort.CALENDAR:
        return
    try:
        versions.check_policy(one.spec)
    except Invalid as error:
        raise written.refused(one, str(error.params.get("path", "")), str(error)) from error


def at_once(actor: Actor, *, found: Sequence[Written], justification: str = "", now: datetime) -> list[Version]:
    """Each is in force at once, without a second person: for an operator who sets up or moves an installation."""
    with transaction.atomic():
        return [_saved(actor, one, justification, now) for one in found]


def _saved(actor: Actor, one: Written, why: str, now: datetime) -> Version:
    known = versions.standards_of(one.sort).filter(code=one.code).first()
    name = one.name or (known.name if known else one.code)
    if one.sort is Sort.CALENDAR:
        return versions.save_calendar(actor, code=one.code, name=name, spec=one.spec, note=why, now=now)
    _refuse_unknown_calendar(one)
    return versions.save_policy(actor, code=one.code, name=name, spec=one.spec, justification=why, now=now)
