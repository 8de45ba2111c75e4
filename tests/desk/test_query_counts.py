"""How many statements does each page of the desk cost, with nothing to show and with everything?

The numbers are exact: who adds a statement to a page that is looked at all day says so here. Twelve is the most.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import House
from yingnuo.automation.models import Macro
from yingnuo.channels.models import Channel, ChannelKind, Conversation
from yingnuo.checklists import services as checklists
from yingnuo.checklists.services import Facts
from yingnuo.devices.models import Storm
from yingnuo.journey import closing, reply, steps, subtasks, sweep, upkeep
from yingnuo.journey.handing import Note
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.people.models import Team
from yingnuo.subtasks.services import Wish
from yingnuo.telephony.models import AgentState, Call
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.services import NewFile
from yingnuo.writing import drafts
from yingnuo.writing.drafts import Words

MOST = 12
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True)


def _empty(house: House) -> Ticket:
    """A ticket that has just come: one message, promises that run."""
    return factories.ticket(house, agent=house.alice)


def _full(house: House) -> Ticket:
    """A ticket in which everything has happened: a breach, a pause, notes, files, a hand-off, a task, a tick, a draft,
    another customer, two ways to answer."""
    now, alice, mia = instants.now(), factories.actor(house.alice), factories.actor(house.mia)
    Team.objects.filter(pk=house.front.pk).update(asks_note=True)
    checklist = checklists.save(
        factories.actor(house.root), pk=None, facts=Facts(name="Fault", steps="* 核对 | Check"), now=now
    )
    ticket = factories.ticket(house, agent=house.eve, at=now - 9 * DAY, urgency="urgent")
    sweep.run_once(now=now)
    file = NewFile("log.txt", "text/plain", b"E3")
    for n in range(5):
        reply.answer(mia, ticket_id=ticket.pk, said=Said(f"Part {n}", files=(file,)), now=now)
        factories.says(ticket, f"And {n}?")
    upkeep.merge(mia, ticket_id=ticket.pk, absorb_id=factories.ticket(house).pk, customers="one", now=now)
    factories.ticket(house)  # another one of the same customer
    upkeep.assign(
        mia, ticket_id=ticket.pk, team=house.front.pk, agent=house.alice.pk, now=now,
        note=Note("Looked", "Call him", "By mail"),
    )  # fmt: skip
    steps.tick(alice, ticket_id=ticket.pk, rule=checklist.pk, key=1, done=True, now=now)
    wish = Wish(subject="Drawing", text="Which?", team=house.technicians.pk, wanted=now + DAY)
    subtasks.ask(alice, ticket_id=ticket.pk, wish=wish, now=now)
    talk = Channel.objects.create(code="kf", name="Talk", kind=ChannelKind.WECOM_KF)
    Conversation.objects.create(channel=talk, peer="peer", contact=house.chen, ticket=ticket, last_in_at=now)
    drafts.save(alice, ticket=ticket.pk, words=Words("I think"), version=0, now=now)
    drafts.add_files(alice, ticket=ticket.pk, files=[file], now=now)
    closing.pause(alice, ticket_id=ticket.pk, reason="waiting_customer", now=now)
    return ticket


def _busy(house: House) -> None:
    """What a wall shows when everything is wrong, and what stands at the head of a queue."""
    now = instants.now()
    Macro.objects.create(name="Thank him", actions={"add_tags": ["thanked"]})
    line = Channel.objects.create(code="pbx", name="Exchange", kind=ChannelKind.ASTERISK, problem="It does not answer")
    AgentState.objects.create(channel=line, agent="8001", state="agent_ready", at=now)
    Call.objects.create(channel=line, external_id="1", began_at=now - DAY / 100, asked_at=now - DAY / 100,
                        state="queued", queue="600", contact=house.chen)  # fmt: skip
    Storm.objects.create(key="line-1", channel=line, place="Hall 3", began_at=now, last_at=now)
    factories.ticket(house, at=now - 9 * DAY, urgency="urgent")  # forsaken


def _cost(client: Client, path: str) -> int:
    assert client.get(path).status_code == 200  # what is kept by revision is read by now
    with CaptureQueriesContext(connection) as statements:
        assert client.get(path).status_code == 200
    return len(statements)


#: What a page costs an agent and a manager, with nothing to show and with everything.
TICKET = {("alice", "empty"): 10, ("alice", "full"): 12, ("mia", "empty"): 10, ("mia", "full"): 11}
CUSTOMER = "/customers/{customer}/"
PAGES = {
    "/tickets/": {"empty": 7, "full": 7},
    "/tickets/?scope=all": {"empty": 7, "full": 7},
    "/search?q=shows": {"empty": 8, "full": 10},
    CUSTOMER: {"empty": 14, "full": 15},  # with the card that a ticket's page fetches after itself
    "/customers/": {"empty": 3, "full": 3},
    "/chats/": {"empty": 5, "full": 5},
    "/calls/": {"empty": 3, "full": 3},
    "/tasks/": {"empty": 3, "full": 3},
    "/devices/": {"empty": 9, "full": 9},
}
OF_MANAGERS = {
    "/wall/": {"empty": 12, "full": 12}, "/dispatch/": {"empty": 5, "full": 7}, "/dashboard/": {"empty": 8, "full": 11},
    "/breaches/": {"empty": 3, "full": 7},
}  # fmt: skip


@pytest.mark.parametrize("state", ["empty", "full"])
@pytest.mark.parametrize("who", ["alice", "mia"])
def test_the_ticket_page_costs_no_statement_more(house: House, who: str, state: str) -> None:
    ticket = {"empty": _empty, "full": _full}[state](house)
    client = factories.sign_in(Client(), getattr(house, who))
    assert _cost(client, f"/tickets/{ticket.pk}/") == TICKET[who, state] <= MOST


@pytest.mark.parametrize("state", ["empty", "full"])
@pytest.mark.parametrize("who", ["alice", "mia"])
def test_no_page_costs_a_statement_more(house: House, who: str, state: str) -> None:
    if state == "full":
        _full(house)
        _busy(house)
    client = factories.sign_in(Client(), getattr(house, who))
    wanted = PAGES | (OF_MANAGERS if who == "mia" else {})
    costs = {path: _cost(client, path.format(customer=house.chen.pk)) for path in wanted}
    assert costs == {path: cost[state] for path, cost in wanted.items()}
    assert max(cost for path, cost in costs.items() if path != CUSTOMER) <= MOST
