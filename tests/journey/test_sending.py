"""Does a reply leave when it should, exactly once, and can it be undone before?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.factories import House
from yingnuo.alerts.models import Notice
from yingnuo.journey import sending
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.models import Staff
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Author, Message, Ticket
from yingnuo.tickets.services import NewFile
from yingnuo.writing import drafts
from yingnuo.writing.drafts import Words
from yingnuo.writing.models import Draft, KeptFile, Outgoing
from yingnuo.writing.outgoing import Waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def ticket(house: House) -> Ticket:
    return factories.ticket(house, agent=house.alice)


@pytest.fixture
def now() -> datetime:
    return instants.now()


def _answers(ticket: Ticket) -> list[str]:
    return list(Message.objects.filter(ticket=ticket, author=Author.STAFF).values_list("text", flat=True))


def _held(house: House, ticket: Ticket, now: datetime, text: str = "Hello") -> Outgoing:
    actor = factories.actor(house.alice)
    made = sending.send(actor, ticket_id=ticket.pk, said=Said(text), hold=10, now=now)
    assert isinstance(made, Outgoing)
    return made


def _later(house: House, ticket: Ticket, now: datetime, *, unless_written: bool = True) -> Outgoing:
    when = Waiting(now + timedelta(hours=20), scheduled=True, unless_written=unless_written)
    made = sending.send(factories.actor(house.alice), ticket_id=ticket.pk, said=Said("Later"), later=when, now=now)
    assert isinstance(made, Outgoing)
    return made


def test_a_held_reply_leaves_once_and_the_promise_counts_that_moment(
    house: House, ticket: Ticket, now: datetime
) -> None:  # fmt: skip
    row = _held(house, ticket, now)
    sending.look(now=now + timedelta(seconds=9))
    assert _answers(ticket) == []
    assert ticket.promises.get(milestone="first_response").met_at is None
    sending.look(now=row.leaves_at)
    sending.look(now=row.leaves_at)
    assert _answers(ticket) == ["Hello"]
    assert ticket.promises.get(milestone="first_response").met_at == row.leaves_at.replace(microsecond=0)
    assert not Outgoing.objects.exists()


def test_a_hold_never_makes_a_promise_break(house: House, ticket: Ticket, now: datetime) -> None:
    Promise.objects.filter(ticket=ticket, milestone="first_response").update(due_at=now + timedelta(seconds=8))
    made = sending.send(factories.actor(house.alice), ticket_id=ticket.pk, said=Said("Quick"), hold=10, now=now)
    assert isinstance(made, Message)


def test_undone_it_stands_in_the_draft_with_its_files(house: House, ticket: Ticket, now: datetime) -> None:
    alice = factories.actor(house.alice)
    drafts.add_files(alice, ticket=ticket.pk, files=[NewFile("a.txt", "text/plain", b"x")], now=now)
    row = _held(house, ticket, now)
    assert not Draft.objects.exists()
    drafts.save(alice, ticket=ticket.pk, words=Words("Begun anew"), version=0, now=now)
    draft = sending.take_back(alice, pk=row.pk, now=now)
    assert (draft.text, draft.files.get().name) == ("Hello\n\nBegun anew", "a.txt")
    sending.look(now=row.leaves_at)
    assert _answers(ticket) == []


def test_files_of_the_draft_leave_with_the_reply(house: House, ticket: Ticket, now: datetime) -> None:
    drafts.add_files(
        factories.actor(house.alice), ticket=ticket.pk, files=[NewFile("a.txt", "text/plain", b"xy")], now=now
    )
    sending.look(now=_held(house, ticket, now).leaves_at)
    message = Message.objects.get(ticket=ticket, author=Author.STAFF)
    assert message.attachments.get().size == 2
    assert not KeptFile.objects.exists()


def test_only_its_writer_takes_it_back_and_not_twice(house: House, ticket: Ticket, now: datetime) -> None:
    row = _held(house, ticket, now)
    with pytest.raises(NotFound):
        sending.take_back(factories.actor(house.bo), pk=row.pk, now=now)
    sending.look(now=row.leaves_at)
    with pytest.raises(NotFound):
        sending.take_back(factories.actor(house.alice), pk=row.pk, now=now)
    assert (_answers(ticket), Draft.objects.count()) == (["Hello"], 0)


def test_it_is_stopped_when_the_customer_writes(house: House, ticket: Ticket, now: datetime) -> None:
    row = _later(house, ticket, now)
    factories.says(ticket, "It works again")
    sending.look(now=now)
    row.refresh_from_db()
    assert row.why == "customer_wrote"
    assert Notice.objects.filter(staff=house.alice, reason="reply_stopped", way="in_app").count() == 1
    sending.look(now=row.leaves_at)
    assert _answers(ticket) == []


def test_one_that_shall_leave_all_the_same_does(house: House, ticket: Ticket, now: datetime) -> None:
    row = _later(house, ticket, now, unless_written=False)
    factories.says(ticket, "Hello?")
    sending.look(now=row.leaves_at)
    assert _answers(ticket) == ["Later"]


def test_its_writer_is_told_when_he_may_no_more(house: House, ticket: Ticket, now: datetime) -> None:
    row = _later(house, ticket, now)
    Staff.objects.filter(pk=house.alice.pk).update(active=False)
    sending.look(now=row.leaves_at)
    row.refresh_from_db()
    assert (row.why, _answers(ticket)) == ("left_the_house", [])
    assert Event.objects.filter(code="reply.stopped", ticket_id=ticket.pk).count() == 1


def test_a_moment_that_is_over_is_refused(house: House, ticket: Ticket, now: datetime) -> None:
    over = Waiting(now, scheduled=True)
    with pytest.raises(Invalid):
        sending.schedule(factories.actor(house.alice), ticket_id=ticket.pk, said=Said("x"), later=over, now=now)
    assert not Outgoing.objects.exists()


def test_it_is_moved_and_thrown_away(house: House, ticket: Ticket, now: datetime) -> None:
    alice, row = factories.actor(house.alice), _later(house, ticket, now)
    sending.move(alice, pk=row.pk, at=now + timedelta(hours=1), now=now)
    assert sending.runs_out_before(ticket.pk, now + timedelta(days=30), now=now)
    sending.throw_away(alice, pk=row.pk, now=now)
    assert not Outgoing.objects.exists()
    assert Event.objects.filter(code="reply.taken_back").count() == 1


def test_one_that_cannot_be_sent_holds_up_no_other(
    house: House, ticket: Ticket, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = _held(house, ticket, now, "Broken"), _held(house, ticket, now, "Fine")
    whole = sending.reply.answer_within

    def fails(*args: object, **more: object) -> Message:
        if getattr(more["said"], "text", "") == "Broken":
            raise LookupError
        return whole(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(sending.reply, "answer_within", fails)
    sending.look(now=other.leaves_at)
    broken.refresh_from_db()
    assert (broken.why, _answers(ticket)) == ("trouble", ["Fine"])


def test_who_is_named_in_a_note_is_told_and_a_stranger_is_not(house: House, ticket: Ticket, now: datetime) -> None:
    made = sending.note(factories.actor(house.alice), ticket_id=ticket.pk, text="@Bo and @Dee, look", now=now)
    assert made.text == f"@[{house.bo.pk}] and @Dee, look"
    assert list(Notice.objects.filter(reason="mentioned", way="in_app").values_list("staff_id")) == [(house.bo.pk,)]


def test_nothing_leaves_without_the_file_it_names(house: House, ticket: Ticket, now: datetime) -> None:
    file = NewFile("a.txt", "text/plain", b"x")
    drafts.add_files(factories.actor(house.alice), ticket=ticket.pk, files=[file], now=now)
    row = _held(house, ticket, now)
    KeptFile.objects.update(path="kept/lost")
    sending.look(now=row.leaves_at)
    row.refresh_from_db()
    assert (row.why, _answers(ticket)) == ("file_unreadable", [])
