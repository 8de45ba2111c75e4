"""Does the mail of the morning come once, on working days, with what its reader may see, and never with nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests import factories
from yingnuo.alerts import digest_words, digests
from yingnuo.alerts.digests import Wish
from yingnuo.alerts.models import DigestMail, DigestState, DigestWish
from yingnuo.channels import outlets
from yingnuo.channels.contract import ChannelError, Outgoing
from yingnuo.kit.errors import Invalid
from yingnuo.ledger.models import Event
from yingnuo.people.models import Absence, Staff
from yingnuo.promises.models import Promise

pytestmark = pytest.mark.django_db
NOW = factories.MONDAY
SHANGHAI = ZoneInfo("Asia/Shanghai")
SITE = "https://desk.example"


class Post:
    """A mail server in memory; told to, it fails."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.error: ChannelError | None = None

    def send(self, out: Outgoing) -> str:
        if self.error:
            raise self.error
        self.sent.append(out)
        return ""


@pytest.fixture
def house() -> Iterator[factories.House]:
    with time_machine.travel(NOW, tick=False):
        found = factories.house(now=NOW)
        Staff.objects.update(time_zone="Asia/Shanghai")
        yield found


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    found = Post()
    monkeypatch.setattr(outlets, "mail", lambda: found)
    return found


def want(who: Staff, rhythm: str = "daily", hour: int = 8, now: datetime = NOW) -> datetime:
    """His choice; when the next one comes."""
    digests.choose(factories.actor(who), wish=Wish(rhythm, hour), now=now)
    found = DigestWish.objects.get(staff=who).next_at
    assert found is not None
    return found


def test_it_comes_once_however_often_workers_run(house: factories.House, post: Post) -> None:
    at = want(house.alice)
    factories.ticket(house, subject="Loud noise", agent=house.alice)
    assert digests.run(now=at - timedelta(seconds=1)) == 0
    assert [digests.run(now=at + timedelta(seconds=n)) for n in range(3)] == [1, 0, 0]
    [out] = post.sent
    assert (out.to, out.key) == (house.alice.email, f"digest-{house.alice.pk}-{at.astimezone(SHANGHAI):%Y%m%d}")
    assert "Loud noise" in out.text
    assert "Loud noise" in out.html
    assert "/me/" in out.text
    assert out.automatic


def test_what_a_killed_worker_held_is_sent_by_another(house: factories.House, post: Post) -> None:
    at = want(house.alice)
    factories.ticket(house, agent=house.alice)
    digests._arm(at)
    assert len(digests._claim(at)) == 1  # and dies
    assert digests.run(now=at + timedelta(minutes=1)) == 0
    assert digests.run(now=at + digests.LEASE) == 1
    assert len(post.sent) == 1


def test_nothing_to_say_is_no_mail(house: factories.House, post: Post) -> None:
    at = want(house.alice)
    assert digests.run(now=at) == 0
    assert post.sent == []
    assert DigestMail.objects.get().state == DigestState.EMPTY


def test_not_on_days_off_nor_on_leave(house: factories.House, post: Post) -> None:
    factories.ticket(house, agent=house.alice)
    friday = datetime(2026, 3, 6, 12, tzinfo=SHANGHAI).astimezone(UTC)
    assert want(house.alice, now=friday).astimezone(SHANGHAI).weekday() == 0
    at = want(house.alice)
    Absence.objects.create(staff=house.alice, starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=9))
    assert digests.run(now=at) == 0
    assert not DigestMail.objects.exists()
    again = DigestWish.objects.get().next_at
    assert again is not None
    assert again > at


def test_weekly_comes_on_the_first_working_day(house: factories.House) -> None:
    at = want(house.alice, "weekly", now=NOW + timedelta(days=1))
    assert at.astimezone(SHANGHAI).weekday() == 0
    assert at.astimezone(SHANGHAI).hour == 8


def test_the_hour_is_of_his_own_clock(house: factories.House) -> None:
    Staff.objects.filter(pk=house.alice.pk).update(time_zone="Europe/Berlin")
    assert want(house.alice, hour=7).astimezone(ZoneInfo("Europe/Berlin")).hour == 7


def test_in_the_evening_the_mornings_mail_is_left_out(house: factories.House, post: Post) -> None:
    at = want(house.alice)
    factories.ticket(house, agent=house.alice)
    assert digests.run(now=at + digests.TOO_LATE) == 0
    assert not DigestMail.objects.exists()


def test_a_server_that_is_away_is_tried_again(house: factories.House, post: Post) -> None:
    at = want(house.alice)
    factories.ticket(house, agent=house.alice)
    post.error = ChannelError("unreachable", "", permanent=False)
    assert digests.run(now=at) == 0
    post.error = None
    assert digests.run(now=at + timedelta(seconds=59)) == 0
    assert digests.run(now=at + timedelta(seconds=60)) == 1


def test_for_good_refused_it_stands_at_the_person(house: factories.House, post: Post) -> None:
    at = want(house.alice)
    factories.ticket(house, agent=house.alice)
    post.error = ChannelError("rejected", "550", permanent=True)
    digests.run(now=at)
    found = digests.last_of(house.alice.pk)
    assert found is not None
    assert (found.state, found.problem) == (DigestState.FAILED, "rejected: 550")


def test_an_agent_reads_of_his_own_and_a_lead_of_his_teams(house: factories.House) -> None:
    own = factories.ticket(house, subject="Of Alice", agent=house.alice)
    factories.ticket(house, subject="Of nobody here", team=house.strangers, agent=house.dee)
    Promise.objects.filter(ticket=own).update(due_at=NOW + timedelta(hours=2))

    def titles(who: Staff) -> dict[str, list[str]]:
        found = digest_words.of(who, since=NOW - timedelta(days=1), now=NOW, site=SITE, language="en")
        return {s.title: [line.title for line in s.lines] for s in found.sections} if found else {}

    mine, leads = titles(house.alice), titles(house.bo)
    assert {f"{own.number} Of Alice"} == {title for lines in mine.values() for title in lines}
    assert "Due today" in mine
    assert f"{own.number} Of Alice" in leads["My teams: due today"]
    assert "Of nobody here" not in str(leads)


def test_what_broke_since_the_last_working_day_is_told(house: factories.House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    Promise.objects.filter(ticket=ticket).update(
        broken_at=NOW - timedelta(hours=30), ended_at=NOW - timedelta(hours=29)
    )
    for since, told in ((NOW - timedelta(days=3), True), (NOW - timedelta(days=1), False)):
        found = digest_words.of(house.alice, since=since, now=NOW, site=SITE, language="en")
        assert found is not None
        assert any(section.title == "Broken" for section in found.sections) is told


def test_in_html_a_subject_is_a_text(house: factories.House) -> None:
    factories.ticket(house, subject="<b>Loud</b>", agent=house.alice)
    found = digest_words.of(house.alice, since=NOW, now=NOW, site=SITE, language="zh-hans")
    assert found is not None
    assert "&lt;b&gt;Loud" in found.html
    assert "等我处理" in found.text


def test_without_an_address_it_cannot_be_chosen(house: factories.House) -> None:
    Staff.objects.filter(pk=house.alice.pk).update(email="")
    with pytest.raises(Invalid):
        want(house.alice)
    assert not DigestWish.objects.exists()
    assert not Event.objects.filter(params__what="digest").exists()
