"""Does a role say what may be done from the next request on, and does nobody give away more than he has?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import factories
from tests.factories import House
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people import organisation, role_services, roles
from yingnuo.people.models import Role, Staff
from yingnuo.people.organisation import StaffFacts
from yingnuo.people.queries import organisation as book
from yingnuo.people.role_models import Sight, StaffRole
from yingnuo.people.role_services import RoleFacts

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return factories.house()


def facts_of(code: str, *, more: tuple[str, ...] = (), less: tuple[str, ...] = (), **other: str) -> RoleFacts:
    """A role as it stands, with some rights more and some less."""
    known = roles.standing(code, book.at(revisions.current()))
    return RoleFacts((known.verbs | set(more)) - set(less), **{"sight": known.sight, **other})


def change(house: House, code: str, facts: RoleFacts, *, by: Staff | None = None, edition: int = 0) -> StaffRole:
    actor = factories.actor(by or house.root)
    return role_services.save(actor, code=code, facts=facts, edition=edition, now=instants.now())


def test_whoever_has_a_role_may_at_once_what_it_grants(house: House) -> None:
    assert not factories.actor(house.alice).may("breach.list")
    change(house, "agent", facts_of("agent", more=("breach.list",), less=("ticket.merge",)))
    alice = factories.actor(house.alice)
    assert (alice.may("breach.list"), alice.may("ticket.merge")) == (True, False)


def test_each_right_that_comes_or_goes_has_its_row_in_the_ledger(house: House) -> None:
    change(house, "agent", facts_of("agent", more=("breach.list",), less=("ticket.merge", "ticket.close")))
    rows = Event.objects.filter(subject="role:agent").order_by("id").values_list("code", "params__verb")
    assert list(rows) == [
        ("role.changed", None), ("role.granted", "breach.list"), ("role.withdrawn", "ticket.merge"),
        ("role.withdrawn", "ticket.close"),
    ]  # fmt: skip


def test_a_role_keeps_what_differs_so_that_it_grows_with_its_base(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(house, "agent", facts_of("agent", more=("breach.list",), less=("ticket.merge",)))
    monkeypatch.setitem(roles.VERBS, "agent", roles.VERBS["agent"] | {"hotline.view"})
    roles._standing.cache_clear()
    grown = roles.standing("agent", book.at(revisions.current())).verbs
    roles._standing.cache_clear()
    assert {"hotline.view", "breach.list"} <= grown
    assert "ticket.merge" not in grown


def test_a_built_in_role_is_made_as_it_was_built(house: House) -> None:
    change(house, "agent", facts_of("agent", more=("breach.list",), sight="all"))
    role_services.restore(factories.actor(house.root), code="agent", now=instants.now())
    known = roles.standing("agent", book.at(revisions.current()))
    assert (known.verbs, known.sight, known.edition) == (roles.VERBS["agent"], "teams", 0)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(house: House) -> None:
    change(house, "agent", facts_of("agent", more=("breach.list",)))
    with pytest.raises(Conflict):
        change(house, "agent", facts_of("agent", more=("wall.view",)), edition=0)
    assert not factories.actor(house.alice).may("wall.view")


def add_clerk(house: House, *verbs: str) -> None:
    facts = RoleFacts(frozenset(verbs), Sight.TEAMS, en="Clerk", zh_hans="文员")
    role_services.add(factories.actor(house.root), code="clerk", base="agent", facts=facts, now=instants.now())


def test_nobody_grants_or_withdraws_what_he_may_not_do_himself(house: House) -> None:
    add_clerk(house, "ticket.view", "people.edit", "role.edit")
    Staff.objects.filter(pk=house.eve.pk).update(role="clerk")
    house.eve.refresh_from_db()
    for facts in (facts_of("agent", more=("ledger.view",)), facts_of("agent", less=("ticket.merge",))):
        with pytest.raises(NotAllowed):
            change(house, "agent", facts, by=house.eve)
    assert not StaffRole.objects.filter(code="agent").exists()


def test_nobody_lets_others_see_further_than_he_sees(house: House) -> None:
    add_clerk(house, "ticket.view", "people.edit", "role.edit")
    Staff.objects.filter(pk=house.eve.pk).update(role="clerk")
    house.eve.refresh_from_db()
    with pytest.raises(NotAllowed):
        change(house, "agent", facts_of("agent", sight="all"), by=house.eve)
    assert not StaffRole.objects.filter(code="agent").exists()


def test_nobody_gives_a_role_that_may_more_than_his_own(house: House) -> None:
    add_clerk(house, "ticket.view", "people.edit")
    Staff.objects.filter(pk=house.eve.pk).update(role="clerk")
    house.eve.refresh_from_db()
    for pk, facts in ((house.alice.pk, StaffFacts(name="A", role="manager")), (house.bo.pk, StaffFacts(name="B"))):
        with pytest.raises(NotAllowed):
            organisation.save_person(factories.actor(house.eve), pk=pk, facts=facts, now=instants.now())
    assert set(Staff.objects.filter(pk__in=[house.alice.pk, house.bo.pk]).values_list("role", flat=True)) == {
        "agent", "lead",
    }  # fmt: skip


def test_the_built_in_administrator_stays_as_he_is(house: House) -> None:
    with pytest.raises(Invalid):
        change(house, "admin", facts_of("admin", less=("ledger.view",)))
    assert factories.actor(house.root).may("ledger.view")


def test_the_last_administrator_stays_whatever_his_role_is_called(house: House) -> None:
    add_clerk(house, "admin", "people.edit", "role.edit", "ticket.view")
    Staff.objects.filter(role=Role.ADMIN).update(active=False)
    Staff.objects.filter(pk=house.eve.pk).update(role="clerk")
    house.eve.refresh_from_db()
    with pytest.raises(Conflict):
        change(house, "clerk", facts_of("clerk", less=("admin",)), by=house.eve, edition=1)
    assert factories.actor(house.eve).may("admin")


def test_whoever_administers_can_also_mend_roles(house: House) -> None:
    with pytest.raises(Invalid):
        add_clerk(house, "admin", "ticket.view")
    assert not StaffRole.objects.exists()


def test_a_role_that_somebody_has_does_not_retire(house: House) -> None:
    add_clerk(house, "ticket.view")
    Staff.objects.filter(pk=house.eve.pk).update(role="clerk")
    with pytest.raises(Conflict):
        role_services.retire(factories.actor(house.root), code="clerk", active=False, now=instants.now())
    Staff.objects.filter(pk=house.eve.pk).update(role="agent")
    role_services.retire(factories.actor(house.root), code="clerk", active=False, now=instants.now())
    assert "clerk" not in {role.code for role in roles.offered()}


def test_a_retired_role_is_given_to_nobody(house: House) -> None:
    add_clerk(house, "ticket.view")
    role_services.retire(factories.actor(house.root), code="clerk", active=False, now=instants.now())
    facts = StaffFacts(name="Alice", role="clerk")
    with pytest.raises(Invalid):
        organisation.save_person(factories.actor(house.root), pk=house.alice.pk, facts=facts, now=instants.now())
    house.alice.refresh_from_db()
    assert house.alice.role == "agent"


@pytest.mark.parametrize(
    ("sight", "sees"), [("own", set()), ("teams", {"front"}), ("department", {"front", "technicians"})]
)
def test_a_role_says_how_far_somebody_sees(house: House, sight: str, sees: set[str]) -> None:
    change(house, "lead", facts_of("lead", sight=sight))
    teams = factories.actor(house.bo).teams
    codes = {t.code for t in book.at(revisions.current()).teams.values() if t.id in (teams or ())}
    assert codes == sees


def test_who_sees_only_his_own_sees_a_ticket_that_is_given_to_him(house: House) -> None:
    change(house, "agent", facts_of("agent", sight="own"))
    mine, other = factories.ticket(house, text="Mine", agent=house.alice), factories.ticket(house, text="Other")
    actor = factories.actor(house.alice)
    seen = {t.pk: actor.sees(team=t.team_id, agent=t.agent_id, contact=t.contact_id) for t in (mine, other)}
    assert seen == {mine.pk: True, other.pk: False}


def test_a_role_that_is_nowhere_may_nothing(house: House) -> None:
    nobody = replace(factories.actor(house.alice), role="gone")
    assert roles.standing(nobody.role, book.at(revisions.current())).verbs == frozenset()


def test_a_token_that_acts_for_somebody_changes_no_more_than_its_scopes(house: House) -> None:
    narrow = replace(factories.actor(house.root), verbs=frozenset({"role.edit"}))
    with pytest.raises(NotAllowed):
        role_services.save(
            narrow, code="agent", facts=facts_of("agent", more=("ledger.view",)), edition=0, now=instants.now()
        )
    assert not factories.actor(house.alice).may("ledger.view")
