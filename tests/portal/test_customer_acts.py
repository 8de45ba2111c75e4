"""What may a customer do with his link, and what not?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from tests.factories import House
from tests.portal.conftest import counts, page_of, words
from yingnuo.alerts.models import Notice
from yingnuo.journey import closing, upkeep
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Attachment, Message, Status, Ticket

ACTS = ("urge", "solved", "reopen", "rate")


def now_of(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def resolve(ticket: Ticket) -> None:
    closing.resolve(SYSTEM, ticket_id=ticket.pk, now=instants.now())


def test_words_and_files_are_added(client: Client, ticket: Ticket) -> None:
    form = words(client, ticket, uploads=[SimpleUploadedFile("a.txt", b"x", "text/plain")])
    answer = client.post(page_of(ticket, "words"), form, follow=True)
    said = Message.objects.latest("id")
    assert (said.text, said.author, said.public, said.contact_id) == ("Any news?", "customer", True, ticket.contact_id)
    assert Attachment.objects.get().message == said
    assert b"Any news?" in answer.content
    assert Event.objects.latest("id").actor_kind == "contact"


def test_words_sent_twice_are_said_once(client: Client, ticket: Ticket) -> None:
    form = words(client, ticket)
    client.post(page_of(ticket, "words"), form)
    client.post(page_of(ticket, "words"), form)
    assert Message.objects.filter(text="Any news?").count() == 1


def test_words_open_a_solved_ticket_again(client: Client, ticket: Ticket) -> None:
    resolve(ticket)
    client.post(page_of(ticket, "words"), words(client, ticket))
    assert now_of(ticket).status == Status.OPEN


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"text": ""}, 422), ({"text": "x" * 20_001}, 422), ({"key": "forged"}, 422), ({"homepage": "x"}, 422)],
)
def test_wrong_words_change_nothing(client: Client, ticket: Ticket, wrong: dict[str, str], status: int) -> None:
    form = words(client, ticket) | wrong
    before = counts()
    assert client.post(page_of(ticket, "words"), form).status_code == status
    assert counts() == before


def test_a_key_of_one_ticket_does_not_answer_for_another(client: Client, house: House, ticket: Ticket) -> None:
    form = words(client, ticket)
    client.post(page_of(ticket, "words"), form)
    other = factories.ticket(house, contact=house.wang)
    before = counts()
    assert client.post(page_of(other, "words"), form).status_code == 409
    assert counts() == before


def test_too_many_words(client: Client, ticket: Ticket) -> None:
    for n in range(20):
        client.post(page_of(ticket, "words"), words(client, ticket, text=f"Number {n}"))
    before = counts()
    assert client.post(page_of(ticket, "words"), words(client, ticket)).status_code == 429
    assert counts() == before


def test_nothing_is_added_to_a_merged_ticket(client: Client, house: House, ticket: Ticket) -> None:
    other = factories.ticket(house, contact=house.wang)
    form = words(client, other)
    upkeep.merge(SYSTEM, ticket_id=ticket.pk, absorb_id=other.pk, customers="several", now=instants.now())
    before = counts()
    assert client.post(page_of(other, "words"), form).status_code == 409
    assert counts() == before


def test_urging_tells_the_holder_once(client: Client, house: House, ticket: Ticket) -> None:
    client.post(page_of(ticket, "urge"))
    told = Notice.objects.count()
    assert now_of(ticket).urged == 1
    assert Notice.objects.filter(reason="urged", staff=house.alice).exists()
    answer = client.post(page_of(ticket, "urge"), follow=True)
    assert b"You can urge again in ten minutes" in answer.content
    assert (now_of(ticket).urged, Notice.objects.count()) == (1, told)


def test_urging_again_after_ten_minutes(client: Client, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(urged=1, urged_at=instants.now() - timedelta(minutes=10))
    client.post(page_of(ticket, "urge"))
    assert now_of(ticket).urged == 2


def test_a_solution_is_accepted(client: Client, ticket: Ticket) -> None:
    resolve(ticket)
    client.post(page_of(ticket, "solved"))
    assert now_of(ticket).status == Status.CLOSED
    assert Event.objects.get(code="ticket.closed").actor_kind == "contact"


def test_what_is_not_solved_cannot_be_accepted(client: Client, ticket: Ticket) -> None:
    before = counts()
    client.post(page_of(ticket, "solved"))
    assert counts() == before
    assert now_of(ticket).is_open


def test_not_solved_opens_again(client: Client, ticket: Ticket) -> None:
    resolve(ticket)
    client.post(page_of(ticket, "reopen"))
    assert (now_of(ticket).status, now_of(ticket).reopened) == (Status.OPEN, 1)


def test_a_rating_is_kept_and_shown(client: Client, ticket: Ticket) -> None:
    resolve(ticket)
    answer = client.post(page_of(ticket, "rate"), {"score": "4", "words": "Quick!"}, follow=True)
    assert Event.objects.get(code="ticket.rated").params == {"score": 4, "words": "Quick!"}
    assert b"You gave us 4 of 5" in answer.content


@pytest.mark.parametrize("score", ["0", "6", "", "x", "4.5", "-1"])
def test_a_wrong_rating_changes_nothing(client: Client, ticket: Ticket, score: str) -> None:
    resolve(ticket)
    before = counts()
    client.post(page_of(ticket, "rate"), {"score": score})
    assert counts() == before


def test_an_open_ticket_cannot_be_rated(client: Client, ticket: Ticket) -> None:
    before = counts()
    client.post(page_of(ticket, "rate"), {"score": "5"})
    assert counts() == before


def test_staff_cannot_rate_for_the_customer(house: House, ticket: Ticket) -> None:
    resolve(ticket)
    before = counts()
    with pytest.raises(NotAllowed):
        upkeep.rate(factories.actor(house.bo), ticket_id=ticket.pk, score=5, now=instants.now())
    with pytest.raises(Invalid):
        upkeep.rate(factories.actor(house.chen), ticket_id=ticket.pk, score=9, now=instants.now())
    assert counts() == before


@pytest.mark.parametrize("act", [*ACTS, "words"])
def test_acts_are_posts_with_a_csrf_token(ticket: Ticket, act: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    before = counts()
    assert strict.post(page_of(ticket, act)).status_code == 403
    assert strict.get(page_of(ticket, act)).status_code == 405
    assert counts() == before


@pytest.mark.parametrize("act", [*ACTS, "words"])
def test_acts_with_a_forged_link_change_nothing(client: Client, ticket: Ticket, act: str) -> None:
    before = counts()
    assert client.post(page_of(ticket, act).replace("/p/", "/p/9")).status_code == 404
    assert counts() == before
