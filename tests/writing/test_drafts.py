"""Is what somebody writes kept, for him alone, and never overwritten unawares?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.services import NewFile
from yingnuo.writing import drafts
from yingnuo.writing.drafts import Kept, Words
from yingnuo.writing.models import Draft, KeptFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def ticket(house: House) -> Ticket:
    return factories.ticket(house, agent=house.alice)


def _save(house: House, ticket: Ticket, text: str, version: int = 0) -> Kept:
    actor = factories.actor(house.alice)
    return drafts.save(actor, ticket=ticket.pk, words=Words(text), version=version, now=instants.now())


def test_two_windows_never_overwrite_each_other(house: House, ticket: Ticket) -> None:
    first = _save(house, ticket, "One")
    assert first.draft
    second = _save(house, ticket, "One and two", first.draft.version)
    assert not second.crossed
    third = _save(house, ticket, "Something else", first.draft.version)
    assert third.crossed
    assert Draft.objects.get().text == "One and two"


def test_a_draft_without_words_is_none(house: House, ticket: Ticket) -> None:
    kept = _save(house, ticket, "One").draft
    assert kept
    assert _save(house, ticket, "  ", kept.version) == Kept(None)
    assert not Draft.objects.exists()


def test_nobody_drafts_at_a_ticket_out_of_his_sight(house: House, ticket: Ticket) -> None:
    with pytest.raises(NotFound):
        drafts.save(factories.actor(house.dee), ticket=ticket.pk, words=Words("x"), version=0, now=instants.now())
    assert not Draft.objects.exists()


@pytest.mark.parametrize("words", [Words("x" * 50_001), Words("x", side="shout")])
def test_malformed_drafts_are_refused(house: House, ticket: Ticket, words: Words) -> None:
    with pytest.raises(Invalid):
        drafts.save(factories.actor(house.alice), ticket=ticket.pk, words=words, version=0, now=instants.now())
    assert not Draft.objects.exists()


def test_files_are_kept_up_to_ten_and_removed(house: House, ticket: Ticket) -> None:
    alice = factories.actor(house.alice)
    files = [NewFile(f"{n}.txt", "text/plain", b"x") for n in range(10)]
    drafts.add_files(alice, ticket=ticket.pk, files=files, now=instants.now())
    with pytest.raises(Invalid):
        drafts.add_files(alice, ticket=ticket.pk, files=files[:1], now=instants.now())
    assert KeptFile.objects.count() == 10
    one = KeptFile.objects.order_by("pk")[0]
    with pytest.raises(NotFound):
        drafts.remove_file(factories.actor(house.bo), ticket=ticket.pk, file=one.pk)
    drafts.remove_file(alice, ticket=ticket.pk, file=one.pk)
    assert KeptFile.objects.count() == 9


def test_old_drafts_are_purged(house: House, ticket: Ticket) -> None:
    _save(house, ticket, "One")
    assert drafts.purge(now=instants.now() + timedelta(days=91)) == 1
    assert not Draft.objects.exists()
