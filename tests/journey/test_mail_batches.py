"""Is a batch of mails taken in as if they had come one by one, whatever is in it?"""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from yingnuo.channels import accept
from yingnuo.channels.models import Channel, Delivery, Raw
from yingnuo.journey import intake, post_in
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def box() -> Channel:
    factories.house()
    return Channel.objects.create(code="help", name="Help", kind="mail", settings={"address": "help@house.example"})


def _mail(number: int, sender: str = "", more: str = "") -> bytes:
    head = f"From: {sender or f'c{number}@customer.example'}\r\nTo: help@house.example\r\nSubject: No {number}\r\n"
    return f"{head}Message-ID: <m{number}@customer.example>\r\n{more}\r\nWords {number}.\r\n".encode()


def _come(box: Channel, *mails: bytes) -> None:
    now = instants.now()
    accept.keep_many(box, [(f"k{n}", raw) for n, raw in enumerate(mails)], received_at=now)
    assert post_in.take_waiting(now=now) == len(mails)


def test_a_batch_is_one_transaction(box: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = intake.take

    def counted(*given: Any, **more: Any) -> Any:
        calls.append(len(more["incoming"]))
        return real(*given, **more)

    monkeypatch.setattr(post_in.intake, "take", counted)
    _come(box, *(_mail(n) for n in range(10)))
    assert (calls, Ticket.objects.count()) == ([10], 10)


def test_an_answer_to_a_mail_of_the_same_batch_joins_it(box: Channel) -> None:
    answer = _mail(2, "c1@customer.example", "In-Reply-To: <m1@customer.example>\r\n")
    _come(box, _mail(1), answer)
    assert (Ticket.objects.count(), Message.objects.filter(author="customer").count()) == (1, 2)


def test_the_same_mail_twice_in_a_batch_counts_once(box: Channel) -> None:
    _come(box, _mail(1), _mail(1) + b" ", _mail(2))
    assert (Ticket.objects.count(), Raw.objects.filter(outcome="duplicate").count()) == (2, 1)


def test_one_bad_mail_is_alone_with_its_fault(box: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    real = intake.take

    def fails(*given: Any, **more: Any) -> Any:
        if any(i.arrival.subject == "No 3" and "taken_raw" not in i.arrival.notes for i in more["incoming"]):
            raise ValueError("bad")
        return real(*given, **more)

    monkeypatch.setattr(post_in.intake, "take", fails)
    _come(box, *(_mail(n) for n in range(6)))
    assert Ticket.objects.count() == 6
    assert not Raw.objects.exclude(state="taken").exists()


def test_an_echo_in_one_batch_gets_a_few_receipts_only(box: Channel) -> None:
    _come(box, *(_mail(n, "robot@customer.example") for n in range(9)))
    assert Ticket.objects.count() == 9
    assert Delivery.objects.filter(to="robot@customer.example").count() == 4


def test_receipts_leave_by_the_mailbox_the_mail_came_to(box: Channel) -> None:
    other = Channel.objects.create(code="sales", name="Sales", kind="mail", settings={"address": "sales@house.example"})
    now = instants.now()
    accept.keep_many(box, [("a", _mail(1))], received_at=now)
    accept.keep_many(other, [("b", _mail(2))], received_at=now)
    post_in.take_waiting(now=now)
    assert dict(Delivery.objects.values_list("to", "channel__code")) == {
        "c1@customer.example": "help", "c2@customer.example": "sales",
    }  # fmt: skip
