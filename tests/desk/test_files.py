"""Do files and original forms reach only those in sight, and never as a program?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.channels.contract import File
from yingnuo.tickets.models import Attachment, Message


def _file(house: House, name: str = "a.png", content_type: str = "image/png", inline_id: str = "") -> Attachment:
    ticket = factories.ticket(
        house, files=(File(name, content_type, b"\x89PNG data", inline_id),), html='<p>Hi <img src="cid:pic1"></p>'
    )
    return Attachment.objects.get(message__ticket=ticket)


def test_a_picture_is_shown_in_place_and_saved_otherwise(house: House, alice: Client) -> None:
    f = _file(house)
    shown = alice.get(f"/attachments/{f.pk}/?inline=1")
    assert (shown["Content-Type"], shown["Content-Disposition"]) == ("image/png", 'inline; filename="a.png"')
    saved = alice.get(f"/attachments/{f.pk}/")
    assert saved["Content-Disposition"] == 'attachment; filename="a.png"'
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert b"".join(saved) == b"\x89PNG data"  # type: ignore[arg-type]  # a synchronous stream


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf", "application/xhtml+xml"])
def test_what_could_run_is_only_ever_saved(house: House, alice: Client, content_type: str) -> None:
    f = _file(house, "x.html", content_type)
    answer = alice.get(f"/attachments/{f.pk}/?inline=1")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_stranger_gets_neither_file_nor_original(house: House, dee: Client, client: Client) -> None:
    f = _file(house)
    for address in (f"/attachments/{f.pk}/", f"/messages/{f.message_id}/original", f"/messages/{f.message_id}/show"):
        assert dee.get(address).status_code == 404
        assert client.get(address).status_code == 302
    assert dee.get("/attachments/999999/").status_code == 404


def test_the_original_is_sealed_off_and_shows_its_own_pictures(house: House, alice: Client) -> None:
    f = _file(house, inline_id="pic1")
    answer = alice.get(f"/messages/{f.message_id}/original")
    assert f'src="/attachments/{f.pk}/?inline=1"'.encode() in answer.content
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "allow-scripts" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_without_an_original_there_is_nothing(house: House, alice: Client) -> None:
    ticket = factories.ticket(house)
    message = Message.objects.filter(ticket=ticket).earliest("pk")
    assert alice.get(f"/messages/{message.pk}/original").status_code == 404
