"""Everybody chooses for himself, within the company's rule; nobody for another."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts import preferences
from yingnuo.alerts.models import NoticeRules, Preference, QuietHours
from yingnuo.alerts.preferences import Facts
from yingnuo.alerts.quiet import NEVER, Quiet
from yingnuo.alerts.rules import Caps, Rules, Wishes, rules
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event

pytestmark = pytest.mark.django_db
NIGHT = Quiet("hours", time(22), time(7))


def _known() -> Rules:
    return rules.at(revisions.current())


def _choose(house: House, wishes: Wishes) -> None:
    preferences.choose(factories.actor(house.alice), staff=house.alice.pk, wishes=wishes, now=MONDAY)


def test_what_is_chosen_holds_at_once_and_is_in_the_ledger() -> None:
    house = factories.house()
    _choose(house, Wishes(NIGHT, more=("sms",), language="zh-hans", digest_from=3))
    known = _known()
    assert known.quiet_of(house.alice.pk) == NIGHT
    assert known.ways_of(house.alice.pk, ("in_app", "mail"), through=False) == ("in_app", "mail", "sms")
    assert (known.of(house.alice.pk).language, known.digest_of(house.alice.pk)) == ("zh-hans", 3)
    assert Event.objects.filter(code="setting.changed", params__what="notice_preference").count() == 1


def test_as_the_company_again() -> None:
    house = factories.house()
    _choose(house, Wishes(NIGHT))
    _choose(house, Wishes(None))
    assert _known().quiet_of(house.alice.pk) == NEVER
    assert not QuietHours.objects.exists()


def test_nobody_chooses_for_another() -> None:
    house = factories.house()
    for person in (house.bo, house.mia, house.root):
        with pytest.raises(NotAllowed):
            preferences.choose(factories.actor(person), staff=house.alice.pk, wishes=Wishes(NIGHT), now=MONDAY)
    assert not Preference.objects.exists()
    assert not QuietHours.objects.exists()


def test_a_lead_sees_his_people_and_a_stranger_does_not() -> None:
    house = factories.house()
    assert preferences.visible(factories.actor(house.bo), staff=house.alice.pk) == house.alice
    assert preferences.visible(factories.actor(house.alice), staff=house.alice.pk) == house.alice
    for stranger in (house.dee, house.alice):
        with pytest.raises(NotFound):
            preferences.visible(factories.actor(stranger), staff=house.bo.pk)


def test_a_way_that_the_rule_needs_cannot_be_switched_off() -> None:
    house = factories.house()
    with pytest.raises(Invalid):
        _choose(house, Wishes(off=("mail",)))
    assert not Preference.objects.exists()


def test_an_optional_way_can_but_not_the_last_one_and_not_where_a_step_goes_through() -> None:
    house = factories.house()
    preferences.set_rule(factories.actor(house.mia), facts=Facts(optional=("mail", "sms")), now=MONDAY)
    _choose(house, Wishes(off=("mail", "sms")))
    ways = _known().ways_of
    assert ways(house.alice.pk, ("in_app", "mail", "sms"), through=False) == ("in_app",)
    assert ways(house.alice.pk, ("mail", "sms"), through=False) == ("mail", "sms")
    assert ways(house.alice.pk, ("in_app", "mail"), through=True) == ("in_app", "mail")


def test_what_the_company_takes_back_counts_no_more() -> None:
    house = factories.house()
    preferences.set_rule(factories.actor(house.mia), facts=Facts(optional=("mail",)), now=MONDAY)
    _choose(house, Wishes(off=("mail",)))
    preferences.set_rule(factories.actor(house.mia), facts=Facts(), now=MONDAY)
    assert _known().ways_of(house.alice.pk, ("in_app", "mail"), through=False) == ("in_app", "mail")


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(Quiet("hours", time(0), time(0))),
        Wishes(Quiet("hours", time(22), time(7), frozenset())),
        Wishes(Quiet("hours", time(22), time(7), frozenset({7}))),
        Wishes(Quiet("calendar")),
        Wishes(Quiet("calendar", calendar="gone")),
        Wishes(Quiet("siesta")),
        Wishes(more=("pigeon",)),
        Wishes(language="tlh"),
        Wishes(digest_from=1),
        Wishes(digest_from=101),
    ],
)
def test_what_makes_no_sense_is_refused_whole(wishes: Wishes) -> None:
    house = factories.house()
    with pytest.raises(Invalid):
        _choose(house, wishes)
    assert not Preference.objects.exists()
    assert not QuietHours.objects.exists()


def test_the_company_s_quiet_hours_are_for_all_who_have_not_chosen() -> None:
    house = factories.house()
    preferences.set_rule(factories.actor(house.mia), facts=Facts(NIGHT), now=MONDAY)
    _choose(house, Wishes(NEVER))
    assert (_known().quiet_of(house.bo.pk), _known().quiet_of(house.alice.pk)) == (NIGHT, NEVER)


def test_only_who_edits_settings_sets_the_rule() -> None:
    house = factories.house()
    with pytest.raises(NotAllowed):
        preferences.set_rule(factories.actor(house.bo), facts=Facts(NIGHT), now=MONDAY)
    assert not NoticeRules.objects.exists()


@pytest.mark.parametrize(
    "caps", [Caps(price=Decimal(-1)), Caps(day=Decimal("-0.01")), Caps(currency="yuan"), Caps(currency="cny")]
)
def test_amounts_that_make_no_sense_are_refused(caps: Caps) -> None:
    house = factories.house()
    with pytest.raises(Invalid):
        preferences.set_rule(factories.actor(house.mia), facts=Facts(caps=caps), now=MONDAY)
    assert not NoticeRules.objects.exists()
