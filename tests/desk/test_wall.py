"""Does the wall say what is wrong, who has seen it, and how today compares with yesterday?"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.alerts import seen
from yingnuo.alerts.models import SeenAlarm
from yingnuo.channels.models import Channel
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM, actor_for_staff
from yingnuo.scorecards import day

WALL = "/wall/"


def _forsaken(house: House, count: int = 1) -> str:
    """Urgent tickets from an hour ago that nobody has; the key of the alarm."""
    for _n in range(count):
        factories.ticket(house, urgency="urgent", at=instants.now() - timedelta(hours=1))
    return f"forsaken:{house.front.pk}"


def test_what_is_overdue_and_nobodys_is_an_alarm(house: House, bo: Client) -> None:
    assert 'class="wall-alarms"' not in bo.get(WALL).content.decode()
    _forsaken(house)
    text = bo.get(WALL).content.decode()
    assert "Front line: 1 ticket is overdue and nobody has it" in text
    assert f"scope=unassigned&amp;state=overdue&amp;team={house.front.pk}" in text


def test_who_takes_note_makes_it_quiet_until_it_is_worse(house: House, bo: Client) -> None:
    key = _forsaken(house)
    bo.post("/wall/noted", {"key": key, "level": "1"})
    text = bo.get(WALL).content.decode()
    assert "seen by Bo" in text
    assert f'value="{key}"' not in text
    _forsaken(house)
    text = bo.get(WALL).content.decode()
    assert "2 tickets are overdue" in text
    assert f'value="{key}"' in text


def test_what_was_seen_yesterday_is_heard_again(house: House, bo: Client) -> None:
    key = _forsaken(house)
    seen.mark(actor_for_staff(house.bo), key=key, level=9, now=instants.now() - seen.LASTS - timedelta(minutes=1))
    assert f'value="{key}"' in bo.get(WALL).content.decode()


def test_an_agent_may_not_take_note(house: House, alice: Client) -> None:
    assert alice.post("/wall/noted", {"key": "chats", "level": "1"}).status_code == 403
    with pytest.raises(NotAllowed):
        seen.mark(actor_for_staff(house.alice), key="chats", level=1, now=instants.now())
    assert not SeenAlarm.objects.exists()


@pytest.mark.parametrize(("key", "level"), [("", "1"), ("x" * 81, "1"), ("chats", "many"), ("chats", "99999999999")])
def test_what_is_no_alarm_is_refused(house: House, bo: Client, key: str, level: str) -> None:
    assert bo.post("/wall/noted", {"key": key, "level": level}).status_code == 422
    with pytest.raises(Invalid):
        seen.mark(actor_for_staff(house.bo), key=key, level=-1, now=instants.now())
    assert not SeenAlarm.objects.exists()


def test_a_channel_in_trouble_is_an_alarm(house: House, bo: Client) -> None:
    Channel.objects.create(code="help", name="Helpdesk", kind="mail", problem="login refused", active=True)
    text = bo.get(WALL).content.decode()
    assert "Helpdesk: login refused" in text
    assert "/settings/channels/" not in text.split('class="wall-alarms"')[1].split("</ul>")[0]  # Bo may not edit it


def test_each_part_is_fetched_by_itself(house: House, bo: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "div#wall-day"}
    assert "Came today" in bo.get(WALL, headers=headers).content.decode()
    now = bo.get(WALL, headers={"HX-Request": "true", "HX-Target": "div#wall"}).content.decode()
    assert "Came today" not in now
    assert "Front line" in now


def test_the_ticket_that_is_due_next_stands_beside_its_agent(house: House, bo: Client) -> None:
    Staff.objects.filter(pk=house.alice.pk).update(presence="online")
    later = factories.ticket(house, agent=house.alice)
    sooner = factories.ticket(house, agent=house.alice, urgency="urgent")
    crew = bo.get(WALL).content.decode().split('class="desk-crew"')[1].split("</ul>")[0]
    assert f"/tickets/{sooner.pk}/" in crew
    assert f"/tickets/{later.pk}/" not in crew


def test_yesterday_ends_at_the_same_time_of_day() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    span = day.span(zone, now=datetime(2026, 5, 6, 15, 30, tzinfo=zone))
    assert span.start == datetime(2026, 5, 6, tzinfo=zone)
    assert (span.start_before, span.end_before) == (
        datetime(2026, 5, 5, tzinfo=zone),
        datetime(2026, 5, 5, 15, 30, tzinfo=zone),
    )


def test_yesterday_never_reaches_into_today_on_a_day_of_25_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    span = day.span(zone, now=datetime(2026, 10, 25, 23, 59, tzinfo=zone))
    assert span.end_before == span.start


def test_today_and_yesterday_are_counted_apart(house: House) -> None:
    now = instants.now()
    span = day.Span(now - timedelta(hours=6), now, now - timedelta(hours=30), now - timedelta(hours=24))
    for hours in (1, 2, 12, 26):  # the third came yesterday after this time of day
        factories.ticket(house, at=now - timedelta(hours=hours))
    today, before = day.beside(SYSTEM, span)
    assert (today.received, before.received) == (2, 1)
    assert (today.share, today.response_s) == (None, None)


def test_a_lead_counts_his_own_teams_only(house: House) -> None:
    now = instants.now()
    span = day.Span(now - timedelta(hours=6), now, now - timedelta(hours=30), now - timedelta(hours=24))
    factories.ticket(house, at=now - timedelta(hours=1))
    stranger = actor_for_staff(house.dee)
    with pytest.raises(NotAllowed):
        day.beside(stranger, span)
    assert day.beside(actor_for_staff(house.bo), span)[0].received == 1
