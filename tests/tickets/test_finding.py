"""Do both ways through the index, and what is chosen of them, find the same: the newest within sight?"""

from __future__ import annotations

from importlib import import_module
from itertools import product

import pytest
from django.db import connection

from tests import factories
from tests.factories import House
from yingnuo.kit import instants, search, shares
from yingnuo.people.models import Staff
from yingnuo.tickets import finding, hits, queries
from yingnuo.tickets.finding import MESSAGES, TICKETS, Search, Source
from yingnuo.tickets.models import Message, MessageWords
from yingnuo.tickets.narrowing import Words


@pytest.fixture
def house(db: None) -> House:
    shares.forget()
    made = factories.house()
    for n in range(6):
        factories.ticket(made, subject="Help", text=f"pump {'leaks' if n % 2 else 'hums'}", agent=made.alice)
    factories.ticket(made, subject="Help", text="pump hums", agent=made.dee)
    return made


def asked(who: Staff, text: str, source: Source = MESSAGES, most: int = 25) -> Search:
    words = Words(search.query(text), tuple(search.musts(text)))
    return Search(source, words, queries.sight(factories.actor(who)), most)


COUNTS = {"pump": 6, "pump leaks": 3, "hums": 3, "le": 3, "nothing": 0}


def test_both_ways_and_the_choice_agree(house: House) -> None:
    for source, text in product((MESSAGES, TICKETS), COUNTS):
        wanted = asked(house.alice, text, source)
        found = finding.newest(wanted, now=instants.now())
        assert found == finding.walk(wanted, finding.ALL) == finding.gather_forced(wanted, finding.ALL), text
        assert found == sorted(found, reverse=True)
        assert len(found) == COUNTS[text], text


def test_whichever_way_is_left_nothing_is_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for limits in ((1, 2, 1), (2, 100, 1), (100, 100, 1), (1, 1, 100)):
        for name, value in zip(("FIRST_WALK", "FAR_WALK", "GATHERED"), limits, strict=True):
            monkeypatch.setattr(finding, name, value)
        assert len(finding.newest(asked(house.alice, "hums"), now=instants.now())) == 3, limits
        assert len(finding.newest(asked(house.alice, "pump", most=2), now=instants.now())) == 2, limits


def test_what_only_says_what_is_not_wanted_is_walked(house: House) -> None:
    words = Words(search.query("", without=["leaks", "received"]), ())
    found = finding.newest(Search(MESSAGES, words, queries.sight(factories.actor(house.dee)), 25), now=instants.now())
    assert len(found) == Message.objects.filter(ticket__agent=house.dee).exclude(text="").count()


def test_a_customer_finds_his_own_words_and_no_notes(house: House) -> None:
    q = hits.question(factories.actor(house.wang), "pump", now=instants.now())
    assert hits.messages(q, most=10) == hits.tickets(q, most=10) == []


def test_old_messages_get_their_words_and_keep_those_they_have(house: House) -> None:
    before = set(MessageWords.objects.values_list("message_id", "search"))
    MessageWords.objects.filter(pk__gt=Message.objects.order_by("pk")[2].pk).delete()
    migration = import_module("yingnuo.tickets.migrations.0008_words_of_old_messages")
    migration.backfill(None, type("Editor", (), {"connection": connection}))
    assert set(MessageWords.objects.values_list("message_id", "search")) == before
