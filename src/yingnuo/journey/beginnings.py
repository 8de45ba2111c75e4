"""What does an installation need before its first ticket?

The default standard, one department with one team, and a dispatch rule that sends everything there: enough for three
people on one machine, and a place to begin for all others. What the company has made its own is never touched.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.channels import accept
from yingnuo.channels.models import ChannelKind
from yingnuo.journey import work
from yingnuo.kit import revisions
from yingnuo.people.models import Department, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.routing.models import Rule


def prepare(*, now: datetime) -> None:
    """Makes what is missing; does nothing where all is there."""
    with work.unit():
        versions.install_pack(SYSTEM, now=now)
        for kind in (ChannelKind.PORTAL, ChannelKind.API, ChannelKind.FILES):
            accept.built_in(kind)
        if not Team.objects.exists():
            _first_team()


def _first_team() -> None:
    with override(settings.LANGUAGE_CODE):
        department = Department.objects.create(code="service", name=_("After-sales service"))
        team = Team.objects.create(code="front", name=_("Front line"), department=department)
        Rule.objects.create(position=1_000, name=_("Everything else"), team=team)
    revisions.bump()
