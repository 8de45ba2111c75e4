"""Can a person at the desk explain a breach, have it excused, and tell the customer?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.factories import House
from tests.promises import holdings
from yingnuo.journey import breaches, sweep, upkeep
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.breach_models import Breach, BreachReason, BreachWording, Evidence
from yingnuo.promises.breaches import Given
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Message, Ticket

HTMX = {"HX-Request": "true", "HX-Target": "dialog-body"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def promise(house: House) -> Promise:
    """A first response that Alice broke an hour and three quarters ago."""
    opened = instants.now() - timedelta(hours=2)
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=opened)
    sweep.run_once(now=instants.now())
    return Promise.objects.get(ticket=ticket, milestone="first_response")


def _page(promise: Promise, deed: str = "") -> str:
    return f"/tickets/{promise.ticket_id}/promises/{promise.pk}/breach" + (f"/{deed}" if deed else "")


def _explained(house: House, promise: Promise, *, asked: bool = False) -> Breach:
    which = {"ticket_id": promise.ticket_id, "promise_id": promise.pk, "now": instants.now()}
    alice = factories.actor(house.alice)
    found = breaches.give_reason(alice, given=Given("spare_part", "Pump on order."), **which)  # type: ignore[arg-type]
    return breaches.ask_excuse(alice, words="The plant stood still.", **which) if asked else found  # type: ignore[arg-type]


def _text(client: Client, address: str, **more: str) -> str:
    response = client.get(address, headers=more)
    assert response.status_code == 200
    return response.content.decode()


def test_the_ticket_asks_for_the_reason_until_it_is_there(house: House, alice: Client, promise: Promise) -> None:
    address = f"/tickets/{promise.ticket_id}/"
    before = _text(alice, address)
    assert "“First response” was broken. Say why." in before
    assert 'data-hotkey="b"' in before
    _explained(house, promise)
    assert "“First response” was broken. Say why." not in _text(alice, address)


def test_a_ticket_without_a_breach_asks_for_nothing_and_costs_no_query(
    house: House, alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    alice.get(f"/tickets/{ticket.pk}/")
    with django_assert_max_num_queries(20):
        assert "Say why" not in _text(alice, f"/tickets/{ticket.pk}/")


def test_a_reason_with_evidence_is_given_from_the_dialog(house: House, alice: Client, promise: Promise) -> None:
    message = Message.objects.get(ticket=promise.ticket_id, author="customer")
    hostile = SimpleUploadedFile("<img src=x onerror=alert(1)>.png", b"no picture", content_type="text/html")
    said = {
        "reason": "other",
        "words": "The lift was stuck.",
        "messages": [message.pk],
        "files": [hostile],
        "version": 0,
    }
    response = alice.post(_page(promise, "reason"), said, headers=HTMX)
    shown = response.content.decode()
    assert response.status_code == 200
    assert "The lift was stuck." in shown
    assert "<img src=x" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;.png" in shown
    assert Evidence.objects.count() == 2
    attachment = Evidence.objects.get(attachment__isnull=False).attachment
    assert attachment is not None
    got = alice.get(f"/attachments/{attachment.pk}/")
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert "attachment" in got.headers["Content-Disposition"]


def test_without_scripts_one_comes_back_to_the_file(alice: Client, promise: Promise) -> None:
    response = alice.post(_page(promise, "reason"), {"reason": "no_staff"})
    assert (response.status_code, response.headers["Location"]) == (302, _page(promise))
    assert "Nobody free to take it" in _text(alice, _page(promise))


def test_an_old_form_is_refused_and_nothing_changes(house: House, alice: Client, promise: Promise) -> None:
    _explained(house, promise)
    before = list(Breach.objects.values())
    response = alice.post(_page(promise, "reason"), {"reason": "supplier", "version": 0}, headers=HTMX)
    assert response.status_code == 409
    assert list(Breach.objects.values()) == before


@pytest.mark.parametrize(("deed", "said"), [
    ("reason", {"reason": "supplier"}), ("excuse", {"words": "x"}), ("decide", {"verdict": "granted"}),
])  # fmt: skip
def test_a_stranger_finds_nothing_and_nothing_changes(
    house: House, dee: Client, promise: Promise, deed: str, said: dict[str, str]
) -> None:
    _explained(house, promise, asked=True)
    before = list(Breach.objects.values())
    assert dee.post(_page(promise, deed), said).status_code == 404
    assert dee.get(_page(promise)).status_code == 404
    assert list(Breach.objects.values()) == before


def test_a_promise_in_time_has_no_breach_file(alice: Client, promise: Promise) -> None:
    running = Promise.objects.get(ticket=promise.ticket_id, milestone="resolution")
    assert alice.get(_page(running)).status_code == 404
    assert alice.post(_page(promise, "burn")).status_code == 404


def test_the_manager_decides_with_the_explanation_at_hand(house: House, promise: Promise) -> None:
    _explained(house, promise, asked=True)
    mia = factories.sign_in(Client(), house.mia)
    page = _text(mia, _page(promise))
    for told in ("The plant stood still.", "Pump on order.", "Broken since", "Where the time went", "Grant the excuse"):
        assert told in page
    shown = mia.post(_page(promise, "decide"), {"verdict": "granted", "note": "Seen.", "version": 2}, headers=HTMX)
    assert "excused" in shown.content.decode()
    assert Breach.objects.get().excuse == "granted"


def test_who_may_not_decide_sees_no_button_and_is_refused(house: House, bo: Client, promise: Promise) -> None:
    _explained(house, promise, asked=True)
    page = _text(bo, _page(promise))
    assert "Grant the excuse" not in page
    assert "Another person decides" in page
    assert bo.post(_page(promise, "decide"), {"verdict": "granted"}).status_code == 403
    assert Breach.objects.get().excuse == "asked"


def test_the_explanation_names_the_link_and_its_budget(house: House, alice: Client, promise: Promise) -> None:
    ticket = Ticket.objects.get(pk=promise.ticket_id)
    holdings.give(ticket, house.front, target=timedelta(minutes=10), since=promise.started_at)
    page = _text(alice, f"/tickets/{ticket.pk}/promises/{promise.pk}")
    assert "The link that used the time: Front line, 15 min of a budget of 10 min (OLA)" in page
    assert "used the time" in page
    running = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert "Now with Front line: 2 h of a budget of 10 min (OLA)" in _text(
        alice, f"/tickets/{ticket.pk}/promises/{running.pk}"
    )


def test_the_word_to_the_customer_stands_in_the_answer_and_is_sent_by_a_person(
    house: House, alice: Client, promise: Promise
) -> None:
    next_at = instants.now() + timedelta(hours=5)
    words = {"tell": str(promise.pk), "follows": "Eve <b>calls</b> you.", "next": f"{next_at:%Y-%m-%dT%H:%M}"}
    response = alice.get(f"/tickets/{promise.ticket_id}/", words)
    page = response.content.decode()
    assert "Dear Chen," in page
    assert "What follows: Eve &lt;b&gt;calls&lt;/b&gt; you." in page
    assert f'name="tell" value="{promise.pk}"' in page
    assert not Message.objects.filter(ticket=promise.ticket_id, author="staff").exists()
    sent = alice.post(f"/tickets/{promise.ticket_id}/say", {"text": "Dear Chen, sorry.", "side": "reply", **words})
    assert sent.status_code == 302
    told = Breach.objects.get()
    assert (told.follows, told.told_by_id) == ("Eve <b>calls</b> you.", house.alice.pk)
    assert told.told_message is not None
    assert told.told_message.text == "Dear Chen, sorry."
    assert "Alice told the customer." in _text(alice, _page(promise))


@pytest.mark.parametrize("next_at", ["yesterday", "2020-01-01T10:00", "2026-13-45T99:00"])
def test_a_moment_that_is_none_is_refused_and_nothing_is_sent(alice: Client, promise: Promise, next_at: str) -> None:
    said = {"text": "Sorry.", "side": "reply", "tell": str(promise.pk), "next": next_at}
    assert alice.post(f"/tickets/{promise.ticket_id}/say", said).status_code == 422
    assert not Message.objects.filter(ticket=promise.ticket_id, author="staff").exists()
    assert not Breach.objects.exists()


def test_an_address_that_names_another_tickets_promise_prefills_nothing(
    house: House, alice: Client, promise: Promise
) -> None:
    other = factories.ticket(house, agent=house.alice)
    assert "Dear Chen" not in _text(alice, f"/tickets/{other.pk}/?tell={promise.pk}")


def test_the_list_shows_what_lacks_a_reason_and_bulk_gives_it(house: House, bo: Client, promise: Promise) -> None:
    page = _text(bo, "/breaches/")
    broken = list(Promise.objects.filter(broken_at__isnull=False).values_list("pk", flat=True))
    assert page.count('name="ids"') == len(broken)
    assert "Front line" in page
    said = {
        "ids": [*map(str, broken), "x", "999999"],
        "reason": "system_fault",
        "words": "Outage.",
        "back": "?state=any",
    }
    response = bo.post("/breaches/bulk", said)
    assert response.headers["Location"] == "/breaches/?state=any"
    assert set(Breach.objects.values_list("promise_id", "reason", "words")) == {
        (pk, "system_fault", "Outage.") for pk in broken
    }
    assert "Every breach has its reason" in _text(bo, "/breaches/")
    assert "Outage." in _text(bo, "/breaches/?state=explained&reason=system_fault")


def test_bulk_says_what_it_refused(house: House, bo: Client, promise: Promise) -> None:
    _explained(house, promise, asked=True)
    Breach.objects.update(excuse="granted")
    response = bo.post("/breaches/bulk", {"ids": [str(promise.pk)], "reason": "no_staff"}, follow=True)
    assert "The excuse was granted for this reason; it stays." in response.content.decode()
    assert Breach.objects.get().reason == "spare_part"
    assert bo.post("/breaches/bulk", {"reason": "no_staff"}).status_code == 422


def test_filters_pages_and_nonsense(house: House, bo: Client, promise: Promise) -> None:
    _explained(house, promise, asked=True)
    number = f"YN-{promise.ticket_id}"
    shown = (
        "?state=asked", "?state=any&milestone=first_response", "?state=explained", f"?state=any&team={house.front.pk}",
        "?state=any&agreement=sla&milestone=first_response&days=7",
    )  # fmt: skip
    hidden = (
        "?state=granted", "?state=refused", "?state=any&milestone=refund", f"?state=any&team={house.strangers.pk}",
        "?state=any&agreement=uc", "?state=asked&page=2", "?state=explained&reason=supplier",
    )  # fmt: skip
    for query in shown:
        assert number in _text(bo, f"/breaches/{query}"), query
    for query in hidden:
        assert number not in _text(bo, f"/breaches/{query}"), query
    for query in ("?state=x&days=x&page=x&team=x&milestone=x", "?page=99999999999", "?team=%00"):
        assert bo.get(f"/breaches/{query}").status_code in (200, 422)


def test_a_lead_sees_his_tickets_only_and_an_agent_no_list(house: House, alice: Client, promise: Promise) -> None:
    zoe = factories.sign_in(Client(), factories.staff("zoe", team=house.strangers, role="lead"))
    assert f"YN-{promise.ticket_id}" not in _text(zoe, "/breaches/?state=any")
    assert zoe.post("/breaches/bulk", {"ids": [str(promise.pk)], "reason": "no_staff"}).status_code == 302
    assert alice.get("/breaches/").status_code == 403
    assert alice.post("/breaches/bulk", {"ids": [str(promise.pk)], "reason": "no_staff"}).status_code == 403
    assert not Breach.objects.exists()


def test_the_export_says_what_the_list_says(house: House, bo: Client, promise: Promise) -> None:
    _explained(house, promise)
    Breach.objects.update(words="=1+1")
    response = bo.get("/breaches/export?state=explained")
    [head, row] = b"".join(response).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert head.startswith("Number,Subject,Milestone,Agreement,Broken at")
    assert row.startswith(f"YN-{promise.ticket_id},Washing machine shows E3,First response,SLA,")
    assert "Front line" in row
    assert "Spare part missing,'=1+1," in row


def test_the_list_costs_the_same_for_many(
    house: House, bo: Client, promise: Promise, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(5):
        factories.ticket(house, urgency="urgent", agent=house.alice, at=instants.now() - timedelta(hours=2))
    sweep.run_once(now=instants.now())
    bo.get("/breaches/")
    with django_assert_max_num_queries(14):
        bo.get("/breaches/")


def test_the_dashboard_counts_breaches_by_link(house: House, bo: Client, promise: Promise) -> None:
    page = _text(bo, "/dashboard/links/?period=7d&milestone=first_response")
    assert "Front line" in page
    assert "n = 1" in page
    assert "No promise to a customer was broken" in _text(bo, "/dashboard/links/?milestone=refund")


def test_settings_of_reasons_and_words(house: House, promise: Promise) -> None:
    mia = factories.sign_in(Client(), house.mia)
    assert "Force majeure" in _text(mia, "/settings/breaches/")
    new = {"name": "Strike", "code": "strike", "position": "5", "active": "on"}
    assert mia.post("/settings/breaches/new", new).status_code == 302
    assert mia.post("/settings/breaches/new", new).status_code == 422  # the code is there
    changed = {"name": "", "code": "ignored", "position": "3"}
    assert mia.post("/settings/breaches/reasons/supplier/", changed).status_code == 302
    assert dict(BreachReason.objects.values_list("code", "active")) == {"strike": True, "supplier": False}
    page = "/settings/breaches/word/en/"
    assert "Dear Harbour Laundry," in _text(mia, page)
    assert mia.post(page, {"body": "Hello {{ nobody }}", "do": "save"}).status_code == 422
    assert mia.post(page, {"body": "Hello {{ name }}", "do": "save"}).status_code == 302
    assert BreachWording.objects.get().body == "Hello {{ name }}"
    assert mia.post(page, {"body": "", "do": "forget"}).status_code == 302
    assert not BreachWording.objects.exists()


def test_a_lead_reads_the_settings_and_changes_nothing(house: House, bo: Client) -> None:
    assert bo.get("/settings/breaches/").status_code == 200
    for page in ("/settings/breaches/new", "/settings/breaches/reasons/supplier/", "/settings/breaches/word/en/"):
        assert bo.post(page, {"name": "x", "code": "x", "position": "1", "body": "x", "do": "save"}).status_code == 403
    assert not BreachReason.objects.exists()
    assert not BreachWording.objects.exists()


def test_a_partner_learns_nothing_of_how_other_teams_shared_the_time(house: House, promise: Promise) -> None:
    ticket = Ticket.objects.get(pk=promise.ticket_id)
    holdings.give(ticket, house.front, target=timedelta(minutes=10), since=promise.started_at)
    dealer = factories.staff("dealer", team=house.strangers, role="partner")
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=house.strangers.pk, agent=dealer.pk, now=instants.now())
    page = _text(factories.sign_in(Client(), dealer), f"/tickets/{ticket.pk}/promises/{promise.pk}")
    told = page[page.index("Where the time went") : page.index("Why it was broken")]
    assert "other teams" in told
    for hidden in ("Front line", "Alice", "OLA"):
        assert hidden not in told
