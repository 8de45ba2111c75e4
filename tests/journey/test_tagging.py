"""Does a tag change everywhere at once, go on when a worker dies, and leave alone what was promised?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import House
from yingnuo.automation.models import Macro
from yingnuo.journey import tagging, upkeep
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people import role_services, roles
from yingnuo.people.queries import organisation
from yingnuo.people.role_services import RoleFacts
from yingnuo.promises.models import PolicyVersion
from yingnuo.routing.models import Rule
from yingnuo.tickets import tags
from yingnuo.tickets.models import Ticket
from yingnuo.tickets.tag_models import Tag, TagRun
from yingnuo.worklists.models import Worklist

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> House:
    return factories.house()


def tagged(house: House, *names: str) -> Ticket:
    """A ticket of the front team with these tags."""
    ticket = factories.ticket(house, text="A matter")
    return upkeep.tag(factories.actor(house.mia), ticket_id=ticket.pk, tags=names, now=instants.now())


def pk(name: str) -> int:
    return Tag.objects.get(name=name).pk


def tags_of(ticket: Ticket) -> list[str]:
    return Ticket.objects.get(pk=ticket.pk).tags


def asked(tag: str) -> dict[str, object]:
    test = {"field": "tags", "op": "has_any", "values": [tag, "press"]}
    return {"how": "all", "groups": [{"how": "any", "tests": [test]}]}


def test_a_new_name_follows_in_tickets_rules_macros_and_lists(house: House) -> None:
    first, other = tagged(house, "vip", "laundry"), tagged(house, "laundry")
    rule = Rule.objects.create(position=9, name="R", when={"tags": {"any": ["vip"]}}, add_tags=["vip", "x"])
    macro = Macro.objects.create(name="M", actions={"add_tags": ["vip"]})
    saved = Worklist.objects.create(
        name="L", owner=house.alice, asked=asked("vip"), created_at=factories.MONDAY, updated_at=factories.MONDAY
    )
    before = tagging.touched("vip")
    run = tagging.rename(factories.actor(house.mia), pk=pk("vip"), to="Very important", now=instants.now())
    tagging.finish(now=instants.now())
    for row in (rule, macro, saved, run):
        row.refresh_from_db()
    assert (before.used.all, before.rules, before.lists) == (1, ["R", "M"], 1)
    assert (tags_of(first), tags_of(other)) == (["Very important", "laundry"], ["laundry"])
    assert (rule.when, rule.add_tags) == ({"tags": {"any": ["Very important"]}}, ["Very important", "x"])
    assert macro.actions == {"add_tags": ["Very important"]}
    assert saved.asked == asked("Very important")
    assert (run.done, run.total, run.ended_at is not None) == (1, 1, True)


def test_a_change_has_one_row_in_the_ledger_and_is_no_change_of_each_ticket(house: House) -> None:
    tagged(house, "vip")
    before = Event.objects.filter(code="ticket.changed").count()
    tagging.rename(factories.actor(house.mia), pk=pk("vip"), to="big", now=instants.now())
    tagging.finish(now=instants.now())
    params = Event.objects.get(code="tag.moved").params
    assert params == {"tag": "vip", "into": "big", "what": "renamed", "tickets": 1}
    assert Event.objects.filter(code="ticket.changed").count() == before


def test_whoever_had_a_ticket_open_is_told_that_it_changed(house: House) -> None:
    ticket = tagged(house, "vip")
    tagging.rename(factories.actor(house.mia), pk=pk("vip"), to="big", now=instants.now())
    tagging.finish(now=instants.now())
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version + 1


def test_the_next_worker_goes_on_where_one_died(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = [tagged(house, "vip") for _n in range(5)]
    monkeypatch.setattr(tagging, "PIECE", 2)
    run = tagging.rename(factories.actor(house.mia), pk=pk("vip"), to="big", now=instants.now())
    assert tagging.advance(now=instants.now())
    run.refresh_from_db()
    assert (run.done, run.ended_at) == (2, None)  # here the first worker died
    tagging.finish(now=instants.now())
    run.refresh_from_db()
    assert (run.done, run.ended_at is not None) == (5, True)
    assert [tags_of(t) for t in tickets] == [["big"]] * 5


def test_the_old_name_is_understood_as_the_new_one(house: House) -> None:
    tagged(house, "vip")
    tagging.rename(factories.actor(house.mia), pk=pk("vip"), to="big", now=instants.now())
    assert tags_of(tagged(house, "vip", "other")) == ["big", "other"]


def test_a_new_name_is_undone_with_its_description(house: House) -> None:
    ticket = tagged(house, "vip")
    mia = factories.actor(house.mia)
    tags.save(mia, pk=pk("vip"), name="vip", description="Friends", tone="red", active=True, now=instants.now())
    run = tagging.rename(mia, pk=pk("vip"), to="big", now=instants.now())
    tagging.finish(now=instants.now())
    tagging.undo(mia, run=run.pk, now=instants.now())
    tagging.finish(now=instants.now())
    vip = Tag.objects.get(name="vip")
    assert (tags_of(ticket), vip.active, vip.description, vip.tone) == (["vip"], True, "Friends", "red")
    with pytest.raises(Conflict):
        tagging.undo(mia, run=run.pk, now=instants.now())


def test_two_tags_become_one_and_a_ticket_has_it_once(house: House) -> None:
    both = tagged(house, "vip", "VIP")
    tagging.merge(factories.actor(house.mia), pk=pk("vip"), into=pk("VIP"), now=instants.now())
    tagging.finish(now=instants.now())
    assert tags_of(both) == ["VIP"]


def test_a_name_that_is_taken_is_no_new_name(house: House) -> None:
    tagged(house, "vip", "VIP")
    with pytest.raises(Conflict):
        tagging.rename(factories.actor(house.mia), pk=pk("vip"), to="VIP", now=instants.now())
    assert not TagRun.objects.exists()


def test_a_tag_that_a_standard_looks_at_stays(house: House) -> None:
    tagged(house, "vip", "VIP")
    version = PolicyVersion.objects.order_by("-number").first()
    assert version is not None
    version.spec = {
        **version.spec,
        "rules": [*version.spec["rules"], {"code": "x", "when": {"tags": {"any": ["vip"]}}}],
    }
    version.save()
    mia = factories.actor(house.mia)
    for deed in (
        lambda: tagging.rename(mia, pk=pk("vip"), to="big", now=instants.now()),
        lambda: tagging.merge(mia, pk=pk("VIP"), into=pk("vip"), now=instants.now()),
        lambda: tagging.retire(mia, pk=pk("vip"), strip=True, now=instants.now()),
    ):
        with pytest.raises(Conflict):
            deed()
    assert Tag.objects.filter(name__in=["vip", "VIP"], active=True).count() == 2


def test_a_retired_tag_is_given_to_no_ticket_and_can_go_off_all(house: House) -> None:
    ticket = tagged(house, "vip", "laundry")
    tagging.retire(factories.actor(house.mia), pk=pk("vip"), strip=True, now=instants.now())
    tagging.finish(now=instants.now())
    assert tags_of(ticket) == ["laundry"]
    with pytest.raises(Invalid):
        tagged(house, "vip")


def test_a_tag_that_a_rule_gives_is_not_retired(house: House) -> None:
    tagged(house, "vip")
    Rule.objects.create(position=9, name="R", add_tags=["vip"])
    with pytest.raises(Conflict):
        tagging.retire(factories.actor(house.mia), pk=pk("vip"), strip=False, now=instants.now())
    assert Tag.objects.get(name="vip").active


def test_an_agent_changes_no_tag_of_the_house(house: House) -> None:
    tagged(house, "vip")
    with pytest.raises(NotAllowed):
        tagging.rename(factories.actor(house.alice), pk=pk("vip"), to="big", now=instants.now())
    assert Tag.objects.get(name="vip").active


def test_who_may_not_invent_uses_the_tags_of_the_house(house: House) -> None:
    tagged(house, "vip")
    known = roles.standing("agent", organisation.at(revisions.current()))
    role_services.save(
        factories.actor(house.root), code="agent", facts=RoleFacts(known.verbs - {"tag.invent"}, known.sight),
        edition=0, now=instants.now(),
    )  # fmt: skip
    ticket = factories.ticket(house, text="Another")
    alice = factories.actor(house.alice)
    upkeep.tag(alice, ticket_id=ticket.pk, tags=["vip"], now=instants.now())
    with pytest.raises(NotAllowed):
        upkeep.tag(alice, ticket_id=ticket.pk, tags=["vip", "brand new"], now=instants.now())
    assert (tags_of(ticket), Tag.objects.filter(name="brand new").exists()) == (["vip"], False)
