"""Does a request come in whole and once, and what is refused changes nothing?"""

from __future__ import annotations

import json
import time
from urllib.parse import unquote

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import House
from tests.portal.conftest import ASK, AWAY, counts, filled
from yingnuo.channels.models import Delivery, Raw
from yingnuo.kit import instants
from yingnuo.people.models import Contact
from yingnuo.portal import uploads
from yingnuo.promises.models import Promise
from yingnuo.tickets import links
from yingnuo.tickets.models import Attachment, Field, Kind, Ticket, Urgency


def test_a_request_opens_a_ticket_and_leads_to_its_page(client: Client, house: House) -> None:
    answer = client.post(ASK, filled(client))
    ticket = Ticket.objects.get()
    assert (ticket.via, ticket.kind, ticket.urgency, ticket.contact) == ("portal", "fault", "urgent", house.chen)
    assert answer.status_code == 302
    assert links.ticket_of(unquote(answer["Location"].split("/p/")[1].rstrip("/")), now=instants.now()) == ticket


def test_what_was_sent_is_kept_raw(client: Client, house: House) -> None:
    client.post(ASK, filled(client, uploads=[SimpleUploadedFile("e3.jpg", b"picture", "image/jpeg")]))
    raw = Raw.objects.get(channel__code="portal")
    kept = json.loads(bytes(raw.content))
    assert kept["text"] == "It shows E3."
    assert kept["files"][0]["name"] == "e3.jpg"
    assert raw.ticket == Ticket.objects.get()


def test_promises_are_given_and_a_receipt_is_on_its_way(client: Client, house: House) -> None:
    client.post(ASK, filled(client))
    assert Promise.objects.filter(milestone="first_response").exists()
    assert Delivery.objects.get().to == "chen@harbour.example"


def test_sending_twice_opens_one_ticket(client: Client, house: House) -> None:
    form = filled(client)
    first, second = client.post(ASK, form), client.post(ASK, form)
    assert Ticket.objects.count() == 1
    assert first["Location"].split(":")[0] == second["Location"].split(":")[0]


def test_a_changed_form_under_the_same_key_is_asked_about(client: Client, house: House) -> None:
    form = filled(client)
    client.post(ASK, form)
    before = counts()
    answer = client.post(ASK, form | {"text": "Another matter"})
    assert answer.status_code == 409
    assert b"Another matter" in answer.content
    assert counts() == before


def test_a_phone_number_is_enough_and_brought_into_form(client: Client, house: House) -> None:
    client.post(ASK, filled(client, email="", phone="138 1234 5678", name="Li"))
    assert Contact.objects.get(name="Li").phone == "+8613812345678"


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "", "phone": ""}, {"email": "no mail"}, {"email": "", "phone": "12"}, {"text": ""}, {"name": ""},
        {"kind": "regulator"}, {"kind": "nonsense"}, {"impact": ["nonsense"]}, {"text": "x" * 20_001},
        {"homepage": "http://spam.example"}, {"key": "forged"}, {"key": ""}, {"product_line": "none"},
        {"text": "a\x00b"}, {"name": "n" * 81},
    ],
)  # fmt: skip
def test_a_wrong_form_is_shown_again_and_changes_nothing(
    client: Client, house: House, wrong: dict[str, object]
) -> None:
    form = filled(client, subject="Kept as typed") | wrong
    before = counts()
    answer = client.post(ASK, form)
    assert answer.status_code == 422
    assert b"Kept as typed" in answer.content
    assert counts() == before


def test_a_machine_is_too_quick_and_a_person_may_send_again(client: Client, house: House) -> None:
    form = filled(client)
    with time_machine.travel(time.time(), tick=False):
        page = client.get(ASK).content.decode()
        form["key"] = page.split('name="key" value="')[1].split('"')[0]
        assert client.post(ASK, form).status_code == 422
    assert Ticket.objects.count() == 0
    with time_machine.travel(time.time() + 10):
        assert client.post(ASK, form).status_code == 302


def test_too_many_from_one_address(client: Client, house: House) -> None:
    for n in range(30):
        form = filled(client, email=f"p{n}@example.com", text=f"Number {n}")
        assert client.post(ASK, form, REMOTE_ADDR=AWAY).status_code == 302
    before = counts()
    answer = client.post(ASK, filled(client, email="other@example.com"), REMOTE_ADDR=AWAY)
    assert answer.status_code == 429
    assert counts() == before


def test_too_many_for_one_person(client: Client, house: House) -> None:
    for n in range(6):
        client.post(ASK, filled(client, text=f"Number {n}"))
    assert client.post(ASK, filled(client)).status_code == 429
    assert Ticket.objects.count() == 6


def test_csrf(house: House) -> None:
    strict = Client(enforce_csrf_checks=True)
    before = counts()
    assert strict.post(ASK, filled(strict)).status_code == 403
    assert counts() == before


def test_markup_stays_text(client: Client, house: House) -> None:
    evil = "<script>alert(1)</script>"
    file = SimpleUploadedFile('x"><img src=x onerror=alert(2)>.png', b"x", "text/html")
    answer = client.post(ASK, filled(client, subject=evil, text=evil, name=evil, uploads=[file]), follow=True)
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("..", "file"), ("", "file"),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie: x.txt"), ("photo\u202egpj.exe", "photo gpj.exe"), ("a\x00b", "a b"),
        ("说明 书.pdf", "说明 书.pdf"), ("n" * 300 + ".pdf", "n" * 116 + ".pdf"), ("n" * 300, "n" * 120),
    ],
)  # fmt: skip
def test_hostile_names_become_harmless(name: str, kept: str) -> None:
    assert uploads.safe_name(name) == kept


def test_a_path_in_a_file_name_is_dropped_on_the_way_in(client: Client, house: House) -> None:
    file = SimpleUploadedFile("f.bin", b"x", "text/html; charset=<b>")
    file._name = "../../photo\u202egpj.exe"
    client.post(ASK, filled(client, uploads=[file]))
    kept = Attachment.objects.get()
    assert (kept.name, kept.content_type) == ("photogpj.exe", "text/html")


def test_at_most_ten_files(client: Client, house: House) -> None:
    before = counts()
    answer = client.post(ASK, filled(client, uploads=[SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]))
    assert answer.status_code == 422
    assert b"At most 10 files" in answer.content
    assert counts() == before


def test_a_huge_request_is_refused_unread(client: Client, house: House) -> None:
    before = counts()
    answer = client.post(ASK, filled(client), CONTENT_LENGTH=str(10**10))
    assert answer.status_code == 413
    assert counts() == before


def test_a_malformed_body_is_no_server_error(client: Client, house: House) -> None:
    answer = client.post(ASK, b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x")
    assert answer.status_code in (400, 422)


def test_custom_fields_of_the_kind_are_kept(client: Client, house: House) -> None:
    Field.objects.create(code="serial", name="Serial number", on_portal=True)
    Field.objects.create(code="why", name="Why", on_portal=True, kinds=[Kind.RETURN])
    Field.objects.create(code="secret", name="Secret", on_portal=False)
    client.post(ASK, filled(client, **{"fields.serial": "A-1", "fields.why": "no", "fields.secret": "x"}))
    assert Ticket.objects.get().fields == {"serial": "A-1"}


@pytest.mark.parametrize(
    ("impact", "urgency"),
    [([], Urgency.GENERAL), (["function_hit"], Urgency.IMPORTANT), (["can_wait", "danger"], Urgency.URGENT)],
)
def test_urgency_follows_from_the_impact(client: Client, house: House, impact: list[str], urgency: str) -> None:
    client.post(ASK, filled(client, impact=impact))
    assert Ticket.objects.get().urgency == urgency


@pytest.mark.parametrize(
    ("type", "right", "wrong"), [("number", "4.5", "four"), ("date", "2026-03-02", "soon"), ("choice", "red", "green")]
)
def test_custom_fields_are_checked_by_their_type(
    client: Client, house: House, type: str, right: str, wrong: str
) -> None:
    Field.objects.create(code="extra", name="Extra", on_portal=True, type=type, choices=["red"])
    assert client.post(ASK, filled(client, **{"fields.extra": wrong})).status_code == 422
    assert Ticket.objects.count() == 0
    client.post(ASK, filled(client, **{"fields.extra": right}))
    assert Ticket.objects.get().fields == {"extra": 4.5 if type == "number" else right}


@pytest.mark.parametrize(
    ("claimed", "content", "kept"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06", "image/png"),
        ("image/png", b"<html><script>alert(1)</script></html>", "application/octet-stream"),
        ("text/plain", "报错 E3".encode("gb18030"), "text/plain"),
        ("application/pdf", b"MZ\x90\x00", "application/octet-stream"),
    ],
)
def test_a_file_is_shown_as_what_it_is(claimed: str, content: bytes, kept: str) -> None:
    [file] = uploads.read([SimpleUploadedFile("panel.png", content, claimed)])
    assert file.content_type == kept
