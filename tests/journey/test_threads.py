"""Which old tickets do new words still wake?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError

from tests import factories
from tests.factories import MONDAY
from yingnuo.channels import claims
from yingnuo.channels.contract import ArrivalKind
from yingnuo.channels.models import Raw
from yingnuo.journey import closing, replies_in
from yingnuo.journey.incoming import Incoming
from yingnuo.tickets.models import Ticket

DAY = timedelta(days=1)


def _home(ticket: Ticket, days: int) -> int | None:
    at = MONDAY + days * DAY
    came = factories.arrival(at=at, kind=ArrivalKind.REPLY, ticket_hint=ticket.pk, sender_address=ticket.contact.email)
    [home] = replies_in.threads_of([Incoming(Raw(received_at=at), came)], now=at).values()
    return home


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "joins"), [(29, True), (31, False)])
def test_a_solved_ticket_is_continued_for_thirty_days(days: int, joins: bool) -> None:
    house = factories.house()
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=MONDAY)
    assert _home(ticket, days) == (ticket.pk if joins else None)


class _Limit(Exception):
    sqlstate = "54000"


def test_a_mail_too_big_for_the_database_is_no_sign_that_it_is_away() -> None:
    too_much = OperationalError("string is too long for tsvector")
    too_much.__cause__ = _Limit()
    assert not claims.is_away(too_much)
    assert claims.is_away(OperationalError("server closed the connection"))
    assert not claims.is_away(DatabaseError("a fault of ours"))
