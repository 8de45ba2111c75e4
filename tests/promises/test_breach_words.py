"""What does a customer read about a broken promise before anybody has sent it?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import sweep
from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.promises import breach_words
from yingnuo.promises.breach_models import BreachWording
from yingnuo.promises.breach_words import Follows
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def house() -> House:
    return factories.house()


def _broken(house: House) -> tuple[Promise, Ticket]:
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    sweep.run_once(now=MONDAY + HOUR)
    return Promise.objects.get(ticket=ticket, milestone="first_response"), ticket


def test_the_word_is_in_the_customers_language_and_zone(house: House) -> None:
    promise, ticket = _broken(house)
    english = breach_words.draft(promise, ticket, Follows())
    assert ticket.number in english
    assert "First response" in english
    assert "March 2, 2026, 10:15 a.m." in english  # 02:15 UTC is 10:15 in Shanghai
    ticket.language, ticket.contact.zone = "zh-hans", "Europe/Berlin"
    assert "2026年3月2日 03:15" in breach_words.draft(promise, ticket, Follows())


def test_what_follows_is_said_only_when_there_is_something_to_say(house: House) -> None:
    promise, ticket = _broken(house)
    said = breach_words.draft(promise, ticket, Follows("Eve calls you.", MONDAY + 6 * HOUR))
    assert "What follows: Eve calls you." in said
    assert "You will hear from us by March 2, 2026, 4 p.m." in said
    assert "What follows" not in breach_words.draft(promise, ticket, Follows())


def test_what_a_customer_calls_himself_is_no_template(house: House) -> None:
    promise, ticket = _broken(house)
    ticket.contact.name = "{{ number }} {% raw %}"
    assert "Dear {{ number }} {% raw %}," in breach_words.draft(promise, ticket, Follows())


def test_an_own_wording_replaces_the_built_in_one_and_can_be_taken_back(house: House) -> None:
    promise, ticket = _broken(house)
    mia = factories.actor(house.mia)
    breach_words.save(mia, language="en", body="{{ name }}: {{ milestone }} failed.", now=MONDAY)
    assert breach_words.draft(promise, ticket, Follows()) == "Chen: First response failed."
    breach_words.save(mia, language="en", body=" ", now=MONDAY)
    assert "Dear Chen" in breach_words.draft(promise, ticket, Follows())
    assert Event.objects.filter(code="setting.changed", subject="breach_wording:en").count() == 2


@pytest.mark.parametrize("body", ["{{ nmae }}", "{% if %}", "{{ name", "x" * 4_001])
def test_a_wording_that_cannot_be_filled_is_refused_and_nothing_changes(house: House, body: str) -> None:
    with pytest.raises(Invalid) as caught:
        breach_words.save(factories.actor(house.mia), language="en", body=body, now=MONDAY)
    assert "body" in caught.value.fields
    assert not BreachWording.objects.exists()


def test_a_lead_may_not_reword_and_nothing_changes(house: House) -> None:
    with pytest.raises(NotAllowed):
        breach_words.save(factories.actor(house.bo), language="en", body="Hello {{ name }}", now=MONDAY)
    assert not BreachWording.objects.exists()


@pytest.mark.parametrize("language", breach_words.LANGUAGES)
def test_the_built_in_text_is_a_template_that_can_be_filled(house: House, language: str) -> None:
    filled = breach_words.preview(language, breach_words.built_in(language))
    assert "YN-2041" in filled
    assert "{" not in filled
