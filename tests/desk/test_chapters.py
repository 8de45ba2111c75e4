"""Can a reader choose what of a ticket's story he sees, and how far back?"""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.desk import talk
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket
from yingnuo.writing.models import Habit


def _told(house: House) -> Ticket:
    ticket = factories.ticket(house, text="The drum howls.", agent=house.alice)
    alice = factories.actor(house.alice)
    reply.note(alice, ticket_id=ticket.pk, text="Ask the workshop.", now=instants.now())
    reply.answer(alice, ticket_id=ticket.pk, said=Said("We look at it."), now=instants.now())
    return ticket


def _page(client: Client, ticket: Ticket, query: str = "") -> str:
    return client.get(f"/tickets/{ticket.pk}/{query}").content.decode()


def test_a_chapter_shows_its_own_alone(house: House, alice: Client) -> None:
    ticket = _told(house)
    whole = _page(alice, ticket)
    assert all(words in whole for words in ("The drum howls.", "Ask the workshop.", "We look at it."))
    notes = _page(alice, ticket, "?story=notes")
    assert "Ask the workshop." in notes
    assert "The drum howls." not in notes
    conversation = _page(alice, ticket, "?story=talk")
    assert "Ask the workshop." not in conversation
    assert "We look at it." in conversation
    promises = _page(alice, ticket, "?story=promises")
    assert "Promised" in promises
    assert "We look at it." not in promises.partition("desk-talk")[2].partition("desk-composer")[0]
    assert _page(alice, ticket, "?story=nonsense").count("The drum howls.") == whole.count("The drum howls.")


def test_chips_count_and_keep_the_choice_in_the_address(house: House, alice: Client) -> None:
    ticket = _told(house)
    page = _page(alice, ticket, "?story=notes")
    assert "Notes<b>1</b>" in page
    assert "Conversation<b>3</b>" in page  # the receipt is one of them
    assert f'hx-get="/tickets/{ticket.pk}/?story=notes" hx-trigger="yn:ticket:{ticket.pk} from:body"' in page


def test_the_last_choice_is_where_its_reader_begins(house: House, alice: Client, bo: Client) -> None:
    ticket = _told(house)
    _page(alice, ticket, "?story=notes")
    assert Habit.objects.get(staff=house.alice).story == ""
    _page(alice, ticket, "?story=notes&keep=1")
    assert Habit.objects.get(staff=house.alice).story == "notes"
    assert "The drum howls." not in _page(alice, ticket)
    assert "The drum howls." in _page(alice, ticket, "?story=all")
    assert "The drum howls." in _page(bo, ticket)


def test_a_filtered_story_still_knows_the_last_answer(house: House, alice: Client) -> None:
    ticket = _told(house)
    last = Message.objects.get(text="We look at it.")
    assert f'name="seen" value="{last.pk}"' in _page(alice, ticket, "?story=notes")


def test_a_long_story_begins_with_its_end_and_goes_back_on_request(house: House, alice: Client) -> None:
    ticket = _told(house)
    start = ticket.created_at + timedelta(minutes=1)
    Message.objects.bulk_create(
        Message(
            ticket=ticket, author="customer", via="mail", text=f"Line {n:04}.", contact=ticket.contact,
            at=start + timedelta(seconds=n), recorded_at=start,
        )
        for n in range(500)
    )  # fmt: skip
    page = _page(alice, ticket)
    assert "Line 0499." in page
    assert page.count("Line 0") == talk.MOST_MESSAGES
    assert "The drum howls." not in page
    assert "older=1" in page
    assert _page(alice, ticket, "?story=all&older=1").count("Line 0") == 2 * talk.MOST_MESSAGES
    oldest = _page(alice, ticket, "?story=all&older=3")
    assert "The drum howls." in oldest
    assert "Show what came before" not in oldest
