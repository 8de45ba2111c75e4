"""Can a program save lists, share them only where it may, and read what they hold?"""

from __future__ import annotations

from tests import factories
from tests.api.conftest import Program
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.people import services as people
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.worklists.models import Worklist

GOLD = {"groups": [{"tests": [{"field": "tier", "op": "is", "values": ["gold"]}]}]}


def _for(person: Staff) -> Program:
    scopes = ("ticket.view", "list.share")
    _row, bearer = people.issue_token(SYSTEM, name="P", scopes=scopes, acts_for=person.pk, now=instants.now())
    return Program(bearer)


def test_a_list_is_saved_read_changed_and_deleted(db: None) -> None:
    house = factories.house()
    program, ticket = _for(house.alice), factories.ticket(house)
    factories.ticket(house, contact=house.wang)
    made = program.post("/lists", {"name": "Gold", "asked": GOLD})
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert [t["id"] for t in program.get(f"/lists/{pk}/tickets").json()["items"]] == [ticket.pk]
    changed = program.ask("PUT", f"/lists/{pk}", {"name": "Golden", "asked": GOLD, "state": "any"})
    assert changed.json()["name"] == "Golden"
    assert program.ask("DELETE", f"/lists/{pk}").status_code == 204
    assert program.get("/lists").json()["items"] == []


def test_sharing_a_bad_condition_and_another_ones_list_are_refused(db: None) -> None:
    house: House = factories.house()
    alice, dee = _for(house.alice), _for(house.dee)
    assert alice.post("/lists", {"name": "Gold", "audience": "all"}).status_code == 403
    bad = {"groups": [{"tests": [{"field": "moon", "op": "is", "values": ["full"]}]}]}
    assert alice.post("/lists", {"name": "Gold", "asked": bad}).status_code == 422
    assert not Worklist.objects.exists()
    pk = alice.post("/lists", {"name": "Gold"}).json()["id"]
    assert dee.ask("DELETE", f"/lists/{pk}").status_code == 404
    assert Worklist.objects.get().gone_at is None
