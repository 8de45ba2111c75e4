"""Does a channel abroad stay off until its lawful basis is on record?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.channels import basis, setup, sms_out
from yingnuo.channels.models import Channel
from yingnuo.channels.setup import ChannelFacts
from yingnuo.channels.sms_models import Basis
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event

pytestmark = pytest.mark.django_db
WORDS = "Standard contract no. 12, filed in Shanghai on 2026-01-15."


@pytest.fixture
def house() -> House:
    return factories.house(now=MONDAY)


@pytest.fixture
def twilio(house: House) -> Channel:
    return Channel.objects.create(code="uk", name="SMS abroad", kind="sms_twilio", active=False)


def _record(house: House, channel: Channel, **more: str) -> Basis:
    given = {"ground": "standard_contract", "text": WORDS} | more
    return setup.record_basis(factories.actor(house.root), channel=channel, now=MONDAY, **given)


def _switch_on(house: House, channel: Channel) -> Channel:
    facts = ChannelFacts(code=channel.code, name=channel.name, kind=channel.kind, settings={}, active=True)
    return setup.save(factories.actor(house.root), pk=channel.pk, facts=facts, now=MONDAY)


def test_without_a_basis_it_cannot_be_switched_on(house: House, twilio: Channel) -> None:
    assert setup.needs_basis(twilio)
    with pytest.raises(Invalid) as refused:
        _switch_on(house, twilio)
    assert refused.value.code == "no_lawful_basis"
    assert not Channel.objects.get().active


def test_a_new_channel_abroad_begins_switched_off(house: House) -> None:
    facts = ChannelFacts(code="wa", name="WhatsApp", kind="whatsapp", settings={}, active=True)
    with pytest.raises(Invalid):
        setup.save(factories.actor(house.root), pk=None, facts=facts, now=MONDAY)
    assert not Channel.objects.exists()


def test_with_a_basis_it_can_and_the_ledger_knows_who(house: House, twilio: Channel) -> None:
    row = _record(house, twilio)
    assert (row.by, row.at) == (house.root, MONDAY)
    assert not setup.needs_basis(twilio)
    assert _switch_on(house, twilio).active
    event = Event.objects.get(code="channel.basis")
    assert (event.params, event.subject) == ({"channel": "uk", "ground": "standard_contract"}, "channel:uk")


def test_withdrawn_it_is_off_at_once_and_what_was_recorded_stays(house: House, twilio: Channel) -> None:
    _record(house, twilio)
    _switch_on(house, twilio)
    basis.withdraw(factories.actor(house.root), channel=twilio, now=MONDAY)
    assert not Channel.objects.get().active
    assert Basis.objects.get().withdrawn_at == MONDAY
    with pytest.raises(Conflict):
        basis.withdraw(factories.actor(house.root), channel=twilio, now=MONDAY)


def test_another_basis_takes_the_place_of_the_first(house: House, twilio: Channel) -> None:
    first, second = _record(house, twilio), _record(house, twilio, ground="assessment")
    assert basis.standing(twilio) == second
    first.refresh_from_db()
    assert first.withdrawn_at == MONDAY


def test_an_active_channel_without_a_basis_sends_for_nobody(twilio: Channel) -> None:
    Channel.objects.update(active=True)
    assert sms_out.channel_for("+447700900123") is None


@pytest.mark.parametrize("wrong", [{"ground": "because"}, {"text": "short"}])
def test_a_basis_says_what_it_rests_on(house: House, twilio: Channel, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        _record(house, twilio, **wrong)
    assert not Basis.objects.exists()


def test_a_manager_may_not_record_one(house: House, twilio: Channel) -> None:
    with pytest.raises(NotAllowed):
        setup.record_basis(
            factories.actor(house.mia), channel=twilio, ground="assessment", text=WORDS, now=MONDAY
        )  # fmt: skip
    assert not Basis.objects.exists()


def test_a_channel_in_the_country_needs_none(house: House) -> None:
    inland = Channel.objects.create(code="sms", name="SMS", kind="sms_aliyun")
    assert not setup.needs_basis(inland)
    with pytest.raises(Conflict):
        _record(house, inland)
    assert not Basis.objects.exists()
