"""Does the customer see what was promised, and nothing that is not for him?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import translation

from tests import factories
from tests.factories import MONDAY, House
from tests.portal.conftest import counts, page_of
from yingnuo.channels.contract import File
from yingnuo.channels.models import Delivery
from yingnuo.journey import closing, customer_links, reply, sweep, upkeep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people import calling
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.portal import standing
from yingnuo.portal.doors import customer_of
from yingnuo.promises.models import Promise, TermsCopy
from yingnuo.tickets import links
from yingnuo.tickets.models import Attachment, Ticket


def page(ticket: Ticket, now: datetime) -> standing.Page:
    ticket = Ticket.objects.get(pk=ticket.pk)
    return standing.page_of(ticket, reader=customer_of(ticket), now=now)


def answer(house: House, ticket: Ticket, text: str, at: datetime, then: str = "") -> None:
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=Said(text, then=then), now=at)


def test_subject_number_holder_and_words(client: Client, ticket: Ticket) -> None:
    text = client.get(page_of(ticket)).content.decode()
    for word in (ticket.subject, ticket.number, "Alice", "Customer service", "It shows E3 and stops."):
        assert word in text
    assert "Front line" not in text  # what a team is called in the house


def test_notes_addresses_and_other_names_stay_inside(client: Client, house: House, ticket: Ticket) -> None:
    reply.note(factories.actor(house.bo), ticket_id=ticket.pk, text="Secret note", now=instants.now())
    for address in (page_of(ticket), page_of(ticket, "print")):
        text = client.get(address).content.decode()
        for word in ("Secret note", "alice@yingnuo.example", "+8613900000001", "chen@harbour.example", "Bo"):
            assert f">{word}" not in text
            assert word == "Bo" or word not in text


def test_headers_keep_the_key_secret(client: Client, ticket: Ticket) -> None:
    answer = client.get(page_of(ticket))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "noindex" in answer["X-Robots-Tag"]
    assert b'name="robots" content="noindex' in answer.content


@pytest.mark.parametrize("name", ["promise", "print"])
def test_a_forged_link_opens_nothing(client: Client, ticket: Ticket, name: str) -> None:
    address = page_of(ticket, name).replace(f"/p/{ticket.pk}.", f"/p/{ticket.pk + 1}.")
    answer = client.get(address)
    assert answer.status_code == 404
    assert ticket.subject not in answer.content.decode()
    assert b"Mail me the link" in answer.content


@pytest.mark.parametrize("token", ["x", "1.1:a:b", "%00", "😀", "a" * 3000, "..", "1.1"])
def test_nonsense_as_a_link(client: Client, ticket: Ticket, token: str) -> None:
    assert client.get(f"/portal/p/{token}/").status_code == 404


def test_a_revoked_link_says_so(client: Client, ticket: Ticket) -> None:
    address = page_of(ticket)
    customer_links.revoke(SYSTEM, ticket_id=ticket.pk, now=instants.now())
    answer = client.get(address)
    assert answer.status_code == 410
    assert b"no longer valid" in answer.content
    assert answer["Cache-Control"] == "private, no-store"


def closed(ticket: Ticket, days: int) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(status="closed", closed_at=instants.now() - timedelta(days=days))


def old_page_of(ticket: Ticket, days: int = 400) -> str:
    with time_machine.travel(instants.now() - timedelta(days=days)):
        return page_of(ticket)


def test_a_link_lives_as_long_as_work_is_owed(client: Client, ticket: Ticket) -> None:
    assert client.get(old_page_of(ticket)).status_code == 200


@pytest.mark.parametrize(("days", "status"), [(179, 200), (181, 410)])
def test_a_link_dies_half_a_year_after_closing(client: Client, ticket: Ticket, days: int, status: int) -> None:
    closed(ticket, days)
    answer = client.get(old_page_of(ticket))
    assert answer.status_code == status
    assert (ticket.subject in answer.content.decode()) is (status == 200)


def test_the_page_copies_its_own_address_and_no_fresher_one(client: Client, ticket: Ticket) -> None:
    address = old_page_of(ticket)
    assert f'data-copy="http://127.0.0.1:8000{address}"' in client.get(address).content.decode()


def test_a_dead_link_is_renewed_by_mail_to_the_address_on_file(client: Client, ticket: Ticket) -> None:
    closed(ticket, 500)
    dead = old_page_of(ticket, 500)
    Delivery.objects.all().delete()
    answer = client.post(dead + "again/")
    assert answer.status_code == 200
    assert b"chen@harbour.example" not in answer.content
    assert ticket.subject not in answer.content.decode()
    assert Delivery.objects.get().to == "chen@harbour.example"
    assert client.get(dead).status_code == 410
    assert client.get(page_of(ticket)).status_code == 200


def test_whoever_has_no_mail_address_gets_the_same_answer(client: Client, house: House, ticket: Ticket) -> None:
    other = factories.ticket(house, contact=house.wang)
    house.wang.email = ""
    house.wang.save(update_fields=["email"])
    for one in (ticket, other):
        customer_links.revoke(SYSTEM, ticket_id=one.pk, now=instants.now())
    good = client.post(page_of(ticket) + "again/").content
    before, queued = counts(), Delivery.objects.count()
    assert client.post(page_of(other) + "again/").content.split(b"<main")[1] == good.split(b"<main")[1]
    assert (counts(), Delivery.objects.count()) == (before, queued)


def test_a_forged_link_mails_nothing(client: Client, ticket: Ticket) -> None:
    before, queued = counts(), Delivery.objects.count()
    assert client.post(page_of(ticket).replace(".1:", ".2:") + "again/").status_code == 404
    assert (counts(), Delivery.objects.count()) == (before, queued)


def test_a_dead_link_mails_three_times_an_hour_at_most(client: Client, ticket: Ticket) -> None:
    address = page_of(ticket)
    customer_links.revoke(SYSTEM, ticket_id=ticket.pk, now=instants.now())
    assert [client.post(address + "again/").status_code for _ in range(3)] == [200] * 3
    before = counts()
    assert client.post(address + "again/").status_code == 429
    assert counts() == before


def test_a_running_promise_counts_down(house: House) -> None:
    ticket = factories.ticket(house, urgency="important", at=MONDAY)
    first = page(ticket, MONDAY).first
    assert first is not None
    assert (first.state, first.due) == ("running", MONDAY + timedelta(hours=1))  # gold: one hour


def test_a_standing_clock_says_why(client: Client, house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    answer(house, ticket, "Please send a photo.", instants.now(), then="wait")
    text = client.get(page_of(ticket)).content.decode()
    assert "We are waiting for your answer." in text


def test_a_breach_is_admitted_before_any_worker_noticed(client: Client, house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", at=instants.now() - timedelta(hours=1))
    text = client.get(page_of(ticket)).content.decode()
    assert "We have not kept this promise. We are sorry." in text
    assert "Told of it" not in text
    assert "If it is not done by" in text


def test_the_breach_tells_what_the_ladder_did(client: Client, house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", at=instants.now() - timedelta(hours=1))
    sweep.run_once()
    text = client.get(page_of(ticket)).content.decode()
    assert "Told of it: the team&#x27;s lead, the departments concerned, the head of the department." in text


def test_a_step_that_found_nobody_has_told_nobody(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", at=MONDAY)
    first = Promise.objects.get(ticket=ticket, milestone="first_response")
    late = MONDAY + timedelta(minutes=20)
    Event.objects.create(
        at=late, code="notice.given", actor_kind="system", ticket_id=ticket.pk, subject=f"promise:{first.pk}",
        params={"step": "broken", "people": []},
    )  # fmt: skip
    shown = page(ticket, late).first
    assert shown is not None
    assert (shown.state, shown.after.told) == ("overdue", "")
    assert shown.after.next_at == MONDAY + timedelta(minutes=30)  # a quarter of an hour after the breach


def test_a_new_date_follows_a_breach(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", at=MONDAY)
    old = Promise.objects.get(ticket=ticket, milestone="resolution")
    spec = old.terms.spec | {"milestone": "promised_date"}
    terms = TermsCopy.objects.create(digest="d" * 64, spec=spec)
    Promise.objects.create(
        ticket=ticket, milestone="promised_date", first_terms=terms, terms=terms, started_at=MONDAY,
        due_at=MONDAY + timedelta(days=2),
    )  # fmt: skip
    now = MONDAY + timedelta(hours=1)
    shown = page(ticket, now)
    assert shown.new_date is not None
    assert shown.new_date.due == MONDAY + timedelta(days=2)
    assert page(ticket, MONDAY).new_date is None


@pytest.mark.parametrize(
    ("name", "tier", "told"),
    [
        ("Alice Wang", 1, "Alice"), ("", 1, ""), ("alice", 2, "alice"), ("王敏", 2, "王工"), ("王敏", 1, "小王"),
        ("欧阳修", 3, "欧阳工"), ("諸葛亮", 1, "小諸葛"), ("上官", 2, "上工"), ("王敏 Min", 2, "王工"),
    ],
)  # fmt: skip
def test_by_what_name_a_customer_knows_us(name: str, tier: int, told: str) -> None:
    with translation.override("zh-hans"):
        assert calling.called(name, tier=tier) == told


def test_the_page_tells_no_whole_name(client: Client, house: House) -> None:
    Staff.objects.filter(pk=house.eve.pk).update(name="Eve Morgan")
    ticket = factories.ticket(house, agent=house.eve)
    reply.answer(factories.actor(house.eve), ticket_id=ticket.pk, said=Said("We come."), now=instants.now())
    for address in (page_of(ticket), page_of(ticket, "print")):
        text = client.get(address).content.decode()
        assert "Eve" in text
        assert "Morgan" not in text


def test_hours_of_another_zone_name_it(client: Client, house: House) -> None:
    ticket = factories.ticket(house, at=MONDAY)
    assert "Beijing time" not in client.get(page_of(ticket)).content.decode()
    client.cookies["yn_zone"] = "America/New_York"
    text = client.get(page_of(ticket)).content.decode()
    assert "Beijing time (UTC+8)" in text
    assert "Moments on this page are in New York time" in text


def test_urging_tells_when_it_may_be_done_again(client: Client, house: House, ticket: Ticket) -> None:
    with time_machine.travel(MONDAY, tick=False):
        client.post(page_of(ticket, "urge"))
        assert "You can ask again" in client.get(page_of(ticket)).content.decode()
        assert "today at 10:10" in client.get(page_of(ticket)).content.decode()


def test_a_cheap_phone_loads_little(client: Client, ticket: Ticket) -> None:
    answer = client.get(page_of(ticket))
    text = answer.content.decode()
    assert len(answer.content) < 16_000
    assert len(set(re.findall(r'(?:src|href)="/static/([^"#]+)', text))) <= 18
    assert "echarts" not in text


def test_a_late_answer_stays_late(house: House) -> None:
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=MONDAY)
    answer(house, ticket, "Done", MONDAY + timedelta(minutes=40))
    late = next(p for p in page(ticket, MONDAY + timedelta(hours=1)).ended if p.state == "late")
    assert late.late == timedelta(minutes=25)


def test_stages(house: House) -> None:
    ticket = factories.ticket(house, at=MONDAY)
    here = lambda: next(s.code for s in standing.stages_of(Ticket.objects.get(pk=ticket.pk)) if s.state == "now")  # noqa: E731
    seen = [here()]
    upkeep.assign(SYSTEM, ticket_id=ticket.pk, team=house.front.pk, agent=house.alice.pk, now=MONDAY)
    seen.append(here())
    answer(house, ticket, "Try this", MONDAY)
    seen.append(here())
    closing.resolve(SYSTEM, ticket_id=ticket.pk, now=MONDAY)
    seen.append(here())
    closing.close(SYSTEM, ticket_id=ticket.pk, reason="", now=MONDAY)
    assert [*seen, here()] == ["received", "person", "work", "solved", "closed"]


def test_a_merged_ticket_names_the_other_and_opens_no_door_to_it(client: Client, house: House, ticket: Ticket) -> None:
    other = factories.ticket(house, subject="The same again")
    upkeep.merge(SYSTEM, ticket_id=ticket.pk, absorb_id=other.pk, now=instants.now())
    text = client.get(page_of(other)).content.decode()
    assert f"It goes on as {ticket.number}" in text
    assert links.promise_token(ticket) not in text
    assert "It shows E3" not in text


def test_a_merge_shows_no_customer_the_words_of_another(client: Client, house: House, ticket: Ticket) -> None:
    other = factories.ticket(house, contact=house.wang, text="Wang's own words")
    upkeep.merge(SYSTEM, ticket_id=ticket.pk, absorb_id=other.pk, customers="several", now=instants.now())
    assert "Wang" not in client.get(page_of(ticket)).content.decode()
    joined = client.get(page_of(other))
    assert joined.status_code == 200
    assert "Your matter is handled in another request" in joined.content.decode()
    assert "It shows E3" not in joined.content.decode()


def file_of(ticket: Ticket) -> Attachment:
    return Attachment.objects.get(message__ticket=ticket)


def test_a_file_comes_as_a_harmless_download(client: Client, house: House) -> None:
    ticket = factories.ticket(house, files=(File("x\r\n<b>.html", "text/html", b"<script>"),))
    answer = client.get(page_of(ticket, "file", file_of(ticket).pk))
    assert b"".join(answer.streaming_content) == b"<script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_files_of_others_and_of_notes_do_not_exist(client: Client, house: House, ticket: Ticket) -> None:
    other = factories.ticket(house, contact=house.wang, files=(File("a.txt", "text/plain", b"x"),))
    note = reply.note(factories.actor(house.bo), ticket_id=ticket.pk, text="n", now=instants.now())
    path = default_storage.save("attachments/note", ContentFile(b"inside"))
    inside = Attachment.objects.create(message=note, name="n", content_type="x/y", size=6, sha256="0", path=path)
    for pk in (file_of(other).pk, inside.pk, 10**15):
        assert client.get(page_of(ticket, "file", pk)).status_code == 404


def test_a_lost_file_is_not_found(client: Client, house: House) -> None:
    ticket = factories.ticket(house, files=(File("a.txt", "text/plain", b"gone"),))
    Attachment.objects.update(path="attachments/nowhere")
    assert client.get(page_of(ticket, "file", file_of(ticket).pk)).status_code == 404


def test_live_updates_get_the_part_alone(client: Client, ticket: Ticket) -> None:
    part = client.get(page_of(ticket), headers={"HX-Request": "true", "HX-Target": "now"}).content.decode()
    assert "<html" not in part
    assert "Customer service" in part


@pytest.mark.parametrize(
    ("cookie", "browser", "language"),
    [("", "", "zh-hant"), ("", "fr, *;q=0.5", "zh-hant"), ("", "en-GB,en", "en"), ("zh-hans", "en", "zh-hans")],
)
def test_language(client: Client, house: House, cookie: str, browser: str, language: str) -> None:
    Ticket.objects.filter(pk=(ticket := factories.ticket(house)).pk).update(language="zh-hant")
    if cookie:
        client.cookies["yn_language"] = cookie
    answer = client.get(page_of(ticket), headers={"Accept-Language": browser} if browser else {})
    assert answer["Content-Language"] == language


def test_moments_are_in_the_customers_zone(client: Client, house: House) -> None:
    ticket = factories.ticket(house, urgency="important", at=MONDAY)
    with time_machine.travel(MONDAY):
        text = client.get(page_of(ticket)).content.decode()
    assert "today at 11:00" in text


def test_reading_changes_nothing(client: Client, ticket: Ticket) -> None:
    before = counts()
    client.get(page_of(ticket))
    client.get(page_of(ticket, "print"))
    assert counts() == before
    assert (
        links.ticket_of(links.promise_token(ticket), now=instants.now()).version
        == Ticket.objects.get(pk=ticket.pk).version
    )
