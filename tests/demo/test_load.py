"""The demonstration shows everything, and everything in it is as the engine would have it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeAlias

import pytest
from django.db import connection
from django.db.models import Count, F, Q, QuerySet

from yingnuo.alerts.models import Notice, NoticeState
from yingnuo.channels.models import Delivery, DeliveryState
from yingnuo.demo import history, services
from yingnuo.engine.clock import Standing
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact, Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import marking
from yingnuo.promises.models import Outcome, Promise
from yingnuo.routing.models import Rule
from yingnuo.telephony.models import Call
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES, Kind, Message, Status, Ticket, Urgency, Via
from yingnuo.tickets.queries import Filter

pytestmark = pytest.mark.django_db
STATES = ("open", "at_risk", "overdue", "waiting", "resolved", "closed")


def _values(rows: QuerySet[Ticket], name: str) -> set[str]:
    return set(rows.values_list(name, flat=True))


@pytest.mark.parametrize("state", STATES)
def test_every_queue_has_tickets(demo: datetime, state: str) -> None:
    assert queries.queue(SYSTEM, Filter(state=state), now=demo).exists()


def test_every_standing_is_present(demo: datetime) -> None:
    assert set(Promise.objects.values_list("standing", flat=True)) == {str(s) for s in Standing}


def test_the_hotline_has_ten_days_of_calls_of_known_customers(demo: datetime) -> None:
    calls = Call.objects.filter(channel__code="hotline")
    assert calls.filter(outcome="answered", staff__isnull=False, contact__isnull=False).count() > 300
    assert demo - timedelta(days=11) < calls.earliest("began_at").began_at < demo - timedelta(days=8)
    assert not calls.exclude(state="ended").exists()


def test_most_promises_are_kept_and_some_are_not(demo: datetime) -> None:
    counts = dict(Outcome.objects.values_list("standing").annotate(n=Count("id")))
    assert 0.7 < counts["kept"] / (counts["kept"] + counts["broken"]) < 0.97


def test_kinds_ways_in_and_urgencies_are_many(demo: datetime) -> None:
    tickets = Ticket.objects.all()
    assert _values(tickets, "urgency") == set(Urgency.values)
    assert len(_values(tickets, "kind")) >= len(Kind.values) - 2  # the small scale may miss the rarest
    assert len(_values(tickets, "via")) >= len(Via.values) - 2


def test_the_history_is_ninety_days_long_and_numbered_in_order(demo: datetime) -> None:
    first, last = Ticket.objects.earliest("created_at"), Ticket.objects.latest("created_at")
    assert demo - timedelta(days=91) < first.created_at < demo - timedelta(days=75)
    recent = Ticket.objects.filter(created_at__gte=demo - timedelta(days=4)).order_by("pk").first()
    assert recent is not None
    assert first.pk < recent.pk <= last.pk


def test_some_tickets_wait_for_a_person_and_some_were_merged_or_reopened(demo: datetime) -> None:
    assert Ticket.objects.filter(agent=None, status__in=OPEN_STATUSES).exists()
    assert Ticket.objects.filter(merged_into__isnull=False).exists()
    assert Ticket.objects.filter(reopened__gt=0).exists()
    assert Event.objects.filter(code="ticket.rated").exists()


def test_columns_of_every_promise_are_what_its_marks_fold_to(demo: datetime) -> None:
    assert [p.pk for p in Promise.objects.all() if _stored(p) != _folded(p, demo)] == []


Columns: TypeAlias = tuple[str, datetime | None, datetime | None, datetime | None, datetime | None]


def _stored(p: Promise) -> Columns:
    return p.standing, p.due_at, p.met_at, p.ended_at, p.broken_at


def _folded(
    p: Promise, now: datetime
) -> tuple[str, datetime | None, datetime | None, datetime | None, datetime | None]:
    state = marking.state_of(p, now=now)
    standing = Standing.BROKEN if state.breached_at is not None else state.standing
    moments = (state.due, state.met, state.ended_at, state.breached_at)
    due, met, ended, broken = (instants.instant_or_none(at) for at in moments)
    return str(standing), due, met, ended, broken


def test_no_moment_of_the_past_is_left_to_fire(demo: datetime) -> None:
    assert not Promise.objects.filter(next_at__lte=demo).exists()


def test_an_outcome_stands_for_every_ended_promise_and_for_no_other(demo: datetime) -> None:
    ended = set(Promise.objects.filter(ended_at__isnull=False).values_list("pk", flat=True))
    assert set(Outcome.objects.values_list("promise_id", flat=True)) == ended


def test_nothing_happened_before_its_ticket_or_in_the_future(demo: datetime) -> None:
    assert not Message.objects.filter(at__gt=demo).exists()
    assert not Message.objects.filter(at__lt=F("ticket__created_at"), ticket__absorbed=None).exists()


def test_loads_count_open_tickets(demo: datetime) -> None:
    is_open = Q(tickets__status__in=OPEN_STATUSES)
    wrong = Staff.objects.annotate(held=Count("tickets", filter=is_open)).exclude(load=F("held"))
    assert list(wrong) == []


def test_old_messages_and_notices_count_as_delivered(demo: datetime) -> None:
    assert not Delivery.objects.exclude(state=DeliveryState.SENT).exclude(way="chat").exists()  # chats go on just now
    waiting = Notice.objects.filter(state=NoticeState.PENDING)
    assert not waiting.filter(at__lt=demo - timedelta(minutes=3)).exists()
    assert Notice.objects.filter(state=NoticeState.SENT, way="sms", sent_at__gt=F("at")).exists()
    assert Notice.objects.filter(acked_at__isnull=False).exists()


def test_a_warning_was_given_at_its_very_moment(demo: datetime) -> None:
    warnings = Notice.objects.filter(reason="warning")
    assert not warnings.filter(at__gt=F("moment") + timedelta(seconds=2)).exists()


def test_it_is_a_whole_company(demo: datetime) -> None:
    assert Rule.objects.count() >= 40
    assert Staff.objects.count() >= 45
    assert Contact.objects.count() >= 300
    assert {1, 2, 3} == set(Team.objects.values_list("tier", flat=True))
    assert not Staff.objects.exclude(email__endswith=".example").exists()


def test_a_second_load_is_refused_and_changes_nothing(demo: datetime) -> None:
    before = Ticket.objects.count()
    with pytest.raises(Conflict):
        services.load(now=demo)
    assert services.load_history(now=demo) is False
    assert Ticket.objects.count() == before


def test_the_schema_of_the_history_is_gone(demo: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM information_schema.schemata WHERE schema_name = %s", [history.SCHEMA])
        assert cursor.fetchone() == (0,)


def test_closed_tickets_have_come_to_rest(demo: datetime) -> None:
    at_rest = Ticket.objects.filter(status__in=[Status.RESOLVED, Status.CLOSED])
    assert not at_rest.filter(promises__ended_at=None).exists()
