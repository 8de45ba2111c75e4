"""Does a standard come in force once whatever workers do, do promises follow, and is everybody told who must know?"""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts import deliver, matters
from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.channels.contract import Outgoing
from yingnuo.journey import moving, reply, standards
from yingnuo.kit.errors import NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff
from yingnuo.promises import life
from yingnuo.promises.life import Proposal
from yingnuo.promises.models import Calendar, CalendarVersion, Policy, PolicyVersion, Promise, Version
from yingnuo.promises.standards import terms_of
from yingnuo.promises.versions import Sort

HOUR = timedelta(hours=1)
NOVEMBER = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def house(db: None) -> House:
    return factories.house(now=MONDAY)


def proposed(house: House, sort: Sort = Sort.CALENDAR, code: str = "office", **more: Any) -> Version:
    bo, now = factories.actor(house.bo), more.pop("now", MONDAY)
    spec = dict(life.in_force(sort, code).spec)
    changed = {"weekly": {"mon": [["08:00", "20:00"]]}} if sort is Sort.CALENDAR else {"title": "Otherwise"}
    base = CalendarVersion.objects.get(calendar__code=code, state="in_force").number if sort is Sort.CALENDAR else 1
    row = life.draft(bo, sort=sort, code=code, spec={**spec, **changed}, base=base, now=now)
    return standards.propose(bo, version=row, edition=1, proposal=Proposal("Longer days.", **more), now=now)


def approved(house: House, **more: Any) -> Version:
    return standards.approve(factories.actor(house.mia), version=proposed(house, **more), now=MONDAY + HOUR)


def told(reason: str) -> list[tuple[str, str]]:
    rows = Notice.objects.filter(reason=reason).select_related("staff").order_by("staff__name", "way")
    return [(row.staff.username, row.way) for row in rows]


def moved(now: datetime) -> None:
    """What the workers have been handed to move is moved."""
    while moving.step(now=now):
        pass


def test_those_who_decide_are_told_of_a_proposal_and_its_author_of_the_decision(house: House) -> None:
    approved(house)
    assert told("proposed") == [("mia", "in_app"), ("root", "in_app")]
    assert told("approved") == [("bo", "in_app")]


def test_the_author_is_told_of_a_refusal(house: House) -> None:
    standards.reject(factories.actor(house.mia), version=proposed(house), note="Too long.", now=MONDAY + HOUR)
    assert told("rejected") == [("bo", "in_app")]


def test_a_notice_about_a_standard_leads_to_it(house: House, client: Client) -> None:
    proposed(house)
    notice, mia = Notice.objects.get(staff=house.mia), factories.sign_in(client, house.mia)
    assert "A standard waits for your decision" in mia.get("/notices/").content.decode()
    assert mia.get(f"/notices/{notice.pk}/")["Location"] == "/settings/calendars/office/2/"


def test_a_notice_that_asks_for_no_acknowledgement_takes_none(house: House) -> None:
    proposed(house)
    notice = Notice.objects.get(staff=house.mia)
    with pytest.raises(NotFound):
        alerts.acknowledge(factories.actor(house.mia), notice=notice.pk, now=MONDAY + HOUR)
    assert Notice.objects.get(pk=notice.pk).acked_at is None


def test_a_worker_puts_it_in_force_at_its_moment_and_promises_follow(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    moment = MONDAY + 5 * HOUR
    approved(house, effective_from=moment, moves_open=True)
    work = standards.Round()
    work.step(now=moment - timedelta(seconds=1))
    assert Calendar.objects.get(code="office").current == 1
    assert work.step(now=moment) == standards.LOOK_EVERY_S
    assert Calendar.objects.get(code="office").current == 2
    moved(moment)
    solution = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert terms_of(solution.terms_id).calendar == "office@2"
    assert told("in_force") == [("bo", "in_app"), ("mia", "in_app")]
    work.step(now=moment + HOUR)
    assert Event.objects.filter(code="standard.in_force").count() == 1


def test_open_promises_follow_a_standard_too_and_what_was_kept_keeps_its_version(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    said = reply.Said("Try this.")
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=MONDAY + timedelta(minutes=5))
    approved(house, sort=Sort.POLICY, code="default", moves_open=True)
    standards.Round().step(now=MONDAY + 2 * HOUR)
    moved(MONDAY + 2 * HOUR)
    under = {p.milestone: terms_of(p.terms_id).policy for p in Promise.objects.filter(ticket=ticket)}
    assert (under["first_response"], under["resolution"]) == ("default@1", "default@2")


def test_promises_stay_where_that_was_proposed(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    approved(house)
    standards.Round().step(now=MONDAY + 2 * HOUR)
    solution = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert terms_of(solution.terms_id).calendar == "office@1"


def test_a_review_is_reminded_of_once(house: House) -> None:
    approved(house, sort=Sort.POLICY, code="default", review_on=date(2026, 6, 1))
    for day in (29, 30, 91, 92, 120):
        standards.remind(now=MONDAY + timedelta(days=day))
    assert told("review") == [("bo", "in_app"), ("mia", "in_app")]


def holidays(years: list[int], country: str = "CN") -> None:
    row = CalendarVersion.objects.get(calendar__code="office")
    spec = {**row.spec, "public_holidays": {"country": country, "years": years}}
    CalendarVersion.objects.filter(pk=row.pk).update(spec=spec)


def test_missing_holidays_are_told_from_november_on_once_a_week(house: House) -> None:
    holidays([2026])
    Calendar.objects.filter(code="office").update(owner=house.alice)
    assert standards.remind(now=datetime(2026, 10, 30, tzinfo=UTC)) == 0
    assert standards.remind(now=NOVEMBER) == 2
    assert told("holidays") == [("alice", "in_app"), ("alice", "mail")]
    assert standards.remind(now=NOVEMBER + timedelta(days=1)) == 0
    assert standards.remind(now=NOVEMBER + timedelta(days=7)) == 2


def test_once_the_days_are_there_nothing_more_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    holidays([2026, 2027])
    monkeypatch.setattr("yingnuo.promises.public_holidays.missing_years", lambda spec: [])
    assert standards.remind(now=NOVEMBER) == 0


def test_a_year_that_is_asked_for_but_not_published_is_missing_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    holidays([2026, 2027])
    monkeypatch.setattr("yingnuo.promises.public_holidays.missing_years", lambda spec: [2027])
    assert standards.remind(now=NOVEMBER) > 0


def test_countries_with_a_standing_rule_are_not_watched(house: House) -> None:
    holidays([2026], country="DE")
    assert standards.remind(now=NOVEMBER) == 0


def test_without_an_owner_whoever_made_it_is_told_else_all_who_decide(house: House) -> None:
    holidays([2026])
    assert standards.remind(now=NOVEMBER) == 4
    assert {name for name, _way in told("holidays")} == {"mia", "root"}
    CalendarVersion.objects.filter(calendar__code="office").update(created_by=house.bo)
    standards.remind(now=NOVEMBER + timedelta(days=7))
    assert ("bo", "mail") in told("holidays")


def test_the_mail_names_the_year_in_its_readers_language(house: House) -> None:
    holidays([2026])
    Staff.objects.filter(pk=house.mia.pk).update(language="zh-hans")
    Calendar.objects.filter(code="office").update(owner=house.mia)
    standards.remind(now=NOVEMBER)
    notice = Notice.objects.get(reason="holidays", way="mail")
    worded = matters.word(notice, notice.staff, site="https://desk.example")
    assert "2027" in worded.subject
    assert "缺少公共假日" in worded.subject
    assert "https://desk.example/settings/calendars/office/" in worded.text


def test_a_notice_about_no_ticket_is_worded_and_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Outgoing] = []

    class Box:
        def send(self, out: Outgoing) -> str:
            sent.append(out)
            return ""

    monkeypatch.setattr("yingnuo.channels.outlets.mail", Box)
    holidays([2026])
    Calendar.objects.filter(code="office").update(owner=house.alice)
    standards.remind(now=NOVEMBER)
    Notice.objects.update(retry_at=MONDAY)
    assert deliver.deliver_due() == 1
    assert [(out.to, "2027" in out.subject) for out in sent] == [("alice@yingnuo.example", True)]
    assert Notice.objects.get(way="mail").state == "sent"


@pytest.mark.django_db(transaction=True)
def test_two_workers_put_it_in_force_once(transactional_db: None) -> None:
    house = factories.house(now=MONDAY)
    moment = MONDAY + 5 * HOUR
    approved(house, effective_from=moment)
    approved(house, sort=Sort.POLICY, code="default", effective_from=moment, moves_open=True)
    start, found = threading.Barrier(4), list[str]()

    def work() -> None:
        start.wait()
        try:
            found.extend(str(v) for v in standards.enact(now=moment))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert Event.objects.filter(code="standard.in_force").count() == 2
    assert Notice.objects.filter(reason="in_force").count() == 4
    assert [Calendar.objects.get(code="office").current, Policy.objects.get().current] == [2, 2]
    assert PolicyVersion.objects.filter(state="in_force").count() == 1
