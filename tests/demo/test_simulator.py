"""The simulator does what customers and staff would do, and stops when it is told to."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import sign_in
from yingnuo.alerts.models import Notice
from yingnuo.demo import services, show
from yingnuo.demo.models import Demonstration
from yingnuo.demo.simulator import Simulator, signed_in
from yingnuo.journey import sweep
from yingnuo.kit.errors import NotAllowed
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM, actor_for_staff
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Author, Message, Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def _after(simulator: Simulator, start: datetime, minutes: int) -> datetime:
    """Steps through so many minutes, a second worker keeping the promises' moments."""
    now = start
    for _n in range(minutes * 4):
        now += MINUTE / 4
        sweep.run_once(now=now)
        simulator.step(now=now)
    return now


def test_customers_ask_and_staff_answer(demo: datetime) -> None:
    last = Message.objects.latest("pk").pk
    tickets = Ticket.objects.count()
    _after(Simulator(seed=3, now=demo), demo, 12)
    assert Ticket.objects.count() >= tickets + 5
    said = set(Message.objects.filter(pk__gt=last, public=True).values_list("author", flat=True))
    assert {Author.CUSTOMER, Author.STAFF} <= said


def test_customers_come_at_a_bounded_rate(demo: datetime) -> None:
    tickets = Ticket.objects.count()
    _after(Simulator(seed=3, now=demo), demo, 6)
    assert Ticket.objects.count() - tickets <= 6 * 3 + 2


def test_some_promises_break_while_it_runs_and_warnings_are_taken_up(demo: datetime) -> None:
    taken_up = Notice.objects.filter(acked_at__gt=demo).count()
    now = _after(Simulator(seed=4, now=demo), demo, 40)
    assert Promise.objects.filter(broken_at__gt=demo, broken_at__lte=now).exists()
    assert Promise.objects.filter(standing="kept", ended_at__gt=demo).exists()
    assert Notice.objects.filter(acked_at__gt=demo).count() > taken_up


def test_what_happens_now_waits_for_the_worker_to_deliver(demo: datetime) -> None:
    _after(Simulator(seed=5, now=demo), demo, 12)
    fresh = Message.objects.filter(author=Author.STAFF, public=True, at__gt=demo, delivery__isnull=False)
    assert set(fresh.values_list("delivery__state", flat=True)) == {"pending"}


def test_it_never_acts_for_somebody_who_is_signed_in(demo: datetime) -> None:
    Staff.objects.filter(username="lead").update(last_login=demo)
    lead = Staff.objects.get(username="lead")
    assert signed_in(now=demo) == {lead.pk}
    _after(Simulator(seed=6, now=demo), demo, 15)
    assert not Message.objects.filter(staff=lead, at__gt=demo).exists()


def test_paused_it_does_nothing(demo: datetime) -> None:
    simulator = Simulator(seed=7, now=demo)
    services.pause(SYSTEM, now=demo)
    last = Message.objects.latest("pk").pk
    assert simulator.step(now=demo + 5 * MINUTE) is False
    assert Message.objects.latest("pk").pk == last
    services.resume(SYSTEM, now=demo)
    assert simulator.step(now=demo + 5 * MINUTE) is True


def test_the_status_tells_whether_it_moves(demo: datetime) -> None:
    assert services.status(now=demo).moving is False
    Simulator(seed=8, now=demo).step(now=demo)
    assert services.status(now=demo).moving is True
    assert services.status(now=demo + MINUTE).moving is False


def test_an_agent_may_not_steer_it(demo: datetime) -> None:
    agent = actor_for_staff(Staff.objects.get(username="agent"))
    with pytest.raises(NotAllowed):
        services.pause(agent, now=demo)
    assert Demonstration.objects.get().paused is False


def test_it_stops_when_it_is_told_to(demo: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show.connection, "close", lambda: None)  # the tests' own connection
    stop = threading.Event()
    stop.set()
    show.run(stop)
    assert Demonstration.objects.get().beat_at is None


@pytest.fixture
def shown(settings: Settings) -> None:
    settings.YINGNUO = replace(settings.YINGNUO, demo=True)


@pytest.mark.usefixtures("shown")
def test_the_switch_pauses_and_resumes(demo: datetime, client: Client) -> None:
    sign_in(client, Staff.objects.get(username="admin"))
    assert b"/demo/pause" in client.get("/demo/switch").content
    assert b"/demo/resume" in client.post("/demo/pause").content
    assert Demonstration.objects.get().paused is True
    client.post("/demo/resume")
    assert Demonstration.objects.get().paused is False


@pytest.mark.usefixtures("shown")
def test_an_agent_sees_the_switch_without_a_button(demo: datetime, client: Client) -> None:
    sign_in(client, Staff.objects.get(username="agent"))
    assert b"<button" not in client.get("/demo/switch").content
    assert client.post("/demo/pause").status_code == 403
    assert Demonstration.objects.get().paused is False


def test_without_the_option_there_is_no_switch(demo: datetime, client: Client) -> None:
    sign_in(client, Staff.objects.get(username="admin"))
    assert client.get("/demo/switch").status_code == 404
    assert client.post("/demo/pause").status_code == 404
