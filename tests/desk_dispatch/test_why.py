"""Why did this go there, and where would it go now?"""

from __future__ import annotations

from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.kit import revisions
from yingnuo.people.models import Staff
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import Ticket


def _rules(house: House) -> None:
    Rule.objects.create(position=0, name="Smoke", keywords=["smoke"], team=house.technicians)
    Rule.objects.create(position=0, name="Complaints", when={"kind": "complaint"}, team=house.technicians)
    Rule.objects.create(position=5, name="Late one", team=house.strangers)
    revisions.bump()


def test_a_made_up_ticket_shows_each_rule_and_each_person(house: House, bo: Client) -> None:
    _rules(house)
    Staff.objects.filter(pk=house.alice.pk).update(presence="online")
    page = bo.get("/dispatch/why/", {"text": "It leaks", "kind": "fault"}).content.decode()
    for told in (
        "Kind is Fault; the rule asks for Complaint", "fits and names the team",
            "fits, but a rule above has named the team",
        "1 rule was passed by", "Alice", "not online or on leave",
    ):  # fmt: skip
        assert told in page, told
    assert not Ticket.objects.exists()


def test_a_keyword_that_occurs_is_named(house: House, bo: Client) -> None:
    _rules(house)
    page = bo.get("/dispatch/why/", {"text": "There is smoke"}, headers={"HX-Request": "true", "HX-Target": "decided"})
    assert "found “smoke”" in page.content.decode()
    assert "Technicians" in page.content.decode()


def test_a_ticket_of_the_house_is_found_by_its_number_within_sight(house: House, bo: Client, root: Client) -> None:
    ticket = factories.ticket(house, team=house.strangers)
    assert "There is no such ticket" in bo.get("/dispatch/why/", {"number": ticket.number}).content.decode()
    assert "Who was looked at" in root.get("/dispatch/why/", {"number": ticket.number}).content.decode()


def test_the_tester_is_for_those_who_see_the_rules(house: House, alice: Client) -> None:
    assert alice.get("/dispatch/why/", {"text": "smoke"}).status_code == 403


def test_at_a_ticket_what_was_decided_then_stays_and_now_may_differ(house: House, alice: Client) -> None:
    Staff.objects.filter(pk=house.alice.pk).update(presence="online")
    ticket = factories.ticket(house)
    Staff.objects.filter(pk=house.alice.pk).update(presence="away")
    page = alice.get(f"/dispatch/why/{ticket.pk}", headers={"HX-Request": "true", "HX-Target": "dialog-body"})
    then, now = page.content.decode().split("What would be decided now")
    assert "Sent to Front line · Alice" in then
    assert "holds 0/20 tickets" in then
    assert "nobody is free" in now


def test_a_stranger_is_told_nothing(house: House, dee: Client) -> None:
    ticket = factories.ticket(house)
    assert dee.get(f"/dispatch/why/{ticket.pk}").status_code == 404
