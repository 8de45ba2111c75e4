"""Two people change one thing: what only one of them changed is kept, what both changed is asked."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.desk import meanwhile
from yingnuo.journey import upkeep
from yingnuo.kit import instants
from yingnuo.people import contacts
from yingnuo.people.models import Contact
from yingnuo.tickets.models import Ticket


@pytest.fixture
def ticket(house: House) -> Ticket:
    return factories.ticket(house, subject="Loud noise", agent=house.alice)


def form(t: Ticket, **mine: str) -> dict[str, str]:
    """The form of facts as it was opened on `t`, with what was changed in it."""
    shown = meanwhile.facts_of(t)
    return {f"was.{name}": value for name, value in shown.items()} | shown | mine


def bo_changes(house: House, t: Ticket, **facts: str) -> None:
    bo = factories.actor(house.bo)
    upkeep.change(bo, ticket_id=t.pk, facts=facts, reason="He rang", now=instants.now())


def test_what_i_did_not_touch_stays_as_the_other_left_it(alice: Client, house: House, ticket: Ticket) -> None:
    bo_changes(house, ticket, urgency="urgent")
    assert alice.post(f"/tickets/{ticket.pk}/facts", form(ticket, subject="Very loud")).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.urgency, ticket.subject) == ("urgent", "Very loud")


def test_what_both_changed_is_asked_and_nothing_is_written(alice: Client, house: House, ticket: Ticket) -> None:
    bo_changes(house, ticket, subject="Rattling noise")
    answer = alice.post(
        f"/tickets/{ticket.pk}/facts", form(ticket, subject="Very loud", kind="fault"),
        headers={"HX-Request": "true", "HX-Target": "ticket"},
    )  # fmt: skip
    page = answer.content.decode()
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#dialog-body")
    assert "Bo changed “Subject” to “Rattling noise” while you had it open." in page
    assert "Use mine: “Very loud”" in page
    assert 'name="kind" value="fault"' in page
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.kind) == ("Rattling noise", form(ticket)["kind"])


def test_the_answer_decides(alice: Client, house: House, ticket: Ticket) -> None:
    opened = form(ticket, subject="Very loud", kind="fault")
    bo_changes(house, ticket, subject="Rattling noise")
    again = opened | {"was.subject": "Rattling noise"}
    alice.post(f"/tickets/{ticket.pk}/facts", again | {"subject": "Rattling noise"})
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.kind) == ("Rattling noise", "fault")
    alice.post(f"/tickets/{ticket.pk}/facts", again)
    ticket.refresh_from_db()
    assert ticket.subject == "Very loud"


def test_without_scripts_it_is_a_page(alice: Client, house: House, ticket: Ticket) -> None:
    bo_changes(house, ticket, subject="Rattling noise")
    answer = alice.post(f"/tickets/{ticket.pk}/facts", form(ticket, subject="Very loud"))
    assert answer.status_code == 422
    assert b"Changed meanwhile" in answer.content


def test_tags_of_both_are_kept(alice: Client, house: House, ticket: Ticket) -> None:
    now = instants.now()
    upkeep.tag(factories.actor(house.bo), ticket_id=ticket.pk, tags=["old", "bo"], now=now)
    alice.post(f"/tickets/{ticket.pk}/tags", {"was.tags": "old", "tags": "alice"})
    ticket.refresh_from_db()
    assert ticket.tags == ["alice", "bo"]


def test_a_customer_changed_by_two_is_asked(alice: Client, house: House) -> None:
    chen = Contact.objects.get(pk=house.chen.pk)
    shown = meanwhile.facts_of_customer(chen)
    mine = {f"was.{name}": value for name, value in shown.items()} | shown | {"note": "Rings often", "name": "Chen Li"}
    bo = factories.actor(house.bo)
    contacts.edit(bo, contact=chen.pk, facts={"note": "Prefers mail", "tier": "silver"}, company=chen.company_id,
                  region=chen.region_id, now=instants.now())  # fmt: skip
    answer = alice.post(f"/customers/{chen.pk}/", mine)
    assert answer.status_code == 422
    assert "Bo changed “Note” to “Prefers mail”" in answer.content.decode()
    chen.refresh_from_db()
    assert (chen.note, chen.name) == ("Prefers mail", "Chen")
    alice.post(f"/customers/{chen.pk}/", mine | {"was.note": "Prefers mail"})
    chen.refresh_from_db()
    assert (chen.note, chen.name, chen.tier) == ("Rings often", "Chen Li", "silver")


def test_line_ends_of_a_browser_are_no_change() -> None:
    said = QueryDict("was.note=a%0D%0Ab&note=a%0D%0Ab")
    assert meanwhile.settled(said, {"note": "a\nb"}) == ({}, [])


def test_the_form_of_a_customer_does_not_give_his_number_away(alice: Client, house: House) -> None:
    page = alice.get(f"/customers/{house.chen.pk}/").content.decode()
    assert 'name="was.note"' in page
    assert house.chen.phone not in page
