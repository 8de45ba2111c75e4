"""Can a program keep the house: people, teams, catalogue, rules, customers, and is it refused without the scope?"""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.api.conftest import Program, program
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people import services as people
from yingnuo.people.models import Absence, ApiToken, Company, Contact, Staff, Team
from yingnuo.people.roles import SYSTEM
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import Field, ProductLine


@pytest.fixture
def house(db: None) -> House:
    """The company."""
    return factories.house()


@pytest.fixture
def asks(house: House) -> Program:
    """A program with every scope."""
    return program()


def acting(person: Staff, *scopes: str) -> Program:
    """A program that acts for a member of staff."""
    wanted = scopes or people.API_SCOPES
    _row, bearer = people.issue_token(SYSTEM, name="Acts", scopes=wanted, acts_for=person.pk, now=instants.now())
    return Program(bearer)


def test_a_team_is_made_changed_and_listed(house: House, asks: Program) -> None:
    body = {"name": "Night", "department": "service", "tier": 2, "lead": "bo", "region": "shanghai"}
    made = asks.ask("PUT", "/teams/night", body).json()
    assert (made["tier"], made["lead"], made["active"]) == (2, "bo", True)
    assert asks.ask("PUT", "/teams/night", {**body, "active": False}).json()["active"] is False
    assert "night" in [t["code"] for t in asks.get("/teams").json()["items"]]


def test_what_a_body_names_must_be_there(house: House, asks: Program) -> None:
    for change, field in (({"department": "none"}, "department"), ({"lead": "none"}, "lead"), ({"tier": 4}, "tier")):
        refused = asks.ask("PUT", "/teams/night", {"name": "Night", "department": "service", **change})
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [field])
    assert not Team.objects.filter(code="night").exists()


def test_departments_and_regions_come_and_go(house: House, asks: Program) -> None:
    assert asks.ask("PUT", "/regions/east", {"name": "East"}).status_code == 200
    assert asks.ask("PUT", "/departments/stock", {"name": "Stock", "parent": "service"}).json()["parent"] == "service"
    assert asks.ask("DELETE", "/departments/service").json()["code"] == "in_use"
    assert asks.ask("DELETE", "/departments/stock").json() == {"deleted": "stock"}
    assert asks.ask("DELETE", "/regions/east").status_code == 200


def test_somebody_is_hired_changed_and_sent_on_leave(house: House, asks: Program) -> None:
    body = {"name": "Fang", "team": "front", "skills": ["washer"], "password": "a-long-enough-one-7"}
    assert asks.ask("PUT", "/staff/fang", {**body, "password": None}).status_code == 422
    assert asks.ask("PUT", "/staff/fang", body).json()["team"] == "front"
    leave = {"starts_at": "2026-05-01T00:00:00Z", "ends_at": "2026-05-06T00:00:00Z", "reason": "Holiday"}
    made = asks.post("/staff/fang/absences", leave)
    assert (made.status_code, Absence.objects.get().staff.username) == (201, "fang")
    assert asks.ask("DELETE", f"/absences/{made.json()['id']}").status_code == 200
    assert asks.get("/staff/fang/absences").json()["items"] == []


def test_no_answer_and_no_ledger_row_has_a_password(house: House, asks: Program) -> None:
    told = asks.ask("PUT", "/staff/fang", {"name": "Fang", "password": "a-long-enough-one-7"}).content
    rows = str(list(Event.objects.values_list("params", flat=True)))
    assert b"long-enough" not in told
    assert "long-enough" not in rows


def test_presence_is_set_for_others_only_with_the_right(house: House, asks: Program) -> None:
    assert asks.ask("PUT", "/staff/alice/presence", {"presence": "online"}).json()["presence"] == "online"
    alice = acting(house.alice, "ticket.view")
    assert alice.ask("PUT", "/staff/alice/presence", {"presence": "busy"}).json()["presence"] == "busy"
    assert alice.ask("PUT", "/staff/bo/presence", {"presence": "online"}).status_code == 403
    assert Staff.objects.get(username="bo").presence == "offline"


def test_the_catalogue_is_kept(house: House, asks: Program) -> None:
    assert asks.ask("PUT", "/product-lines/dryer", {"name": "Dryers"}).json()["code"] == "dryer"
    assert asks.ask("PUT", "/fields/serial", {"name": "Serial", "type": "choice"}).status_code == 422
    assert asks.ask("PUT", "/fields/serial", {"name": "Serial"}).json()["type"] == "text"
    asks.opened(product_line="dryer", tags=["vip"])
    assert asks.ask("DELETE", "/product-lines/dryer").json()["code"] == "in_use"
    assert asks.get("/tags").json()["items"] == [
        {"tag": "vip", "open": 1, "description": "", "tone": "gray", "active": True}
    ]
    assert (ProductLine.objects.count(), Field.objects.count()) == (2, 1)


def test_rules_are_made_moved_and_taken_away(house: House, asks: Program) -> None:
    made = asks.post("/rules", {"name": "Smoke", "keywords": ["smoke"], "team": "technicians", "set_urgency": "urgent"})
    pk, first = made.json()["id"], Rule.objects.order_by("position")[0].pk
    assert made.json()["warning"] == ""  # it sets something, so it is no idle rule
    asks.post(f"/rules/{pk}/move", {"before": first})
    assert [r["id"] for r in asks.get("/rules").json()["items"]] == [pk, first]
    assert asks.opened(text="There is smoke.")["team"]["code"] == "technicians"
    assert asks.ask("DELETE", f"/rules/{pk}").status_code == 200
    assert Rule.objects.count() == 1


def test_a_table_of_rules_is_taken_whole_or_not_at_all(house: House, asks: Program) -> None:
    good = "name,keywords,team\nLeaks,leak|漏水,front\n"
    told = asks.post("/rules/table", {"table": f"{good}Fire,fire,nobody\n"}).json()
    assert (told["added"], [w["line"] for w in told["wrong"]], Rule.objects.count()) == (0, [3], 1)
    assert asks.post("/rules/table", {"table": good}).json() == {"added": 1, "wrong": []}


def test_customers_and_companies_are_made_and_found(house: House, asks: Program) -> None:
    company = asks.post("/companies", {"name": "Bay Hotel", "tier": "key", "domain": "bay.example"}).json()
    made = asks.post("/contacts", {"name": "Gao", "email": "gao@bay.example", "company": company["id"]})
    assert (made.status_code, made.json()["company"]) == (201, "Bay Hotel")
    assert asks.post("/contacts", {"email": "gao@bay.example"}).json()["code"] == "email_taken"
    assert asks.post("/contacts", {"name": "Nobody"}).status_code == 422
    assert [c["name"] for c in asks.get("/contacts?name=Gao").json()["items"]] == ["Gao"]
    assert [c["name"] for c in asks.get("/companies?q=Bay").json()["items"]] == ["Bay Hotel"]


def test_two_customers_are_joined_and_taken_apart(house: House, asks: Program) -> None:
    ticket = factories.ticket(house, contact=house.wang)
    joined = asks.post(f"/contacts/{house.chen.pk}/join", {"absorb": house.wang.pk, "evidence": "said_so"}).json()
    assert asks.get(f"/tickets/{ticket.pk}").json()["contact"]["id"] == house.chen.pk
    assert asks.get(f"/contacts/{house.chen.pk}").json()["also"] == ["wang@example.com"]
    assert house.wang.pk not in [c["id"] for c in asks.get("/contacts").json()["items"]]
    assert asks.post(f"/joinings/{joined['id']}/part").json()["undone_at"]
    assert asks.get(f"/tickets/{ticket.pk}").json()["contact"]["id"] == house.wang.pk


WRITES = (
    ("PUT", "/teams/x", {"name": "X", "department": "service"}), ("PUT", "/regions/x", {"name": "X"}),
    ("PUT", "/departments/x", {"name": "X"}), ("DELETE", "/departments/elsewhere", None),
    ("PUT", "/staff/alice", {"name": "Mallory", "role": "admin"}),
    ("POST", "/rules", {"name": "X", "set_kind": "fault"}),
    ("PUT", "/product-lines/x", {"name": "X"}), ("DELETE", "/product-lines/washer", None),
    ("PUT", "/fields/x", {"name": "X"}), ("POST", "/companies", {"name": "X"}),
    ("POST", "/contacts", {"email": "x@x.cn"}),
    ("PUT", "/breach-reasons/x", {"name": "X"}), ("POST", "/standards/policies/default/switch", {"to": "off"}),
    ("POST", "/rules/table", {"table": "name,keywords,team\nX,x,front\n"}),
    ("PUT", "/standards/policies/default/draft", {"spec": {}}),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=lambda one: str(one)[:40])
def test_without_the_scope_nothing_changes(house: House, method: str, path: str, body: object) -> None:
    reader = program("ticket.view", "settings.view", "people.view", "customer.view")
    before = (Event.objects.count(), Staff.objects.count(), Rule.objects.count(), Team.objects.count())
    refused = reader.ask(method, path, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert (Event.objects.count(), Staff.objects.count(), Rule.objects.count(), Team.objects.count()) == before
    assert (Company.objects.count(), Contact.objects.count()) == (1, 2)
    assert Staff.objects.get(username="alice").role == "agent"


def test_a_program_with_people_edit_makes_no_administrator(house: House) -> None:
    refused = program("people.edit").ask("PUT", "/staff/alice", {"name": "Alice", "role": "admin"})
    assert refused.status_code == 403
    assert Staff.objects.get(username="alice").role == "agent"


@pytest.mark.parametrize(
    "path", ["/staff", "/teams", "/departments", "/rules", "/contacts", "/companies", "/tickets", "/standards/policies"]
)
def test_a_list_costs_the_same_however_long_it_is(
    house: House, asks: Program, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(6):
        factories.staff(f"more{n}", team=house.front).more_teams.add(house.technicians)
        Rule.objects.create(position=50 + n, name=f"R{n}", team=house.front, keywords=["x"])
        factories.ticket(house, contact=factories.customer(f"C{n}", email=f"c{n}@x.cn", company=house.chen.company))
    asks.get(path)
    with django_assert_max_num_queries(6):
        assert len(asks.get(path).json()["items"]) > 0


def test_a_token_acts_only_for_whom_it_was_issued(house: House) -> None:
    agent = acting(house.alice)
    me = agent.get("/me").json()
    assert (me["acts_for"]["username"], "people.edit" in me["scopes"], "people.edit" in me["may"]) == (
        "alice", True, False,
    )  # fmt: skip
    assert agent.ask("PUT", "/staff/bo", {"name": "X"}).status_code == 403
    house_ticket = factories.ticket(house, team=house.strangers)
    assert agent.get(f"/tickets/{house_ticket.pk}").status_code == 404  # not of her teams
    own = factories.ticket(house)
    agent.post(f"/tickets/{own.pk}/take")
    row = Event.objects.filter(ticket_id=own.pk, code="ticket.assigned").get()
    assert (row.actor_kind, row.actor_id) == ("staff", house.alice.pk)


def test_a_token_of_somebody_who_left_is_401(house: House) -> None:
    agent = acting(house.alice)
    Staff.objects.filter(pk=house.alice.pk).update(active=False)
    assert agent.get("/me").status_code == 401


def test_what_only_a_person_may_do_takes_a_token_that_acts_for_one(house: House, asks: Program) -> None:
    pk = factories.ticket(house).pk
    for path, body in (
        ("/notices/1/ack", None), ("/notices/seen", {"up_to": 1}), (f"/tickets/{pk}/take", None),
        ("/standards/policies/default/versions/1/approve", {}), ("/promises/1/breach/decide", {"verdict": "granted"}),
    ):  # fmt: skip
        refused = asks.post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "acts_for_nobody"), path


def test_a_token_gives_itself_up(house: House, asks: Program) -> None:
    assert asks.ask("DELETE", "/me").status_code == 200
    assert asks.get("/me").status_code == 401
    assert ApiToken.objects.get().revoked_at is not None
