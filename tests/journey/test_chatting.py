"""What becomes of a visitor's words, and who is asked to take his chat?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.chat import talking
from tests.factories import House
from yingnuo.channels.models import Raw
from yingnuo.chat import identity, queries
from yingnuo.chat.models import Chat, Seat, Stage
from yingnuo.chat.services import Told
from yingnuo.chat.sites import Site
from yingnuo.engine.chat_course import Draft
from yingnuo.journey import chat_ending, chat_handling, chat_rounds, chatting, closing, dispatch
from yingnuo.journey.chatting import Words
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.people.models import Contact
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def house(db: None) -> House:
    return factories.house(now=NOW)


@pytest.fixture
def site(house: House) -> Site:
    return talking.site()


def test_first_words_open_a_ticket_of_the_sites_team_offered_to_whoever_is_there(house: House, site: Site) -> None:
    talking.online(house.alice)
    chat = talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    ticket = Ticket.objects.get()
    assert (ticket.via, ticket.team, ticket.agent) == ("chat", house.front, house.alice)
    assert (chat.stage, chat.ticket) == (Stage.WAITING, ticket)
    assert Promise.objects.filter(ticket=ticket, milestone="first_response").exists()


def test_the_sites_team_goes_before_the_rules(house: House) -> None:
    site = talking.site(team="technicians")
    talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    assert Ticket.objects.get().team == house.technicians


def test_the_same_key_again_changes_nothing(house: House, site: Site) -> None:
    visitor = talking.visitor(site, now=NOW)
    for _time in range(3):
        talking.says(site, visitor, "Hello", key="one", now=NOW)
    assert (Message.objects.count(), Ticket.objects.count(), Raw.objects.count()) == (1, 1, 1)
    with pytest.raises(Conflict):
        talking.says(site, visitor, "Something else", key="one", now=NOW)
    assert Message.objects.count() == 1


def test_more_words_join_the_chat(house: House, site: Site) -> None:
    visitor = talking.visitor(site, now=NOW)
    first = talking.says(site, visitor, "Hello", now=NOW)
    second = talking.says(site, visitor, "Are you there?", now=NOW + SECOND)
    assert first == second
    assert [m.text for m in queries.words_of(first.ticket_id, since=first.since)] == ["Hello", "Are you there?"]


def test_nobody_gets_more_chats_than_he_takes(house: House, site: Site) -> None:
    talking.online(house.alice, house.bo)
    Seat.objects.create(staff=house.alice, capacity=1)
    Seat.objects.create(staff=house.bo, capacity=2)
    for n in range(4):
        talking.says(site, talking.visitor(site, now=NOW), f"Words {n}", now=NOW + n * SECOND)
    assert queries.loads([house.alice.pk, house.bo.pk]) == {house.alice.pk: 1, house.bo.pk: 2}
    assert Ticket.objects.filter(agent=None).count() == 1


def test_waiting_chats_are_not_given_out_as_tickets(house: House, site: Site) -> None:
    talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    talking.online(house.alice)
    assert dispatch.pull(SYSTEM, team=house.front.pk, now=NOW) == []
    assert Ticket.objects.get().agent is None


def test_who_becomes_free_is_offered_the_one_that_waits_longest(house: House, site: Site) -> None:
    first = talking.says(site, talking.visitor(site, now=NOW), "First", now=NOW)
    talking.says(site, talking.visitor(site, now=NOW), "Second", now=NOW + SECOND)
    Seat.objects.create(staff=house.alice, capacity=1)
    talking.online(house.alice)
    chat_rounds.look(now=NOW + timedelta(seconds=10))
    assert [c.pk for c in queries.of_agent(house.alice.pk)] == [first.pk]


def test_an_offer_that_lapses_goes_to_another(house: House, site: Site) -> None:
    talking.online(house.alice)
    chat = talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    talking.online(house.bo)
    chat_rounds.look(now=NOW + timedelta(seconds=44))
    assert Ticket.objects.get().agent == house.alice
    chat_rounds.look(now=NOW + timedelta(seconds=46))
    chat.refresh_from_db()
    assert (Ticket.objects.get().agent, chat.stage) == (house.bo, Stage.WAITING)


def test_place_and_wait(house: House, site: Site) -> None:
    chats = [talking.says(site, talking.visitor(site, now=NOW), f"{n}", now=NOW + n * SECOND) for n in range(3)]
    assert [queries.position_of(c, house.front.pk) for c in chats] == [1, 2, 3]
    assert queries.expected_wait(chats[2], house.front.pk, now=NOW) is None
    for n in range(3):
        visitor = talking.visitor(site, now=NOW)
        chat = talking.says(site, visitor, "quick", now=NOW)
        chat_handling.accept(factories.actor(house.alice), chat_id=chat.pk, now=NOW + timedelta(seconds=20 + n))
    assert queries.expected_wait(chats[2], house.front.pk, now=NOW + timedelta(minutes=1)) == 63


def test_accepting_makes_it_his_and_answers_keep_the_promise(house: House, site: Site) -> None:
    visitor = talking.visitor(site, now=NOW)
    chat = talking.says(site, visitor, now=NOW)
    alice = factories.actor(house.alice)
    chat_handling.accept(alice, chat_id=chat.pk, now=NOW + SECOND)
    chat_handling.answer(alice, chat_id=chat.pk, text="Unplug it, please.", now=NOW + 2 * SECOND)
    ticket = Ticket.objects.get()
    assert (ticket.agent, ticket.first_response_at) == (house.alice, NOW + 2 * SECOND)
    assert Promise.objects.get(ticket=ticket, milestone="first_response").standing == "kept"


def test_only_one_can_take_it(house: House, site: Site) -> None:
    chat = talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    chat_handling.accept(factories.actor(house.alice), chat_id=chat.pk, now=NOW)
    with pytest.raises(Conflict):
        chat_handling.accept(factories.actor(house.bo), chat_id=chat.pk, now=NOW)
    assert Ticket.objects.get().agent == house.alice


def test_an_answer_on_the_tickets_page_takes_the_chat(house: House, site: Site) -> None:
    talking.online(house.alice)
    chat = talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    chatting_reply(house, chat)
    chat_rounds.look(now=NOW + 2 * SECOND)
    chat.refresh_from_db()
    assert chat.stage == Stage.ACTIVE


def chatting_reply(house: House, chat: Chat) -> None:
    chat_handling.reply.answer(
        factories.actor(house.alice), ticket_id=chat.ticket_id, said=chat_handling.Said("Hello"), now=NOW + SECOND
    )


def test_handed_on_with_a_note_that_the_visitor_never_sees(house: House, site: Site) -> None:
    talking.online(house.eve)
    chat = talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    alice = factories.actor(house.alice)
    chat_handling.accept(alice, chat_id=chat.pk, now=NOW)
    chat_handling.transfer(alice, chat_id=chat.pk, team=house.technicians.pk, words="The lock may be broken.", now=NOW)
    chat.refresh_from_db()
    ticket = Ticket.objects.get()
    assert (chat.stage, ticket.team, ticket.agent) == (Stage.WAITING, house.technicians, house.eve)
    assert [m.text for m in queries.words_of(ticket.pk, since=chat.since)] == ["It shows E3."]
    chat_handling.accept(factories.actor(house.eve), chat_id=chat.pk, now=NOW)


def test_handing_on_needs_a_note_and_somebody_there_is(house: House, site: Site) -> None:
    chat = talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    alice = factories.actor(house.alice)
    chat_handling.accept(alice, chat_id=chat.pk, now=NOW)
    for team, agent, words in (
        (house.technicians.pk, None, " "),
        (0, None, "x"),
        (house.technicians.pk, house.dee.pk, "x"),
    ):
        with pytest.raises(Invalid):
            chat_handling.transfer(alice, chat_id=chat.pk, team=team, agent=agent, words=words, now=NOW)
    assert (Ticket.objects.get().team, Message.objects.count()) == (house.front, 1)


def test_silence_ends_an_answered_chat_and_solves_it(house: House, site: Site) -> None:
    chat = talking.says(site, talking.visitor(site, now=NOW), now=NOW)
    chat_handling.answer(factories.actor(house.alice), chat_id=chat.pk, text="Done.", now=NOW)
    chat_rounds.look(now=NOW + timedelta(minutes=14))
    assert Chat.objects.get().stage == Stage.ACTIVE
    chat_rounds.look(now=NOW + timedelta(minutes=16))
    chat.refresh_from_db()
    assert (chat.stage, chat.ended_by, Ticket.objects.get().status) == (Stage.ENDED, "idle", "resolved")


def test_an_unanswered_question_stays_owed_when_its_visitor_leaves(house: House, site: Site) -> None:
    visitor = talking.visitor(site, now=NOW)
    chat = talking.says(site, visitor, now=NOW)
    chat_handling.answer(factories.actor(house.alice), chat_id=chat.pk, text="A moment.", now=NOW)
    talking.says(site, visitor, "And what now?", now=NOW + SECOND)
    chat_ending.end(visitor, now=NOW + 2 * SECOND)
    chat.refresh_from_db()
    assert (chat.stage, chat.ended_by) == (Stage.ENDED, "visitor")
    assert Ticket.objects.get().is_open


def test_who_comes_back_goes_on_in_the_same_ticket(house: House, site: Site) -> None:
    visitor = talking.visitor(site, now=NOW)
    chat = talking.says(site, visitor, now=NOW)
    chat_handling.answer(factories.actor(house.alice), chat_id=chat.pk, text="Done.", now=NOW)
    chat_ending.end(visitor, now=NOW + SECOND)
    again = talking.says(site, visitor, "It is back.", now=NOW + timedelta(hours=1))
    assert (again.ticket_id, again.pk != chat.pk, again.stage) == (chat.ticket_id, True, Stage.WAITING)
    assert Ticket.objects.get().is_open
    closing.resolve(factories.actor(house.alice), ticket_id=again.ticket_id, now=NOW + timedelta(hours=2))
    later = talking.says(site, visitor, "Another matter.", now=NOW + timedelta(days=3))
    assert later.ticket_id != chat.ticket_id


def test_whom_the_site_vouches_for_is_our_customer(house: House, site: Site) -> None:
    who = identity.Identity("m-1", "Chen", "chen@harbour.example")
    visitor = chatting.met(site, who, Told("en"), now=NOW)
    talking.says(site, visitor, now=NOW)
    assert Ticket.objects.get().contact == house.chen
    assert chatting.met(site, who, Told("en"), now=NOW) == visitor
    assert Contact.objects.count() == 2


def test_a_name_that_anybody_may_type_is_a_label_only(house: House, site: Site) -> None:
    visitor = talking.visitor(site, now=NOW, name="Chen")
    talking.says(site, visitor, now=NOW)
    contact = Ticket.objects.get().contact
    assert (contact != house.chen, contact.name, contact.email) == (True, "Chen", "")


def test_a_bot_speaks_first_and_calls_a_person_when_unsure(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    site = talking.site(bot=True)
    monkeypatch.setattr(chatting, "BOTS", (lambda text, language: Draft(sure=0.9 if "hours" in text else 0.1),))
    visitor = talking.visitor(site, now=NOW)
    chat = talking.says(site, visitor, "What are your hours?", now=NOW)
    assert chat.stage == Stage.BOT
    assert talking.says(site, visitor, "My washer burns.", now=NOW + SECOND).stage == Stage.WAITING


def test_the_visitor_may_ask_for_a_person(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    site = talking.site(bot=True)
    monkeypatch.setattr(chatting, "BOTS", (lambda text, language: Draft(sure=0.9),))
    talking.online(house.alice)
    visitor = talking.visitor(site, now=NOW)
    chat = talking.says(site, visitor, now=NOW)
    chatting.call_person(visitor, now=NOW + SECOND)
    chat.refresh_from_db()
    assert (chat.stage, Ticket.objects.get().agent) == (Stage.WAITING, house.alice)


def test_words_must_be_words(house: House, site: Site) -> None:
    visitor = talking.visitor(site, now=NOW)
    for text in ("", "  \n", "x" * 8_001):
        with pytest.raises(Invalid):
            chatting.say(site, visitor, words=Words("k", text), now=NOW)
    assert not Message.objects.exists()
