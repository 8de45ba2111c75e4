"""A step may tell the customer: once, in his language, by a mail that stops no clock, and only whose ticket it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts.models import Template
from yingnuo.channels.models import Delivery
from yingnuo.engine.terms import Terms
from yingnuo.journey import customers, sweep
from yingnuo.journey.customers import Word
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import copies_of, terms_of
from yingnuo.tickets.models import Author, Message, Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LADDER = [
    {"step": "word", "before": "5m", "to": ["customer"], "by": ["mail"]},
    {"step": "sorry", "after": 0, "to": ["customer", "lead"], "by": ["in_app"]},
]


def _ticket(house: House, contact: Contact | None = None) -> Ticket:
    """First response due after 15 minutes; the customer is told 5 minutes before, and when it is broken."""
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, contact=contact, at=MONDAY)
    Promise.objects.filter(ticket=ticket).exclude(milestone="first_response").delete()
    promise = Promise.objects.get(ticket=ticket)
    terms = Terms.from_spec({**terms_of(promise.terms_id).to_spec(), "ladder": LADDER})
    copy = copies_of({terms})[terms]
    Promise.objects.filter(pk=promise.pk).update(terms=copy, first_terms=copy, next_at=MONDAY + 10 * MINUTE)
    Message.objects.filter(author=Author.SYSTEM).delete()  # its receipt
    return ticket


def _sweep(*minutes: int) -> None:
    for minute in minutes:
        sweep.run_once(now=MONDAY + minute * MINUTE)


def _said(ticket: Ticket) -> list[str]:
    return list(
        Message.objects.filter(ticket=ticket, author=Author.SYSTEM).order_by("id").values_list("text", flat=True)
    )


def test_he_is_told_once_of_each_step_by_mail() -> None:
    house = factories.house()
    ticket = _ticket(house)
    _sweep(10, 11, 16, 17)
    warned, sorry = _said(ticket)
    assert "First response by 03-02 10:15" in warned  # Shanghai, where he is
    assert "We have not kept this promise" in sorry
    given = Event.objects.filter(ticket_id=ticket.pk, code="notice.given").order_by("id")
    assert [(e.params["customer"], e.params["people"]) for e in given] == [(1, []), (1, [house.bo.pk])]
    mails = Delivery.objects.filter(message__ticket=ticket)
    assert set(mails.values_list("to", "message__public")) == {("chen@harbour.example", True)}


def test_it_stops_no_clock_and_counts_as_no_answer() -> None:
    house = factories.house()
    ticket = _ticket(house)
    _sweep(10)
    ticket.refresh_from_db()
    assert ticket.first_response_at is None
    assert Promise.objects.get(ticket=ticket).standing == "running"
    assert not Message.objects.filter(ticket=ticket, qualified=True, author=Author.SYSTEM).exists()


def test_a_step_that_comes_again_because_the_due_moment_moved_is_not_told_again() -> None:
    house = factories.house()
    ticket = _ticket(house)
    _sweep(10)
    Promise.objects.filter(ticket=ticket).update(fired={"word": 1}, next_at=MONDAY + 11 * MINUTE)
    _sweep(11)
    assert len(_said(ticket)) == 1


def test_the_words_are_in_his_language_or_the_company_s_own() -> None:
    house = factories.house()
    chinese = factories.customer("王先生", email="w@example.cn", language="zh-hans")
    ticket = _ticket(house, chinese)
    Ticket.objects.filter(pk=ticket.pk).update(language="zh-hans")
    Template.objects.create(
        reason="customer_broken", way="mail", language="zh-hans", body="抱歉：{{ number }} {{ milestone }} {{ url }}"
    )
    _sweep(10, 16)
    warned, sorry = _said(ticket)
    assert "首次响应" in warned
    assert sorry.startswith(f"抱歉：YN-{ticket.pk} 首次响应 http")


@pytest.mark.parametrize("why", ["merged", "no_address", "often"])
def test_where_he_must_not_be_told_the_ledger_says_why(why: str) -> None:
    house = factories.house()
    ticket = _ticket(house)
    if why == "merged":
        Ticket.objects.filter(pk=ticket.pk).update(merged_into=factories.ticket(house, at=MONDAY))
    elif why == "no_address":
        Contact.objects.filter(pk=house.chen.pk).update(email="")
    else:
        told = [Message(ticket=ticket, author=Author.SYSTEM, public=True, via="mail", text="x", at=MONDAY,
                        recorded_at=MONDAY) for _ in range(4)]  # fmt: skip
        Message.objects.bulk_create(told)
    before = Message.objects.count()
    word = Word(1, ticket.pk, "word", "first_response", None, broken=False)
    [entry] = customers.tell([word], now=MONDAY + 10 * MINUTE)
    assert entry is not None
    assert entry.params["reason"] == why
    assert Message.objects.count() == before


def test_the_round_records_what_was_not_said() -> None:
    house = factories.house()
    ticket = _ticket(house, factories.customer("Zhou", phone="+8613800000000"))
    _sweep(10)
    skipped = Event.objects.get(ticket_id=ticket.pk, code="notice.skipped")
    assert (skipped.params["step"], skipped.params["reason"]) == ("word", "no_address")
