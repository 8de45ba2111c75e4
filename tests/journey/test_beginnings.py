"""A fresh installation can take its first ticket at once, and preparing it again changes nothing."""

from __future__ import annotations

import pytest

from tests import factories
from yingnuo.channels import accept
from yingnuo.channels.models import ChannelKind
from yingnuo.journey import beginnings, intake
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Team
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import standards
from yingnuo.promises.models import CalendarVersion, PolicyVersion, Promise
from yingnuo.routing.models import Rule

pytestmark = pytest.mark.django_db


def test_the_first_ticket_is_promised_and_dispatched() -> None:
    revisions.forget()
    standards.forget()
    beginnings.prepare(now=instants.now())
    raw = accept.draft(accept.built_in(ChannelKind.API), content=b"x", received_at=instants.now())
    came = factories.arrival(sender_address="first@one.example")
    [taken] = intake.take(SYSTEM, via="api", incoming=[Incoming(raw, came)], now=instants.now())
    assert Promise.objects.filter(ticket_id=taken.ticket, milestone="first_response").exists()
    assert Team.objects.get().tickets.count() == 1


def test_preparing_twice_changes_nothing() -> None:
    def counts() -> list[int]:
        return [m.objects.count() for m in (CalendarVersion, PolicyVersion, Team, Rule)]

    beginnings.prepare(now=instants.now())
    first = counts()
    beginnings.prepare(now=instants.now())
    assert counts() == first
