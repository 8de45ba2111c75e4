"""Are files that may do harm told, and honest ones left in peace?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from yingnuo.channels.adapters.mail import headers
from yingnuo.channels.contract import File
from yingnuo.desk import risky
from yingnuo.tickets.models import Attachment


@pytest.mark.parametrize(
    ("name", "content_type", "kind"),
    [
        ("setup.exe", "application/octet-stream", "program"),
        ("账单.pdf.exe", "application/pdf", "disguised"),
        ("invoice.pdf     .scr", "application/octet-stream", "disguised"),
        ("photo.jpg.lnk", "", "disguised"),
        ("logo.svg", "image/svg+xml", "page"),
        ("bill.html", "text/html", "page"),
        ("bill", "text/html; charset=utf-8", "page"),
        ("table.xlsm", "application/vnd.ms-excel", "macro"),
        ("发票.pdf", "application/pdf", ""),
        ("v1.2.report.docx", "", ""),
        ("exe", "", ""),
        ("照片.jpg", "image/jpeg", ""),
    ],
)
def test_what_a_file_is(name: str, content_type: str, kind: str) -> None:
    assert risky.kind(name, content_type) == kind


def test_a_name_that_reads_backwards_shows_its_ending() -> None:
    assert risky.kind(headers.file_name("photo\u202egpj.exe", "x"), "image/jpeg") == "program"


@pytest.mark.django_db
def test_a_dangerous_file_is_marked_and_only_ever_saved(client: Client) -> None:
    house = factories.house()
    page = File("offer.html", "text/html", b"<script>alert(1)</script>")
    ticket = factories.ticket(house, agent=house.alice, files=(page, File("a.txt", "text/plain", b"x")))
    alice = factories.sign_in(client, house.alice)
    shown = alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert shown.count("Careful") == 1
    answer = alice.get(f"/attachments/{Attachment.objects.get(name='offer.html').pk}/?inline=1")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
