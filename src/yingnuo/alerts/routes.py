"""How are the channels of notices chosen, and how does the company know its people there?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.alerts.messengers import KINDS
from yingnuo.alerts.models import Handle, Route
from yingnuo.alerts.rules import MESSENGERS
from yingnuo.channels.models import Channel
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Department, Staff, Team
from yingnuo.people.roles import Actor, require

KNOWN_BY = ("wecom", "dingtalk", "feishu")  # ways that know people by an id
_ID = re.compile(r"[A-Za-z0-9_@.$:=+-]{1,80}")


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """One route: the way, by which channel, for a team or a department; neither: for everybody."""

    way: str
    channel: int
    team: int | None = None
    department: int | None = None


def save(actor: Actor, *, facts: RouteFacts, now: datetime) -> Route:
    """The route, in the place of the one that was there; Invalid names what does not fit."""
    require(actor, "settings.edit")
    _refuse(facts)
    with transaction.atomic(durable=True):
        row, _made = Route.objects.update_or_create(  # type: ignore[misc]  # None is looked up as NULL
            way=facts.way, team_id=facts.team, department_id=facts.department, defaults={"channel_id": facts.channel}
        )
        _note(actor, f"route:{facts.way}", now)
    return row


def _refuse(facts: RouteFacts) -> None:
    if facts.way not in MESSENGERS:
        raise Invalid(_("There is no such way."), fields={"way": _("Choose from the list.")})
    if facts.team and facts.department:
        raise Invalid(_("Choose a team or a department."), fields={"department": _("Not both.")})
    fits = Channel.objects.filter(pk=facts.channel, kind__in=KINDS[facts.way]).exists()
    if not fits:
        said = _("This channel does not serve this way.")
        raise Invalid(said, fields={"channel": said})
    known = (not facts.team or Team.objects.filter(pk=facts.team).exists()) and (
        not facts.department or Department.objects.filter(pk=facts.department).exists()
    )
    if not known:
        raise Invalid(_("Choose from the list."), fields={"team": _("Choose from the list.")})


def remove(actor: Actor, *, pk: int, now: datetime) -> None:
    """The route is gone; its people are reached by the next nearest one."""
    require(actor, "settings.edit")
    with transaction.atomic(durable=True):
        row = Route.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise NotFound(_("There is no such route."))
        row.delete()
        _note(actor, f"route:{row.way}", now)


def know(actor: Actor, *, staff: int, ids: Mapping[str, str], now: datetime) -> None:
    """How one member of staff is known by the ways; an empty id forgets him there."""
    require(actor, "people.edit")
    if not Staff.objects.filter(pk=staff, active=True).exists():
        raise NotFound(_("There is no such member of staff."))
    wrong = [way for way, value in ids.items() if way not in KNOWN_BY or (value and not _ID.fullmatch(value))]
    if wrong:
        said = _("Letters, digits and _ @ . $ : = + - only.")
        raise Invalid(_("This is no id."), fields=dict.fromkeys(wrong, said))
    try:
        with transaction.atomic(durable=True):
            for way, value in ids.items():
                _know(staff, way, value)
            _note(actor, f"staff:{staff}", now)
    except IntegrityError as error:
        raise Conflict(_("Somebody else is known by this id."), code="id_taken") from error


def _know(staff: int, way: str, value: str) -> None:
    if value:
        Handle.objects.update_or_create(staff_id=staff, way=way, defaults={"value": value})
    else:
        Handle.objects.filter(staff_id=staff, way=way).delete()


def _note(actor: Actor, subject: str, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, subject, {"what": "notice_route"})], now=now)
    revisions.bump()
