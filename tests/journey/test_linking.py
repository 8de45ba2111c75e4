"""How do tickets come to be linked, and what does that mean for parents and children?"""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts.models import Notice
from yingnuo.journey import closing, family, linking, reply, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger.models import Event
from yingnuo.people.models import Role
from yingnuo.promises.models import Promise
from yingnuo.tickets import beside
from yingnuo.tickets.models import Message, Status, Ticket, TicketLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return factories.house()


def _tickets(house: House, count: int) -> list[Ticket]:
    return [factories.ticket(house, subject=f"Matter {n}", agent=house.alice) for n in range(count)]


def _link(house: House, one: Ticket, other: Ticket, relation: str) -> TicketLink:
    alice = factories.actor(house.alice)
    return linking.link(alice, ticket_id=one.pk, other_id=other.pk, relation=relation, now=instants.now())


def _told(ticket: Ticket) -> list[tuple[str, str, int]]:
    rows = Event.objects.filter(ticket_id=ticket.pk, code__startswith="ticket.").order_by("id")
    return [(e.code, e.params["relation"], e.params["ticket"]) for e in rows if "relation" in e.params]


@pytest.mark.parametrize(
    ("relation", "turned"),
    [("related", "related"), ("duplicate_of", "duplicated_by"), ("cause_of", "caused_by"), ("child_of", "parent_of")],
)
def test_a_link_is_seen_from_both_sides(house: House, relation: str, turned: str) -> None:
    one, other = _tickets(house, 2)
    _link(house, one, other, relation)
    bo = factories.actor(house.bo)
    assert {k: [b.told.id for b in g.shown] for k, g in beside.of_ticket(bo, one.pk).items()} == {relation: [other.pk]}
    assert {k: [b.told.id for b in g.shown] for k, g in beside.of_ticket(bo, other.pk).items()} == {turned: [one.pk]}
    assert _told(one) == [("ticket.linked", relation, other.pk)]
    assert _told(other) == [("ticket.linked", turned, one.pk)]


def test_no_ticket_is_linked_to_itself_or_twice(house: House) -> None:
    one, other = _tickets(house, 2)
    with pytest.raises(Invalid):
        _link(house, one, one, "related")
    with pytest.raises(Invalid):
        _link(house, one, other, "cousin")
    _link(house, one, other, "related")
    with pytest.raises(Conflict) as twice:
        _link(house, other, one, "related")
    assert twice.value.code == "linked_already"
    assert TicketLink.objects.count() == 1


def test_a_ticket_has_one_parent_and_no_circle_of_them(house: House) -> None:
    a, b, c = _tickets(house, 3)
    _link(house, a, b, "child_of")
    with pytest.raises(Conflict) as second:
        _link(house, c, a, "parent_of")
    assert second.value.code == "has_parent"
    _link(house, b, c, "child_of")
    with pytest.raises(Conflict) as circle:
        _link(house, c, a, "child_of")
    assert circle.value.code == "link_circle"
    assert TicketLink.objects.count() == 2


def test_both_tickets_must_be_in_sight(house: House) -> None:
    mine, theirs = _tickets(house, 1)[0], factories.ticket(house, team=house.strangers, agent=house.dee)
    for one, other in ((mine, theirs), (theirs, mine)):
        with pytest.raises(NotFound):
            _link(house, one, other, "related")
    dealer = factories.staff("pat", role=Role.PARTNER, team=house.front)
    with pytest.raises(NotAllowed):
        linking.link(
            factories.actor(dealer), ticket_id=mine.pk, other_id=_tickets(house, 1)[0].pk, relation="related",
            now=instants.now(),
        )  # fmt: skip
    assert not TicketLink.objects.exists()


def test_what_is_out_of_sight_is_only_there(house: House) -> None:
    mine, theirs = _tickets(house, 1)[0], factories.ticket(house, team=house.strangers, agent=house.dee)
    root = factories.actor(house.root)
    linking.link(root, ticket_id=mine.pk, other_id=theirs.pk, relation="related", now=instants.now())
    [found] = beside.of_ticket(factories.actor(house.alice), mine.pk)["related"].shown
    assert (found.seen, found.told.id) == (False, theirs.pk)
    with pytest.raises(NotFound):
        linking.unlink(
            factories.actor(house.alice), ticket_id=mine.pk, other_id=theirs.pk, relation="related", now=instants.now()
        )
    assert TicketLink.objects.count() == 1


def test_a_link_is_taken_away_and_put_back(house: House) -> None:
    one, other = _tickets(house, 2)
    _link(house, one, other, "caused_by")
    alice, now = factories.actor(house.alice), instants.now()
    linking.unlink(alice, ticket_id=other.pk, other_id=one.pk, relation="cause_of", now=now)
    assert not TicketLink.objects.exists()
    with pytest.raises(NotFound):
        linking.unlink(alice, ticket_id=other.pk, other_id=one.pk, relation="cause_of", now=now)
    _link(house, other, one, "cause_of")
    assert [code for code, _relation, _ticket in _told(one)] == ["ticket.linked", "ticket.unlinked", "ticket.linked"]


def test_merging_carries_links_over_and_drops_what_cannot_be(house: House) -> None:
    kept, absorbed, parent, friend = _tickets(house, 4)
    _link(house, absorbed, parent, "child_of")
    _link(house, absorbed, friend, "related")
    _link(house, kept, absorbed, "related")
    upkeep.merge(factories.actor(house.alice), ticket_id=kept.pk, absorb_id=absorbed.pk, now=instants.now())
    found = beside.of_ticket(factories.actor(house.alice), kept.pk)
    assert {k: [b.told.id for b in g.shown] for k, g in found.items()} == {
        "child_of": [parent.pk], "related": [friend.pk],
    }  # fmt: skip
    assert beside.of_ticket(factories.actor(house.alice), absorbed.pk) == {}


def test_merging_a_child_into_its_parent_leaves_no_link(house: House) -> None:
    parent, child = _tickets(house, 2)
    _link(house, child, parent, "child_of")
    upkeep.merge(factories.actor(house.alice), ticket_id=parent.pk, absorb_id=child.pk, now=instants.now())
    assert not TicketLink.objects.exists()
    with pytest.raises(Conflict):
        _link(house, _tickets(house, 1)[0], child, "related")


def test_splitting_links_the_parts(house: House) -> None:
    [ticket] = _tickets(house, 1)
    factories.says(ticket, "And an invoice, please.")
    words = Message.objects.filter(ticket=ticket).order_by("-id").first()
    assert words is not None
    made = upkeep.split(
        factories.actor(house.alice), ticket_id=ticket.pk, messages=[words.pk], subject="Invoice", now=instants.now()
    )
    assert [b.told.id for b in beside.of_ticket(factories.actor(house.bo), ticket.pk)["related"].shown] == [made.pk]


def _child(house: House, parent: Ticket, **wish: object) -> Ticket:
    values: dict[str, object] = {"subject": "Send a technician", "text": "Bring a bearing."}
    wished = family.Wish(**(values | wish))  # type: ignore[arg-type]
    return family.make_child(factories.actor(house.alice), ticket_id=parent.pk, wish=wished, now=instants.now())


def test_a_child_is_of_the_same_customer_and_promised_by_itself(house: House) -> None:
    parent = factories.ticket(house, kind="fault", urgency="urgent", product_line="washer", agent=house.alice)
    child = Ticket.objects.get(pk=_child(house, parent, team=house.technicians.pk, kind="installation").pk)
    assert (child.contact_id, child.product_line, child.kind) == (parent.contact_id, "washer", "installation")
    assert (child.team, child.tier, child.due_at is not None) == (house.technicians, "gold", True)
    assert Promise.objects.filter(ticket=child, milestone="resolution").exists()
    assert list(child.messages.values_list("text", "public")) == [("Bring a bearing.", False)]
    assert TicketLink.objects.get() == TicketLink.objects.get(kind="child_of", ticket=child, other=parent)


def test_nonsense_makes_no_child(house: House) -> None:
    [parent] = _tickets(house, 1)
    for wrong in ({"subject": " "}, {"kind": "holiday"}, {"urgency": "never"}, {"team": 999_999}):
        with pytest.raises(Invalid):
            _child(house, parent, **wrong)
    closing.resolve(factories.actor(house.alice), ticket_id=parent.pk, now=instants.now())
    with pytest.raises(Conflict):
        _child(house, parent)
    assert Ticket.objects.count() == 1


def test_all_open_children_are_answered_each_by_itself(house: House) -> None:
    parent, first, second, solved = _tickets(house, 4)
    hidden = factories.ticket(house, team=house.strangers, agent=house.dee)
    for child in (first, second, solved, hidden):
        linking.link(
            factories.actor(house.root), ticket_id=child.pk, other_id=parent.pk, relation="child_of", now=instants.now()
        )
    closing.resolve(factories.actor(house.alice), ticket_id=solved.pk, now=instants.now())
    said = Said("The server is back.")
    done = family.answer_children(factories.actor(house.alice), ticket_id=parent.pk, said=said, now=instants.now())
    assert (done.done, done.refused, done.unseen) == ((first.pk, second.pk), (), 1)
    told = Message.objects.filter(text="The server is back.", public=True).order_by("ticket")
    assert [m.ticket_id for m in told] == [first.pk, second.pk]


def test_one_child_that_refuses_stops_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, first, second = _tickets(house, 3)
    for child in (first, second):
        _link(house, child, parent, "child_of")
    whole = closing.checklists.refuse_open

    def refuse(actor: object, *, ticket: Ticket) -> None:
        if ticket.pk == first.pk:
            raise Conflict("A step is open.", code="steps_open")
        whole(actor, ticket=ticket)  # type: ignore[arg-type]

    monkeypatch.setattr(closing.checklists, "refuse_open", refuse)
    done = family.resolve_children(factories.actor(house.alice), ticket_id=parent.pk, now=instants.now())
    assert (done.done, done.refused) == ((second.pk,), ((first.pk, "A step is open."),))
    assert Ticket.objects.get(pk=second.pk).status == Status.RESOLVED


def test_the_last_child_solved_tells_the_parents_holder_once(house: House) -> None:
    parent, first, second = _tickets(house, 3)
    for child in (first, second):
        _link(house, child, parent, "child_of")
    bo = factories.actor(house.bo)
    closing.resolve(bo, ticket_id=first.pk, now=instants.now())
    assert not Notice.objects.filter(reason="children_done").exists()
    reply.answer(bo, ticket_id=second.pk, said=Said("Done.", then="resolve"), now=instants.now())
    assert Notice.objects.get(reason="children_done").staff == house.alice
    assert Event.objects.get(code="ticket.children_done").params["count"] == 2


def test_whoever_holds_the_parent_is_not_told_of_what_he_did(house: House) -> None:
    parent, child = _tickets(house, 2)
    _link(house, child, parent, "child_of")
    closing.close(factories.actor(house.alice), ticket_id=child.pk, reason="withdrawn", now=instants.now())
    assert not Notice.objects.filter(reason="children_done").exists()
    assert Event.objects.filter(code="ticket.children_done", ticket_id=parent.pk).exists()


def test_two_hundred_children_are_one_statement_a_page(
    house: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    [parent] = _tickets(house, 1)
    children = [factories.ticket(house, at=MONDAY, contact=house.wang) for _ in range(45)]
    rows = [TicketLink(kind="child_of", ticket=child, other=parent, made_at=MONDAY) for child in children]
    TicketLink.objects.bulk_create(rows)
    Ticket.objects.filter(pk=children[0].pk).update(status="resolved")
    alice = factories.actor(house.alice)
    with django_assert_num_queries(1):
        first = beside.of_ticket(alice, parent.pk)["parent_of"]
    assert (first.total, first.open, len(first.shown)) == (45, 44, beside.SIZE)
    last = beside.of_ticket(alice, parent.pk, page=3)["parent_of"]
    assert (len(last.shown), last.shown[-1].told.id) == (5, children[0].pk)


@pytest.mark.django_db(transaction=True)
def test_two_last_children_solved_at_once_tell_the_parents_holder() -> None:
    house = factories.house()
    parent, first = _tickets(house, 2)
    children = (first, factories.ticket(house, agent=house.bo))  # one holder's load would let them wait for each other
    for child in children:
        _link(house, child, parent, "child_of")
    bo, ready = factories.actor(house.bo), Barrier(2)
    together = closing.linking.linking.in_turn

    def meet(pk: int) -> None:
        ready.wait(60)  # both are resolved, and neither has looked at the other yet
        together(pk)

    def solve(pk: int) -> None:
        closing.resolve(bo, ticket_id=pk, now=instants.now())
        connection.close()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(closing.linking.linking, "in_turn", meet)
        threads = [Thread(target=solve, args=[child.pk]) for child in children]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
    assert Notice.objects.filter(reason="children_done", staff=house.alice).count() == 1
