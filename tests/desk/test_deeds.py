"""Does each deed do what its button says, and nothing for those who may not?"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.channels.models import Delivery
from yingnuo.journey import closing
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact, Role
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Message, Ticket

HTMX = {"HX-Request": "true", "HX-Target": "div#ticket"}


def _after(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_take(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    assert alice.post(f"/tickets/{ticket.pk}/take").status_code == 302
    assert _after(ticket).agent_id == house.alice.pk


def test_pause_resume_resolve_reopen_close(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    steps = [("pause", {"reason": "waiting_parts"}, "waiting"), ("resume", {}, "open"),
             ("resolve", {"answer": "none"}, "resolved"), ("reopen", {}, "open"),
             ("close", {"reason": "duplicate"}, "closed")]  # fmt: skip
    for name, said, status in steps:
        assert alice.post(f"/tickets/{ticket.pk}/{name}", said).status_code == 302
        assert _after(ticket).status == status


def test_an_unanswered_ticket_is_resolved_with_a_word_or_on_purpose_without(house: House, alice: Client) -> None:
    ticket, other = (factories.ticket(house, agent=house.alice) for _ in range(2))
    page = alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert f'href="/tickets/{ticket.pk}/dialog/resolve"' in page
    assert "had no answer" in alice.get(f"/tickets/{ticket.pk}/dialog/resolve").content.decode()
    assert alice.post(f"/tickets/{ticket.pk}/resolve").status_code == 422
    assert (_after(ticket).status, _after(ticket).version) == ("new", ticket.version)
    alice.post(f"/tickets/{ticket.pk}/resolve", {"text": "Replace the filter."})
    assert ticket.messages.get(author="staff").text == "Replace the filter."
    assert Promise.objects.get(ticket=ticket, milestone="first_response").standing == "kept"
    alice.post(f"/tickets/{other.pk}/resolve", {"answer": "none", "text": "never mind"})
    assert not other.messages.filter(author="staff").exists()
    assert Promise.objects.get(ticket=other, milestone="first_response").standing == "cancelled"
    assert (_after(ticket).status, _after(other).status) == ("resolved", "resolved")


def test_an_answered_ticket_is_resolved_without_a_question_until_the_customer_writes_again(
    house: House, alice: Client
) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "On it.", "then": ""})
    assert "/dialog/resolve" not in alice.get(f"/tickets/{ticket.pk}/").content.decode()
    factories.says(ticket, "Still broken")
    assert "/dialog/resolve" in alice.get(f"/tickets/{ticket.pk}/").content.decode()
    alice.post(f"/tickets/{ticket.pk}/no-reply-needed")
    assert alice.post(f"/tickets/{ticket.pk}/resolve").status_code == 302
    assert _after(ticket).status == "resolved"


def test_split_offers_the_customers_words_and_both_stories_lead_to_each_other(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    factories.says(ticket, "And please send the invoice.")
    said = Message.objects.get(text="And please send the invoice.")
    assert "And please send" in alice.get(f"/tickets/{ticket.pk}/dialog/split").content.decode()
    assert alice.post(f"/tickets/{ticket.pk}/split", {"subject": "Invoice"}).status_code == 422
    alice.post(f"/tickets/{ticket.pk}/split", {"messages": [said.pk], "subject": "Invoice", "start": "split"})
    made = Ticket.objects.get(subject="Invoice")
    assert f'<a href="/tickets/{made.pk}/?stay=1">{made.number}</a> was split off' in _page(alice, ticket)
    assert f'Split off from <a href="/tickets/{ticket.pk}/?stay=1">{ticket.number}</a>' in _page(alice, made)


def _page(client: Client, ticket: Ticket) -> str:
    return client.get(f"/tickets/{ticket.pk}/").content.decode()


def test_two_customers_tickets_are_merged_on_a_second_word(house: House, alice: Client) -> None:
    ticket, other = factories.ticket(house, agent=house.alice), factories.ticket(house, contact=house.wang)
    refused = alice.post(f"/tickets/{ticket.pk}/merge", {"absorb": other.number}, headers=HTMX)
    assert (refused.status_code, _after(other).merged_into_id) == (409, None)
    assert "of another customer, Wang" in refused["HX-Trigger"]
    alice.post(f"/tickets/{ticket.pk}/merge", {"absorb": other.number, "customers": "several"})
    assert _after(other).merged_into_id == ticket.pk


def test_with_htmx_the_part_comes_back_and_the_dialog_closes(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    answer = alice.post(f"/tickets/{ticket.pk}/pause", {"reason": "appointment"}, headers=HTMX)
    assert b"Agreed appointment" in answer.content
    events = json.loads(answer["HX-Trigger"])
    assert events["yn:toast"]["notes"][0]["text"] == "Paused."
    assert "yn:close" in events


def test_transfer_out_of_sight_leads_back_to_the_list(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    answer = alice.post(f"/tickets/{ticket.pk}/assign", {"holder": str(house.strangers.pk)}, headers=HTMX)
    assert answer["HX-Redirect"] == "/tickets/"
    assert (_after(ticket).team_id, _after(ticket).agent_id) == (house.strangers.pk, None)


def test_facts_with_a_reason_for_urgency(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert alice.post(f"/tickets/{ticket.pk}/facts", {"urgency": "urgent"}).status_code == 422
    assert _after(ticket).urgency == "general"
    said = {"urgency": "urgent", "reason": "It smokes", "kind": "fault", "product_line": "washer"}
    assert alice.post(f"/tickets/{ticket.pk}/facts", said).status_code == 302
    assert (_after(ticket).urgency, _after(ticket).kind, _after(ticket).product_line) == ("urgent", "fault", "washer")


def test_tags_snooze_merge_link(house: House, alice: Client) -> None:
    ticket, other = factories.ticket(house, agent=house.alice), factories.ticket(house)
    alice.post(f"/tickets/{ticket.pk}/tags", {"tags": "vip, noise，late"})
    alice.post(f"/tickets/{ticket.pk}/snooze", {"for": "4h"})
    alice.post(f"/tickets/{ticket.pk}/merge", {"absorb": f"YN-{other.pk}"})
    alice.post(f"/tickets/{ticket.pk}/revoke-link")
    after = _after(ticket)
    assert after.tags == ["late", "noise", "vip"]
    assert after.wake_at is not None
    assert after.link_version == 2
    assert _after(other).merged_into_id == ticket.pk


def test_links_are_revoked_and_a_new_one_goes_to_the_customer(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    Delivery.objects.all().delete()
    alice.post(f"/tickets/{ticket.pk}/revoke-link")
    assert not Delivery.objects.exists()
    alice.post(f"/tickets/{ticket.pk}/revoke-link", {"mail": "yes"})
    assert _after(ticket).link_version == 3
    assert Delivery.objects.get().to == "chen@harbour.example"
    told = Event.objects.filter(ticket_id=ticket.pk, code="setting.changed").values_list("params__what", flat=True)
    assert list(told) == ["link", "link"]


def test_without_a_mail_address_no_link_is_withdrawn_to_be_mailed(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    Contact.objects.filter(pk=house.chen.pk).update(email="")
    before = Event.objects.count()
    assert alice.post(f"/tickets/{ticket.pk}/revoke-link", {"mail": "yes"}).status_code == 409
    assert (_after(ticket).link_version, Event.objects.count()) == (1, before)


def test_a_stranger_revokes_no_link(house: House, client: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    factories.sign_in(client, house.dee)
    before = Event.objects.count()
    for said in ({}, {"mail": "yes"}):
        assert client.post(f"/tickets/{ticket.pk}/revoke-link", said).status_code == 404
    assert (_after(ticket).link_version, Event.objects.count()) == (1, before)


def test_no_reply_needed_ends_the_reply_clock(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "Done"})
    factories.says(ticket, "Thanks")
    alice.post(f"/tickets/{ticket.pk}/no-reply-needed")
    assert ticket.promises.get(milestone="next_response").ended_at is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pause", {"reason": "tea"}), ("pause", {}), ("close", {"reason": "bored"}), ("close", {}),
        ("merge", {"absorb": "x"}), ("merge", {"absorb": "999999999999999999999"}), ("snooze", {"until": "yesterday"}),
        ("snooze", {"until": "2001-01-01T00:00"}), ("snooze", {"until": "2026-13-45T00:00"}), ("snooze", {}),
        ("assign", {"holder": "x-y"}), ("assign", {"holder": "999999"}), ("facts", {"kind": "riot"}),
        ("facts", {"subject": ""}), ("facts", {"product_line": "moon"}), ("facts", {"region": "moon"}),
    ],
)  # fmt: skip
def test_malformed_input_is_refused_and_nothing_changes(
    house: House, alice: Client, name: str, said: dict[str, str]
) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    assert alice.post(f"/tickets/{ticket.pk}/{name}", said).status_code == 422
    assert _after(ticket).version == ticket.version


NAMES = ("take", "assign", "pause", "resume", "resolve", "close", "reopen", "merge", "split", "snooze", "facts",
         "tags", "no-reply-needed", "revoke-link", "say")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_can_do_nothing_to_it(house: House, dee: Client, name: str) -> None:
    ticket = factories.ticket(house)
    said = {"holder": str(house.strangers.pk), "reason": "spam", "absorb": "1", "for": "1h", "tags": "x", "text": "x",
            "kind": "fault"}  # fmt: skip
    answer = dee.post(f"/tickets/{ticket.pk}/{name}", said)
    assert answer.status_code in (404, 422)
    assert _after(ticket).version == ticket.version


@pytest.mark.parametrize("name", ["take", "close", "reopen", "merge", "split", "facts", "tags", "revoke-link"])
def test_a_partner_may_not_do_this(house: House, client: Client, name: str) -> None:
    partner = factories.sign_in(client, factories.staff("pat", role=Role.PARTNER, team=house.front))
    ticket, other = factories.ticket(house), factories.ticket(house)
    answer = partner.post(
        f"/tickets/{ticket.pk}/{name}",
        {"reason": "spam", "absorb": str(other.pk), "tags": "x", "kind": "fault", "subject": "x"},
    )
    assert answer.status_code == 403
    assert _after(ticket).version == ticket.version


@pytest.mark.parametrize(
    "name", ["assign", "pause", "resolve", "close", "merge", "split", "snooze", "facts", "tags", "link"]
)
def test_every_dialog_opens_alone_and_in_a_page(house: House, alice: Client, name: str) -> None:
    ticket = factories.ticket(house)
    part = alice.get(
        f"/tickets/{ticket.pk}/dialog/{name}", headers={"HX-Request": "true", "HX-Target": "div#dialog-body"}
    )
    assert b"<form" in part.content
    assert b"<html" not in part.content
    assert b"<html" in alice.get(f"/tickets/{ticket.pk}/dialog/{name}").content


def test_unknown_deeds_are_not_there(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    assert alice.get(f"/tickets/{ticket.pk}/dialog/explode").status_code == 404
    assert alice.post(f"/tickets/{ticket.pk}/explode").status_code == 404
    assert alice.get(f"/tickets/{ticket.pk}/resolve").status_code == 405


def test_a_second_resolve_is_a_toast_and_swaps_nothing(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    closing.resolve(factories.actor(house.alice), ticket_id=ticket.pk, now=instants.now())
    answer = alice.post(f"/tickets/{ticket.pk}/resolve", headers=HTMX)
    assert answer.status_code == 409
    assert answer["HX-Reswap"] == "none"


def test_what_happened_is_recorded_and_meets_the_promise_it_names(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    dialog = alice.get(f"/tickets/{ticket.pk}/dialog/record").content.decode()
    assert 'value="arrived"' in dialog
    assert 'value="date_promised"' not in dialog
    assert alice.post(f"/tickets/{ticket.pk}/record", {"deed": "arrived", "words": "At the gate."}).status_code == 302
    assert ticket.messages.get(public=False).text == "At the gate."
    assert "Recorded: Arrived on site" in alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert alice.post(f"/tickets/{ticket.pk}/record", {"deed": "arrived", "at": "no"}).status_code == 422


def test_a_date_is_promised_with_words_to_the_customer(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    due = (instants.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    assert alice.post(f"/tickets/{ticket.pk}/promise-date", {"due": due, "text": "On that day."}).status_code == 302
    assert Promise.objects.get(ticket=ticket, milestone="promised_date").due_at.strftime("%Y-%m-%dT%H:%M") == due
    assert ticket.messages.get(author="staff").text == "On that day."
    assert alice.post(f"/tickets/{ticket.pk}/promise-date", {"due": "2020-01-01T00:00"}).status_code == 422


def test_the_checklist_of_the_operating_rule_is_ticked_with_the_reply(house: House, alice: Client) -> None:
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice)
    page = alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert 'name="told" value="first_cause"' in page
    alice.post(f"/tickets/{ticket.pk}/say", {"text": "It is the pump.", "told": ["first_cause", "made up"]})
    assert list(Promise.objects.get(ticket=ticket, milestone="first_response").checked) == ["first_cause"]


def test_a_stranger_records_and_promises_nothing(house: House, dee: Client) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    for name in ("record", "promise-date"):
        assert dee.get(f"/tickets/{ticket.pk}/dialog/{name}").status_code == 404
        assert (
            dee.post(f"/tickets/{ticket.pk}/{name}", {"deed": "arrived", "due": "2099-01-01T00:00"}).status_code == 404
        )
    assert _after(ticket).version == ticket.version
