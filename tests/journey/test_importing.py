"""Do tickets of another system come in: open ones by the journey, finished ones as they were, each once?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.exchange.conftest import Desk, house, mia, outcomes, problems
from tests.factories import House, actor
from yingnuo.channels.models import Delivery
from yingnuo.journey import closing
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Promise, StandingCode
from yingnuo.tickets.models import Message, Status, Ticket

__all__ = ["house", "mia"]
TICKETS = """工单号,标题,描述,客户,邮箱,状态,紧急程度,产品线,处理人,创建时间,关闭时间
T-1,洗衣机报E3,门锁坏了,陈丽,li@harbour.example,处理中,紧急,washer,alice,2026-02-01 09:00,
T-2,退款咨询,问退款,王强,wang@example.com,已关闭,一般,,bo,2025/11/03 14:20,2025/11/05 10:00
T-3,,,王强,wang@example.com,已关闭,,,,,
"""


def test_an_open_ticket_goes_the_way_of_any_other(house: House, mia: Desk) -> None:
    table = mia.taken("tickets", TICKETS)
    assert outcomes(table) == ["new", "new", "refused"]
    ticket = Ticket.objects.get(subject="洗衣机报E3")
    assert (ticket.via, ticket.urgency, ticket.product_line, ticket.agent) == (
        "import",
        "urgent",
        "washer",
        house.alice,
    )
    assert Promise.objects.filter(ticket=ticket, standing=StandingCode.RUNNING).exists()
    assert not Promise.objects.filter(broken_at__isnull=False).exists()
    assert not Delivery.objects.exists()  # nobody is sent a receipt for what he wrote long ago
    house.alice.refresh_from_db()
    assert house.alice.load == 1


def test_a_finished_ticket_is_kept_as_it_was(house: House, mia: Desk) -> None:
    mia.taken("tickets", TICKETS)
    ticket = Ticket.objects.get(subject="退款咨询")
    assert (ticket.status, ticket.agent, ticket.contact) == (Status.CLOSED, house.bo, house.wang)
    assert ticket.created_at == datetime(2025, 11, 3, 14, 20, tzinfo=UTC)
    assert ticket.closed_at == datetime(2025, 11, 5, 10, 0, tzinfo=UTC)
    assert not ticket.promises.exists()
    assert Message.objects.get(ticket=ticket).text == "问退款"
    house.bo.refresh_from_db()
    assert house.bo.load == 0


def test_what_is_wrong_is_said_of_each_row(house: House, mia: Desk) -> None:
    table = mia.checked("tickets", TICKETS)
    assert {code for _field, code, _params in problems(table)[4]} == {"needs_words", "needs_moment"}
    assert not Ticket.objects.exists()


def test_the_same_table_again_brings_nothing(house: House, mia: Desk) -> None:
    mia.taken("tickets", TICKETS)
    assert outcomes(mia.taken("tickets", TICKETS)) == ["same", "same", "refused"]
    assert Ticket.objects.count() == 2


def test_without_promises_nothing_is_owed(house: House, mia: Desk) -> None:
    mia.taken("tickets", TICKETS, promises="none")
    given = Promise.objects.filter(ticket__subject="洗衣机报E3")
    assert given.exists()
    assert set(given.values_list("standing", flat=True)) == {StandingCode.CANCELLED}


@pytest.mark.parametrize("text", [
    "key,subject,name,status,created\n1,x,Li,closed,yesterday\n", "key,subject,name,status\n1,x,Li,vanished\n",
    "key,subject,name,agent\n1,x,Li,nobody\n", "key,subject,name,team\n1,x,Li,nowhere\n",
    "key,subject\n1,x\n", "key,subject,name\n,x,Li\n",
    "key,subject,name,status,created,closed\n1,x,Li,closed,2026-02-02,2026-02-01\n",
])  # fmt: skip
def test_what_cannot_be_is_refused(house: House, mia: Desk, text: str) -> None:
    assert outcomes(mia.taken("tickets", text)) == ["refused"]
    assert not Ticket.objects.exists()


def test_undone_finished_ones_go_and_open_ones_are_closed(house: House, mia: Desk) -> None:
    table = mia.undone(mia.taken("tickets", TICKETS))
    assert outcomes(table) == ["undone", "undone", "refused"]
    ticket = Ticket.objects.get()
    assert (ticket.status, Event.objects.get(code="ticket.closed").params["reason"]) == (
        Status.CLOSED, "import_undone",
    )  # fmt: skip
    assert not Promise.objects.filter(standing=StandingCode.RUNNING).exists()


def test_a_ticket_that_somebody_worked_on_stays(house: House, mia: Desk) -> None:
    table = mia.taken("tickets", TICKETS)
    for ticket in Ticket.objects.all():
        act = closing.reopen if ticket.status == Status.CLOSED else closing.resolve
        act(actor(house.bo), ticket_id=ticket.pk, now=instants.now())
    assert outcomes(mia.undone(table)) == ["kept", "kept", "refused"]
    assert Ticket.objects.count() == 2
