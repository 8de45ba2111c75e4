"""Does a promise tell its whole story, in a list, in the picture and on paper?"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts.models import Notice
from yingnuo.desk import explain
from yingnuo.engine import promise as engine_promise
from yingnuo.engine import proof as engine_proof
from yingnuo.engine.promise import Explanation
from yingnuo.journey import closing, sweep, upkeep
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.promises import marking
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import calendar
from yingnuo.tickets.models import Ticket

BY = MONDAY + timedelta(minutes=10)


@pytest.fixture
def ticket(house: House) -> Ticket:
    """Urgent: warned about, paused, given away, broken; Alice took the warning up."""
    made = factories.ticket(house, agent=house.alice, urgency="general", at=MONDAY)
    alice = factories.actor(house.alice)
    upkeep.change(alice, ticket_id=made.pk, facts={"urgency": "urgent"}, reason="It burns", now=BY)
    closing.pause(alice, ticket_id=made.pk, reason="waiting_parts", now=BY + timedelta(minutes=1))
    closing.resume(alice, ticket_id=made.pk, now=BY + timedelta(minutes=31))
    sweep.run_once(now=BY + timedelta(minutes=40))
    upkeep.assign(
        alice, ticket_id=made.pk, team=house.technicians.pk, agent=house.eve.pk, now=BY + timedelta(minutes=50)
    )
    sweep.run_once(now=MONDAY + timedelta(days=1))
    return made


def page(client: Client, ticket: Ticket, milestone: str, more: str = "") -> str:
    """The text of a promise's page."""
    p = Promise.objects.get(ticket=ticket, milestone=milestone)
    response = client.get(f"/tickets/{ticket.pk}/promises/{p.pk}{more}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_names_reasons_people_terms_and_hand_overs(ticket: Ticket, bo: Client) -> None:
    text = " ".join(page(bo, ticket, "resolution").split())
    said = [
        "Started, by rule general",
        "Urgency: General → Urgent (It burns)",
        "New terms by rule urgent, due 2026-03-03 02:00",
        "Paused: waiting for parts",
        "by Alice",
        "Given to Technicians · Eve, before: Front line · Alice",
        "Broken, held by Technicians · Eve",
        "Warning, told: ",
        "in the desk: sent ",
    ]
    assert [one for one in said if one not in text] == []


def test_a_warning_tells_when_it_was_sent_read_and_taken_up(ticket: Ticket, bo: Client) -> None:
    p = Promise.objects.get(ticket=ticket, milestone="resolution")
    first = Notice.objects.filter(promise_id=p.pk, way="in_app").order_by("id")[0]
    at = first.at + timedelta(minutes=4)
    Notice.objects.filter(pk=first.pk).update(seen_at=at, acked_at=at)
    assert f"in the desk: sent {first.at:%H:%M}, read {at:%H:%M}, taken up {at:%H:%M}" in page(bo, ticket, "resolution")


def test_a_mail_that_could_not_be_sent_is_told(ticket: Ticket, bo: Client) -> None:
    Notice.objects.filter(way="mail").update(state="failed", sent_at=None)
    text = page(bo, ticket, "resolution")
    assert "by mail: failed" in text
    Notice.objects.filter(way="mail").update(state="pending")
    assert "by mail: waiting to be sent" in page(bo, ticket, "resolution")


def test_the_picture_has_signs_and_hatched_pauses_with_a_legend(ticket: Ticket, bo: Client) -> None:
    text = page(bo, ticket, "resolution")
    assert 'class="desk-pause"' in text
    for shape, word in (("terms", "new terms"), ("handed", "handed over"), ("start", "started")):
        assert f'href="#sign-{shape}"' in text
        assert word in text


def test_a_page_has_no_inline_style_or_script(ticket: Ticket, bo: Client) -> None:
    for more in ("", "/proof"):
        text = page(bo, ticket, "resolution", more)
        assert " style=" not in text
        assert "<script>" not in text


def test_a_promise_of_many_months_shows_its_first_and_last_days(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    p = Promise.objects.get(ticket=ticket, milestone="resolution")
    closing.pause(factories.actor(house.alice), ticket_id=ticket.pk, reason="waiting_parts", now=BY)
    state = marking.state_of(p, now=MONDAY + timedelta(days=400))
    e = engine_promise.explain(state.terms, state, calendar(state.terms.calendar))
    assert len(e.days) > 400
    days = explain.picture(e, calendar(state.terms.calendar), [])
    assert len(days) == explain.MOST_DAYS
    assert [(n, day.more) for n, day in enumerate(days) if day.more] == [(31, len(e.days) - explain.MOST_DAYS)]
    assert isinstance(e, Explanation)
    assert days[-1].still


def test_the_paper_tells_everything_and_is_recorded(ticket: Ticket, bo: Client, house: House) -> None:
    text = page(bo, ticket, "resolution", "/proof")
    for said in ("Proof of a promise: Resolution", "Chen", "Promised within", "not sealed yet", "How to check it"):
        assert said in text, said
    row = Event.objects.get(code=Code.PROOF_EXPORTED)
    assert (row.actor_id, row.params["form"], row.params["milestone"]) == (house.bo.pk, "page", "resolution")
    assert "Took out the proof of Resolution" in bo.get(f"/tickets/{ticket.pk}/").content.decode()


def test_the_file_is_a_proof_in_the_readers_words(ticket: Ticket, bo: Client) -> None:
    p = Promise.objects.get(ticket=ticket, milestone="resolution")
    response = bo.get(f"/tickets/{ticket.pk}/promises/{p.pk}/proof.json")
    assert f'filename="proof-{ticket.number}-resolution-' in response["Content-Disposition"]
    read = json.loads(response.content)
    assert engine_proof.check(read) == []
    assert any("Paused: waiting for parts · by Alice" in line for line in read["words"]["happened"])
    assert "chen@harbour.example" not in response.content.decode()


@pytest.mark.parametrize("more", ["/proof", "/proof.json"])
def test_a_stranger_and_a_wrong_ticket_get_nothing(ticket: Ticket, house: House, dee: Client, more: str) -> None:
    p = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert dee.get(f"/tickets/{ticket.pk}/promises/{p.pk}{more}").status_code == 404
    other = factories.ticket(house, team=house.strangers, agent=house.dee, at=MONDAY)
    assert dee.get(f"/tickets/{other.pk}/promises/{p.pk}{more}").status_code == 404
    assert Client().get(f"/tickets/{ticket.pk}/promises/{p.pk}{more}").status_code == 302
    assert dee.post(f"/tickets/{other.pk}/promises/{p.pk}{more}").status_code == 405
    assert not Event.objects.filter(code=Code.PROOF_EXPORTED).exists()
