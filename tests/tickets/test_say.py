"""Odd texts are kept as far as the database can: nothing a customer sends may stop its own taking in."""

from __future__ import annotations

import pytest

from tests import factories
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets import queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Attachment, Author, Message, Ticket
from yingnuo.tickets.queries import Filter
from yingnuo.tickets.services import NewFile, NewMessage

pytestmark = pytest.mark.django_db


def _say(ticket: Ticket, text: str, *files: NewFile) -> Message:
    said = NewMessage(ticket=ticket.pk, author=Author.CUSTOMER, text=text, via="mail", files=files)
    return tickets.say_many(SYSTEM, said=[said], now=instants.now())[0]


def _found(words: str) -> list[int]:
    rows = queries.queue(SYSTEM, Filter(words=words), now=instants.now())
    return [t.pk for t in rows]


def test_a_word_of_three_thousand_letters_is_taken_in_and_found() -> None:
    house = factories.house()
    word = "ab" * 1500
    ticket = factories.ticket(house, text=word)
    assert _found(word) == [ticket.pk]


def test_nul_and_lone_surrogates_are_left_out() -> None:
    house = factories.house()
    ticket = factories.ticket(house, subject="It\x00 smokes")
    assert ticket.subject == "It smokes"
    assert _say(ticket, "a\x00b\ud800c").text == "abc"


def test_a_files_name_with_nul_is_kept_without_it() -> None:
    house = factories.house()
    _say(factories.ticket(house), "See file", NewFile("a\x00.txt", "text/plain", b"1"))
    assert Attachment.objects.get().name == "a.txt"


def test_a_conversation_of_a_hundred_thousand_words_goes_on() -> None:
    house = factories.house()
    ticket = factories.ticket(house)
    for n in range(8):
        pairs = ((n * 2_500 + i * 7) % 20_000 for i in range(8_000))
        _say(ticket, "".join(chr(0x4E00 + pair) + chr(0x4E00 + i) for i, pair in enumerate(pairs)))
    assert _say(ticket, "The end").text == "The end"
