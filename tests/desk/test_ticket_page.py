"""Does the ticket page tell the whole story, and only to those who may hear it?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.channels.contract import File
from yingnuo.journey import closing, reply, sweep, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.promises.models import Promise


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_story_in_order(house: House, alice: Client) -> None:
    now = instants.now()
    ticket = factories.ticket(house, agent=house.alice, at=now - timedelta(minutes=30))
    reply.note(
        factories.actor(house.alice), ticket_id=ticket.pk, text="Under warranty", now=now - timedelta(minutes=20)
    )
    reply.answer(
        factories.actor(house.alice), ticket_id=ticket.pk, said=Said("Try the bolts"), now=now - timedelta(minutes=10)
    )
    factories.says(ticket, "They are out", at=now)
    text = _text(alice, f"/tickets/{ticket.pk}/")
    places = [text.index(said) for said in ("Please help", "Under warranty", "Try the bolts", "They are out")]
    assert places == sorted(places)
    assert "First response kept in" in text


def test_what_a_customer_writes_is_never_markup(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, subject="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")
    text = _text(alice, f"/tickets/{ticket.pk}/")
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_no_name_and_no_file_is_markup_either(house: House, alice: Client) -> None:
    evil = "<b>\"'&amp;"
    house.chen.name, house.front.name, house.alice.name = evil, evil, evil
    for row in (house.chen, house.front, house.alice):
        row.save(update_fields=["name"])
    files = (File(f"{evil}.png", "image/png", b"x"), File(f"{evil}.txt", "text/plain", b"x"))
    ticket = factories.ticket(
        house, agent=house.alice, text=f"{evil} www.example.com {evil}", files=files, tags=(evil,)
    )
    reply.note(factories.actor(house.alice), ticket_id=ticket.pk, text=evil, now=instants.now())
    for address in (f"/tickets/{ticket.pk}/", "/tickets/"):
        text = _text(alice, address)
        assert "<b>&" not in text
        assert '<b>"' not in text
        assert "&lt;b&gt;&quot;&#x27;&amp;amp;" in text


def test_an_address_in_a_message_is_a_link(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, text="See https://example.com/a?b=1&c=2 or write to me@example.com")
    text = _text(alice, f"/tickets/{ticket.pk}/")
    assert 'href="https://example.com/a?b=1&amp;c=2"' in text
    assert 'href="mailto:me@example.com"' in text


def test_another_customer_who_wrote_is_named(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    ticket.messages.update(contact=house.wang)
    assert "<strong>Wang</strong>" in _text(alice, f"/tickets/{ticket.pk}/")


@pytest.mark.parametrize(
    "address", ["/tickets/{pk}/", "/tickets/{pk}/dialog/pause", "/tickets/{pk}/promises/{promise}"]
)
def test_out_of_sight_is_as_if_it_were_not_there(house: House, dee: Client, address: str) -> None:
    ticket = factories.ticket(house)
    promise = Promise.objects.filter(ticket=ticket).values_list("pk", flat=True)[0]
    assert dee.get(address.format(pk=ticket.pk, promise=promise)).status_code == 404
    assert dee.get("/tickets/999999/").status_code == 404


def test_a_stranger_who_holds_the_ticket_sees_it(house: House, dee: Client) -> None:
    ticket = factories.ticket(house)
    type(ticket).objects.filter(pk=ticket.pk).update(agent=house.dee)
    assert dee.get(f"/tickets/{ticket.pk}/").status_code == 200


def test_the_operating_rule_stands_over_the_answer_while_it_is_owed(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice)
    assert "Emergency measure" in _text(alice, f"/tickets/{ticket.pk}/")
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=Said("I am here"), now=instants.now())
    assert "Emergency measure" not in _text(alice, f"/tickets/{ticket.pk}/")


def test_the_list_beside_keeps_the_filter(house: House, alice: Client) -> None:
    mine, other = factories.ticket(house, agent=house.alice), factories.ticket(house)
    text = _text(alice, f"/tickets/{mine.pk}/?scope=unassigned")
    assert f'href="/tickets/{other.pk}/?scope=unassigned"' in text
    assert f'id="row-{mine.pk}"' not in text


def test_parts_for_htmx(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    part = alice.get(f"/tickets/{ticket.pk}/", headers={"HX-Request": "true", "HX-Target": "div#ticket"}).content
    beside = alice.get(f"/tickets/{ticket.pk}/", headers={"HX-Request": "true", "HX-Target": "section#queue"}).content
    assert b"<html" not in part + beside
    assert b"desk-composer" in part
    assert b"desk-composer" not in beside


def test_the_phone_number_is_masked(house: House, alice: Client) -> None:
    text = _text(alice, f"/tickets/{factories.ticket(house).pk}/")
    assert "+86138****2210" in text
    assert "13800002210" not in text


def test_warnings_are_told_with_who_took_them_up(house: House, bo: Client) -> None:
    now = instants.now()
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=now - timedelta(hours=1))
    sweep.run_once(now=now)
    text = _text(bo, f"/tickets/{ticket.pk}/")
    assert "Told that First response is broken: Alice, Bo, Mia" in text
    assert "Warnings given" in text


def test_a_merged_ticket_leads_to_the_one_that_took_it_in(house: House, alice: Client) -> None:
    kept, absorbed = factories.ticket(house), factories.ticket(house)
    upkeep.merge(factories.actor(house.alice), ticket_id=kept.pk, absorb_id=absorbed.pk, now=instants.now())
    assert alice.get(f"/tickets/{absorbed.pk}/")["Location"] == f"/tickets/{kept.pk}/"


def test_a_promise_explains_itself(house: House, alice: Client) -> None:
    start = factories.MONDAY + timedelta(hours=1, minutes=40)  # 11:40 in Shanghai, twenty minutes before lunch
    ticket = factories.ticket(house, agent=house.alice, at=start)
    actor = factories.actor(house.alice)
    closing.pause(actor, ticket_id=ticket.pk, reason="waiting_customer", now=start + timedelta(minutes=5))
    closing.resume(actor, ticket_id=ticket.pk, now=start + timedelta(minutes=15))
    promise = Promise.objects.get(ticket=ticket, milestone="resolution")
    text = _text(alice, f"/tickets/{ticket.pk}/promises/{promise.pk}")
    assert "23 h of Mon–Fri 09:00–12:00, 13:30–18:00, started Mon 03-02 03:40" in text
    assert "paused 10 min (waiting for the customer)" in text
    assert "Rule general of standard default@1 (SLA), calendar office@1." in text
    assert "urgency is general, not urgent" in text
    assert "<rect" in text


def test_every_promise_belongs_to_its_ticket(house: House, alice: Client) -> None:
    one, other = factories.ticket(house), factories.ticket(house)
    promise = Promise.objects.filter(ticket=other).first()
    assert promise is not None
    assert alice.get(f"/tickets/{one.pk}/promises/{promise.pk}").status_code == 404
