"""Urging brings the next warning forward, once, and goes one level up from the second time on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.journey import sweep, upkeep
from yingnuo.kit.errors import TooMany
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def _important(house: House) -> Ticket:
    """First response within two hours, warned of 30 minutes before; the solution within 24."""
    return factories.ticket(house, kind="fault", urgency="important", agent=house.alice, at=MONDAY)


def _urge(house: House, ticket: Ticket, minutes: int) -> None:
    upkeep.urge(factories.actor(house.chen), ticket_id=ticket.pk, now=MONDAY + minutes * MINUTE)


def _told(ticket: Ticket, **which: str) -> set[tuple[str, str]]:
    rows = Notice.objects.filter(ticket_id=ticket.pk, **which)
    return set(rows.values_list("staff__username", "way"))


def _first(ticket: Ticket) -> Promise:
    return Promise.objects.get(ticket=ticket, milestone="first_response")


def test_the_next_warning_is_given_now_and_asks_to_be_taken_up() -> None:
    house = factories.house()
    ticket = _important(house)
    _urge(house, ticket, 5)
    assert _told(ticket, step="warn") == {(who, way) for who in ("alice", "bo") for way in ("in_app", "mail")}
    promise = _first(ticket)
    assert promise.ack_due == {"warn": int((MONDAY + 20 * MINUTE).timestamp())}
    assert promise.next_at == MONDAY + 20 * MINUTE
    given = Event.objects.get(ticket_id=ticket.pk, code="notice.given", params__step="warn")
    assert given.params["people"] == [house.alice.pk, house.bo.pk]


def test_nobody_gets_two_mails_about_one_urging_and_the_sms_still_goes() -> None:
    house = factories.house()
    ticket = _important(house)
    _urge(house, ticket, 5)
    assert _told(ticket, reason="urged") == {(who, way) for who in ("alice", "bo") for way in ("in_app", "sms")}


def test_it_does_not_come_again_at_its_own_moment() -> None:
    house = factories.house()
    ticket = _important(house)
    _urge(house, ticket, 5)
    notice = Notice.objects.get(ticket_id=ticket.pk, step="warn", staff=house.alice, way="in_app")
    alerts.acknowledge(factories.actor(house.alice), notice=notice.pk, now=MONDAY + 6 * MINUTE)
    before = Notice.objects.filter(promise_id=_first(ticket).pk, reason="warning").count()
    sweep.run_once(now=MONDAY + 100 * MINUTE)
    assert Notice.objects.filter(promise_id=_first(ticket).pk, reason="warning").count() == before


def test_without_acknowledgement_the_next_step_follows() -> None:
    house = factories.house()
    ticket = _important(house)
    _urge(house, ticket, 5)
    sweep.run_once(now=MONDAY + 21 * MINUTE)
    assert Notice.objects.filter(promise_id=_first(ticket).pk, step="warn-up").exists()


def test_the_second_urging_goes_one_level_up() -> None:
    house = factories.house()
    ticket = _important(house)
    _urge(house, ticket, 5)
    assert "mia" not in {who for who, _way in _told(ticket)}
    _urge(house, ticket, 15)
    assert {who for who, _way in _told(ticket, step="urged-2")} == {"alice", "bo", "mia"}


def test_an_urging_too_soon_warns_nobody() -> None:
    house = factories.house()
    ticket = _important(house)
    _urge(house, ticket, 5)
    told, events = Notice.objects.count(), Event.objects.count()
    with pytest.raises(TooMany):
        _urge(house, ticket, 14)
    assert (Notice.objects.count(), Event.objects.count()) == (told, events)


def test_where_no_warning_is_left_only_the_urging_is_told() -> None:
    house = factories.house()
    ticket = _important(house)
    Promise.objects.filter(ticket=ticket).exclude(milestone="first_response").delete()
    sweep.run_once(now=MONDAY + 95 * MINUTE)
    before = Notice.objects.filter(reason="warning").count()
    _urge(house, ticket, 100)
    assert Notice.objects.filter(reason="warning").count() == before
    assert {who for who, _way in _told(ticket, reason="urged")} == {"alice", "bo"}
