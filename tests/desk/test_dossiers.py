"""Does a ticket come on paper and into a file as it is, with notes only where they are asked for?"""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.channels.contract import File
from yingnuo.journey import bundling, reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people.models import Role
from yingnuo.tickets.models import Attachment, Ticket


def _ticket(house: House, **more: object) -> Ticket:
    ticket = factories.ticket(house, subject="Drum howls", text="It howls <b>loudly</b>.", agent=house.alice, **more)  # type: ignore[arg-type]
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=Said("We look **today**."), now=instants.now())
    reply.note(alice, ticket_id=ticket.pk, text="He is cross.", now=instants.now())
    return ticket


def _unpacked(client: Client, ticket: Ticket, query: str = "") -> ZipFile:
    response = client.get(f"/tickets/{ticket.pk}/archive{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    return ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]


def test_paper_shows_promises_and_words_and_no_note_unless_asked(house: House, alice: Client) -> None:
    ticket = _ticket(house)
    page = alice.get(f"/tickets/{ticket.pk}/print").content.decode()
    assert all(words in page for words in ("Drum howls", "First response", "Kept", "We look today.", "(UTC)"))
    assert "It howls &lt;b&gt;loudly&lt;/b&gt;." in page
    assert "He is cross." not in page
    assert "He is cross." in alice.get(f"/tickets/{ticket.pk}/print?notes=1").content.decode()


def test_paper_is_for_those_who_see_the_ticket(house: House, dee: Client) -> None:
    ticket = _ticket(house)
    assert dee.get(f"/tickets/{ticket.pk}/print").status_code == 404
    assert dee.get(f"/tickets/{ticket.pk}/archive").status_code == 404
    assert dee.get(f"/tickets/{ticket.pk}/archive/ask").status_code == 404
    assert not Event.objects.filter(code="ticket.exported").exists()


def test_a_dealer_exports_nothing(house: House) -> None:
    ticket = _ticket(house)
    pat = factories.sign_in(Client(), factories.staff("pat", role=Role.PARTNER, team=house.front))
    assert pat.get(f"/tickets/{ticket.pk}/archive").status_code == 403
    assert "Export as a file" not in pat.get(f"/tickets/{ticket.pk}/").content.decode()
    assert not Event.objects.filter(code="ticket.exported").exists()


def test_the_file_has_everything_and_leaves_a_trace(house: House, alice: Client) -> None:
    ticket = _ticket(house, files=(File("../../etc/照片 1.png", "image/png", b"\x89PNG"),))
    book = _unpacked(alice, ticket)
    assert book.testzip() is None
    assert book.namelist() == ["conversation.html", "ticket.json", "files/001-_.._etc_照片 1.png"]
    assert book.read("files/001-_.._etc_照片 1.png") == b"\x89PNG"
    page = book.read("conversation.html").decode()
    assert "He is cross." not in page
    assert "<script" not in page
    assert 'href="files/001-_.._etc_' in page
    told = json.loads(book.read("ticket.json"))
    assert (told["form"], told["ticket"]["number"], told["notes"]) == ("yingnuo-ticket/1", ticket.number, False)
    assert "ticket.opened" in {e["code"] for e in told["history"]}
    assert "message.noted" not in {e["code"] for e in told["history"]}
    assert "He is cross." not in json.dumps(told)
    assert Event.objects.get(code="ticket.exported").params == {"form": "zip", "notes": 0, "files": 1}


def test_notes_are_in_the_file_where_they_are_asked_for(house: House, alice: Client) -> None:
    book = _unpacked(alice, _ticket(house), "?notes=1")
    assert "He is cross." in book.read("conversation.html").decode()
    told = json.loads(book.read("ticket.json"))
    assert [m["text"] for m in told["messages"] if not m["public"]] == ["He is cross."]


def test_a_file_that_is_gone_is_named_and_stops_nothing(house: House, alice: Client) -> None:
    ticket = _ticket(house, files=(File("gone.txt", "text/plain", b"gone, and nobody knows why"),))
    default_storage.delete(Attachment.objects.get().path)
    book = _unpacked(alice, ticket)
    assert book.namelist() == ["conversation.html", "ticket.json"]
    assert "gone.txt" in book.read("ticket.json").decode()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b\\c:d.txt", "a_b_c_d.txt"), ("..", "file"), ("...png", "png"), ("\u202egpj.exe", "gpj.exe"),
        ("line\nbreak\0.pdf", "linebreak.pdf"), ("报告。docx", "报告。docx"), ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
    ],
)  # fmt: skip
def test_names_lead_nowhere(name: str, safe: str) -> None:
    assert bundling.safe_name(name) == safe
