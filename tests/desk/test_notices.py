"""Does the bell ring for the right person, and does taking up a warning stop the ladder?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.alerts.models import Notice
from yingnuo.journey import sweep
from yingnuo.kit import instants
from yingnuo.tickets.models import Ticket


@pytest.fixture
def warned(house: House) -> Ticket:
    now = instants.now()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=now - timedelta(minutes=9))
    sweep.run_once(now=now)
    return ticket


def test_the_bell_counts_what_was_not_seen(warned: Ticket, alice: Client, dee: Client) -> None:
    assert b'<b class="yn-dot">1</b>' in alice.get("/notices/bell").content
    assert dee.get("/notices/bell").content.strip() == b""
    assert b"A promise is about to run out" in alice.get("/notices/").content
    assert b"yn-dot" in alice.get("/notices/bell").content  # looking at the list is not yet reading


def test_going_to_the_cause_reads_all_about_its_ticket(warned: Ticket, alice: Client, house: House) -> None:
    notice = Notice.objects.get(staff=house.alice, way="in_app")
    assert f'href="/notices/{notice.pk}/"' in alice.get("/notices/").content.decode()
    assert alice.get(f"/notices/{notice.pk}/")["Location"] == f"/tickets/{warned.pk}/"
    assert b"yn-dot" not in alice.get("/notices/bell").content


def test_all_are_marked_as_read_at_once_but_not_what_came_since(warned: Ticket, alice: Client, house: House) -> None:
    notice = Notice.objects.get(staff=house.alice, way="in_app")
    alice.post("/notices/read", {"up_to": str(notice.pk - 1)})
    alice.post("/notices/read", {"up_to": "x"})
    assert b"yn-dot" in alice.get("/notices/bell").content
    answer = alice.post("/notices/read", {"up_to": str(notice.pk)}, headers={"HX-Request": "true"})
    assert b"Earlier" in answer.content
    assert "yn:notices" in answer["HX-Trigger"]
    assert b"yn-dot" not in alice.get("/notices/bell").content


def test_the_list_is_narrowed(warned: Ticket, alice: Client) -> None:
    assert b"about to run out" in alice.get("/notices/?only=unread").content
    assert b"Nothing of this kind" in alice.get("/notices/?only=others").content
    assert b"about to run out" in alice.get("/notices/?only=nonsense").content


def test_nobody_reads_what_was_told_to_another(warned: Ticket, dee: Client, house: House) -> None:
    notice = Notice.objects.get(staff=house.alice, way="in_app")
    assert dee.get(f"/notices/{notice.pk}/").status_code == 404
    dee.post("/notices/read", {"up_to": str(notice.pk)})
    notice.refresh_from_db()
    assert notice.seen_at is None


def test_taking_it_up(warned: Ticket, alice: Client, house: House) -> None:
    notice = Notice.objects.get(staff=house.alice, way="in_app")
    answer = alice.post(f"/notices/{notice.pk}/ack", headers={"HX-Request": "true"})
    assert b"taken up" in answer.content
    assert "yn:notices" in answer["HX-Trigger"]
    assert not Notice.objects.filter(promise_id=notice.promise_id, step=notice.step, acked_at=None).exists()


def test_nobody_takes_up_what_was_told_to_another(warned: Ticket, dee: Client, house: House) -> None:
    notice = Notice.objects.get(staff=house.alice, way="in_app")
    assert dee.post(f"/notices/{notice.pk}/ack").status_code == 404
    notice.refresh_from_db()
    assert notice.acked_at is None
