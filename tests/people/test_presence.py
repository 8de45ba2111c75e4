"""Who is there, why not, and how long was somebody what?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.people import presence
from yingnuo.people.models import PresenceMark, PresenceReason, Staff, Team
from yingnuo.people.presence import ReasonFacts

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def house() -> House:
    """The company of the tests."""
    return factories.house()


def _is(person: Staff, state: str, reason: str = "", *, after: int = 0) -> None:
    presence.change(factories.actor(person), staff=person, presence=state, reason=reason, now=MONDAY + after * MINUTE)


def test_a_reason_is_kept_with_its_moment(house: House) -> None:
    _is(house.alice, "away", "training")
    person = Staff.objects.get(pk=house.alice.pk)
    assert (person.presence, person.presence_reason, person.presence_since) == ("away", "training", MONDAY)


@pytest.mark.parametrize(("state", "reason"), [("online", "training"), ("away", "nonsense"), ("dancing", "")])
def test_a_reason_that_does_not_go_with_it_is_refused(house: House, state: str, reason: str) -> None:
    with pytest.raises(Invalid):
        _is(house.alice, state, reason)
    assert not PresenceMark.objects.exists()
    assert Staff.objects.get(pk=house.alice.pk).presence == "offline"


def test_saying_the_same_again_marks_nothing(house: House) -> None:
    _is(house.alice, "online")
    _is(house.alice, "online", after=5)
    assert PresenceMark.objects.count() == 1


def test_stretches_are_the_gaps_between_marks(house: House) -> None:
    _is(house.alice, "online")
    _is(house.alice, "break", "meal", after=30)
    _is(house.alice, "online", after=60)
    actor = factories.actor(house.alice)
    found = presence.spells(actor, staff=house.alice.pk, since=MONDAY + 10 * MINUTE, now=MONDAY + 90 * MINUTE)
    assert [(s.presence, s.reason, s.seconds) for s in found] == [
        ("online", "", 1_800), ("break", "meal", 1_800), ("online", "", 1_200),
    ]  # fmt: skip
    assert presence.totals(found) == {("online", ""): 3_000, ("break", "meal"): 1_800}


def test_an_agent_sees_his_own_times_only(house: House) -> None:
    with pytest.raises(NotAllowed):
        presence.spells(factories.actor(house.alice), staff=house.bo.pk, since=MONDAY, now=MONDAY)
    assert presence.spells(factories.actor(house.bo), staff=house.alice.pk, since=MONDAY, now=MONDAY) == []


def _unseen(house: House, minutes: int) -> None:
    Team.objects.filter(pk=house.front.pk).update(away_after=10)
    _is(house.alice, "online")
    presence.seen([house.alice.pk], now=MONDAY)
    presence.seen([house.bo.pk], now=MONDAY + minutes * MINUTE)


def test_whose_desk_is_closed_for_long_is_away_and_back_when_it_opens(house: House) -> None:
    _unseen(house, 11)
    assert presence.sweep(now=MONDAY + 11 * MINUTE) == []
    assert Staff.objects.get(pk=house.alice.pk).presence_reason == presence.UNSEEN
    presence.seen([house.alice.pk], now=MONDAY + 12 * MINUTE)
    assert presence.sweep(now=MONDAY + 12 * MINUTE) == [house.alice.pk]
    assert Staff.objects.get(pk=house.alice.pk).presence == "online"
    assert not PresenceMark.objects.filter(by_himself=False, staff=house.bo.pk).exists()


def test_a_short_loss_takes_nobody_out_of_work(house: House) -> None:
    _unseen(house, 9)
    presence.sweep(now=MONDAY + 9 * MINUTE)
    assert Staff.objects.get(pk=house.alice.pk).presence == "online"


def test_when_the_web_itself_was_away_nobody_is(house: House) -> None:
    _unseen(house, 0)
    presence.sweep(now=MONDAY + 60 * MINUTE)
    assert Staff.objects.get(pk=house.alice.pk).presence == "online"


def test_who_said_himself_that_he_is_away_stays_away(house: House) -> None:
    _unseen(house, 11)
    _is(house.alice, "away", "training", after=2)
    presence.seen([house.alice.pk], now=MONDAY + 11 * MINUTE)
    assert presence.sweep(now=MONDAY + 11 * MINUTE) == []
    assert Staff.objects.get(pk=house.alice.pk).presence_reason == "training"


def test_the_house_adds_a_reason_and_agents_do_not(house: House) -> None:
    facts = ReasonFacts("errand", "away", "外出", "Errand")
    presence.save_reason(factories.actor(house.root), facts=facts, now=MONDAY)
    _is(house.alice, "away", "errand")
    with pytest.raises(NotAllowed):
        presence.save_reason(factories.actor(house.alice), facts=ReasonFacts("x", "away", "甲", "X"), now=MONDAY)
    assert not PresenceReason.objects.filter(code="x").exists()
