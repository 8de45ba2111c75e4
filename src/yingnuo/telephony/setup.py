"""How are extensions, queues and the measure of the hotline set up?"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import registry
from yingnuo.channels.models import Channel
from yingnuo.engine.hotline import ServiceLevel
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff, Team
from yingnuo.people.roles import Actor, require
from yingnuo.telephony.book import Measure
from yingnuo.telephony.models import AgentLine, HotlineRules, QueueLine


def kinds() -> tuple[str, ...]:
    """The kinds of channel that are telephone systems."""
    return tuple(a.profile.kind for a in registry.adapters() if a.profile.group == "phone")


def set_line(actor: Actor, *, channel: int, extension: str, staff: int | None, now: datetime) -> None:
    """Says whose an extension is; None: nobody's."""
    require(actor, "settings.edit")
    name = extension.strip()[:80]
    if not name:
        raise Invalid(_("Something is missing."), fields={"extension": _("This must not be empty.")})
    if staff is not None and not Staff.objects.filter(pk=staff, active=True).exists():
        raise Invalid(_("There is no such person."), fields={"staff": _("Choose from the list.")})
    with transaction.atomic():
        _phone(channel)
        AgentLine.objects.filter(channel=channel, extension=name).delete()
        if staff is not None:
            AgentLine.objects.create(channel_id=channel, extension=name, staff_id=staff)
        _note(actor, f"extension:{name}", now)


def set_queue(actor: Actor, *, channel: int, queue: str, name: str, team: int | None, now: datetime) -> None:
    """Says which team answers a queue; None: the dispatch rules decide."""
    require(actor, "settings.edit")
    code = queue.strip()[:80]
    if not code:
        raise Invalid(_("Something is missing."), fields={"queue": _("This must not be empty.")})
    if team is not None and not Team.objects.filter(pk=team, active=True).exists():
        raise Invalid(_("There is no such team."), fields={"team": _("Choose from the list.")})
    with transaction.atomic():
        _phone(channel)
        QueueLine.objects.filter(channel=channel, queue=code).delete()
        if team is not None:
            QueueLine.objects.create(channel_id=channel, queue=code, name=name.strip()[:80], team_id=team)
        _note(actor, f"queue:{code}", now)


def set_measure(actor: Actor, *, measure: Measure, now: datetime) -> None:
    """How the hotline is measured from now on, past periods included."""
    require(actor, "settings.edit")
    if not 1 <= measure.goal <= 100:
        raise Invalid(_("This value cannot be used."), fields={"goal": _("Between 1 and 100.")})
    if not 1 <= measure.answer_within <= 3_600 or not 0 <= measure.short <= 600 or not 0 <= measure.owe_from <= 600:
        raise Invalid(_("This value cannot be used."), fields={"answer_within": _("Seconds of an hour at most.")})
    values = {
        "answer_within": measure.answer_within, "goal": measure.goal, "short": measure.short,
        "owe_from": measure.owe_from, "formula": ServiceLevel(measure.formula).value,
    }  # fmt: skip
    with transaction.atomic():
        HotlineRules.objects.update_or_create(pk=1, defaults=values)
        _note(actor, "hotline", now)


def _phone(channel: int) -> None:
    if not Channel.objects.filter(pk=channel, kind__in=kinds()).exists():
        raise NotFound(_("There is no such channel."))


def _note(actor: Actor, subject: str, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, subject, {"what": "telephone"})], now=now)
    revisions.bump()
