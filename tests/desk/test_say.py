"""Do replies and notes go where they should, and does nobody talk over a colleague unawares?"""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket

HTMX = {"HX-Request": "true", "HX-Target": "div#ticket"}


def _last(ticket: Ticket) -> Message:
    return Message.objects.filter(ticket=ticket).latest("pk")


def test_a_reply_counts_and_a_holding_word_does_not(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "A moment", "holding": "1"})
    assert (_last(ticket).public, _last(ticket).qualified) == (True, False)
    assert ticket.promises.get(milestone="first_response").met_at is None
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "Here is how"})
    assert ticket.promises.get(milestone="first_response").met_at is not None


def test_a_note_stays_inside(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "note", "text": "Ask Eve"})
    assert (_last(ticket).public, _last(ticket).text) == (False, "Ask Eve")


@pytest.mark.parametrize(("then", "status"), [("", "open"), ("wait", "waiting"), ("resolve", "resolved")])
def test_what_follows_the_reply(house: House, alice: Client, then: str, status: str) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "Done", "then": then})
    assert Ticket.objects.get(pk=ticket.pk).status == status


def test_files_come_along_under_a_type_of_our_own(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    files = [SimpleUploadedFile("a.pdf", b"%PDF", "text/html"), SimpleUploadedFile("b", b"x", "text/html")]
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "See", "files": files})
    assert list(_last(ticket).attachments.order_by("pk").values_list("name", "content_type")) == [
        ("a.pdf", "application/pdf"), ("b", "application/octet-stream"),
    ]  # fmt: skip


def test_a_colleagues_reply_in_between_is_shown_first(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    reply.answer(factories.actor(house.bo), ticket_id=ticket.pk, said=Said("I am on it"), now=instants.now())
    said = {"side": "reply", "text": "Me too", "seen": "0"}
    answer = alice.post(f"/tickets/{ticket.pk}/say", said, headers=HTMX)
    assert answer.status_code == 422
    assert b"Bo answered at" in answer.content
    assert _last(ticket).text == "I am on it"
    alice.post(f"/tickets/{ticket.pk}/say", said | {"seen": str(_last(ticket).pk)})
    assert _last(ticket).text == "Me too"


def test_without_scripts_the_text_is_not_lost_in_the_warning(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    reply.answer(factories.actor(house.bo), ticket_id=ticket.pk, said=Said("I am on it"), now=instants.now())
    answer = alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "Long letter", "seen": "0"})
    assert b">Long letter</textarea>" in answer.content


@pytest.mark.parametrize(
    "said",
    [
        {"side": "reply", "text": "  "},
        {"side": "note"},
        {"side": "reply", "text": "x", "then": "explode"},
        {"side": "reply", "text": "x" * 50_001},
    ],
)
def test_malformed_words_are_refused(house: House, alice: Client, said: dict[str, str]) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    before = Message.objects.count()
    assert alice.post(f"/tickets/{ticket.pk}/say", said).status_code == 422
    assert Message.objects.count() == before


def test_at_most_ten_files(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]
    assert alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "x", "files": files}).status_code == 422
