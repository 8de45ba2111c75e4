"""Do the composer's parts and the pages about writing answer, for whom they should?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket
from yingnuo.writing import presence
from yingnuo.writing.models import Draft, Habit, KeptFile, Outgoing, SavedReply

HTMX = {"HX-Request": "true", "HX-Target": "div#ticket"}
OWN = {"shortcut": "hi", "title": "Hello", "text": "Dear {{ customer }}, your {{ product }}"}


@pytest.fixture
def ticket(house: House) -> Ticket:
    return factories.ticket(house, agent=house.alice, product_line="washer")


def test_a_draft_is_saved_and_shown_again(alice: Client, ticket: Ticket) -> None:
    said = {"text": "Half a sen", "side": "note", "version": "0"}
    told = alice.post(f"/writing/tickets/{ticket.pk}/draft", said).json()
    assert told["version"]
    page = alice.get(f"/tickets/{ticket.pk}/").content.decode()
    assert 'data-draft="Half a sen"' in page
    assert f'data-version="{told["version"]}"' in page
    crossed = alice.post(f"/writing/tickets/{ticket.pk}/draft", said | {"text": "Other", "version": "5"}).json()
    assert (crossed["crossed"], crossed["text"]) == (True, "Half a sen")


def test_the_draft_of_another_is_not_shown(alice: Client, bo: Client, ticket: Ticket) -> None:
    alice.post(f"/writing/tickets/{ticket.pk}/draft", {"text": "Mine alone"})
    assert b"Mine alone" not in bo.get(f"/tickets/{ticket.pk}/").content


def test_the_queue_marks_where_one_has_begun_to_write(alice: Client, bo: Client, ticket: Ticket) -> None:
    alice.post(f"/writing/tickets/{ticket.pk}/draft", {"text": "Begun"})
    assert b"desk-draft" in alice.get("/tickets/?scope=all").content
    assert b"desk-draft" not in bo.get("/tickets/?scope=all").content


def test_sending_ends_the_draft(alice: Client, ticket: Ticket) -> None:
    alice.post(f"/writing/tickets/{ticket.pk}/draft", {"text": "Begun"})
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "Begun and done"})
    assert not Draft.objects.exists()


def test_a_file_is_taken_in_and_goes_with_a_note(alice: Client, ticket: Ticket) -> None:
    files = f"/writing/tickets/{ticket.pk}/files"
    assert b"a.png" in alice.post(files, {"files": SimpleUploadedFile("a.png", b"no picture")}).content
    assert KeptFile.objects.get().content_type == "application/octet-stream"
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "note", "text": ""})
    assert Message.objects.latest("pk").attachments.get().name == "a.png"


@pytest.mark.parametrize("file", [None, SimpleUploadedFile("a.txt", b"")])
def test_no_file_and_an_empty_one_are_refused(alice: Client, ticket: Ticket, file: SimpleUploadedFile | None) -> None:
    assert alice.post(f"/writing/tickets/{ticket.pk}/files", {"files": file} if file else {}).status_code == 422
    assert not KeptFile.objects.exists()


def test_strangers_reach_no_part_of_the_composer(dee: Client, ticket: Ticket) -> None:
    for part in ("draft", "files", "preview", "here"):
        answer = dee.post(f"/writing/tickets/{ticket.pk}/{part}", {"text": "x", "files": SimpleUploadedFile("a", b"x")})
        assert answer.status_code == 404
    for part in ("picks", "colleagues"):
        assert dee.get(f"/writing/tickets/{ticket.pk}/{part}").status_code == 404
    assert not Draft.objects.exists()


def test_ones_own_replies_are_picked_filled_in_and_nobody_elses(alice: Client, bo: Client, ticket: Ticket) -> None:
    assert alice.post("/writing/replies/new", OWN).status_code == 302
    row = SavedReply.objects.get()
    shown = alice.get(f"/writing/tickets/{ticket.pk}/picks").content.decode()
    assert "Dear Chen, your Washing machines" in shown
    assert b"Dear Chen" not in bo.get(f"/writing/tickets/{ticket.pk}/picks").content
    assert bo.get(f"/writing/replies/{row.pk}/").status_code == 404
    assert bo.post(f"/writing/replies/{row.pk}/delete").status_code == 404
    alice.post(f"/writing/replies/{row.pk}/", OWN | {"title": "Changed"})
    assert "Changed" in alice.get("/writing/").content.decode()
    alice.post(f"/writing/replies/{row.pk}/delete")
    assert not SavedReply.objects.exists()


def test_colleagues_are_those_who_see_the_ticket(alice: Client, ticket: Ticket) -> None:
    shown = alice.get(f"/writing/tickets/{ticket.pk}/colleagues").content.decode()
    assert "@Bo " in shown
    assert "lead" in shown
    assert "@Dee" not in shown
    assert "@Alice" not in shown


def test_the_preview_shows_marks_and_names(alice: Client, ticket: Ticket) -> None:
    said = {"text": "**Now** @bo", "side": "note"}
    shown = alice.post(f"/writing/tickets/{ticket.pk}/preview", said).content.decode()
    assert "<strong>Now</strong> @Bo" in shown


def test_a_reply_is_held_undone_and_stands_in_the_field_again(alice: Client, ticket: Ticket, house: House) -> None:
    Habit.objects.filter(staff=house.alice).update(hold=10)
    answer = alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "Oops"}, headers=HTMX)
    row = Outgoing.objects.get()
    assert f"undo-{row.pk}" in answer.headers["HX-Trigger"]
    back = alice.post(f"/writing/waiting/{row.pk}/back", headers=HTMX)
    assert 'data-draft="Oops"' in back.content.decode()
    assert not Outgoing.objects.exists()


def test_a_scheduled_reply_is_listed_moved_and_dropped(alice: Client, bo: Client, ticket: Ticket) -> None:
    said = {"side": "reply", "text": "Good morning", "leave": "tomorrow", "unless_written": "1"}
    alice.post(f"/tickets/{ticket.pk}/say", said)
    row = Outgoing.objects.get()
    assert (row.scheduled, row.unless_written) == (True, True)
    assert b"Good morning" in bo.get(f"/tickets/{ticket.pk}/").content
    assert b"Good morning" in alice.get("/writing/").content
    assert bo.post(f"/writing/waiting/{row.pk}/drop").status_code == 404
    soon = (instants.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    assert alice.post(f"/writing/waiting/{row.pk}/move", {"leave_at": soon}).status_code == 302
    assert alice.post(f"/writing/waiting/{row.pk}/move", {"leave_at": "yesterday"}).status_code == 422
    alice.post(f"/writing/waiting/{row.pk}/drop")
    assert not Outgoing.objects.exists()


@pytest.mark.parametrize("odd", [{"leave": "never"}, {"leave": "at"}, {"leave": "at", "leave_at": "2020-01-01T00:00"}])
def test_odd_moments_are_refused(alice: Client, ticket: Ticket, odd: dict[str, str]) -> None:
    answer = alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "x"} | odd)
    assert answer.status_code == 422
    assert not Outgoing.objects.exists()


def test_what_is_chosen_from_the_list_becomes_the_button(alice: Client, ticket: Ticket, house: House) -> None:
    alice.post(f"/tickets/{ticket.pk}/say", {"side": "reply", "text": "Parts?", "choose": "wait"})
    assert Habit.objects.get(staff=house.alice).then == "wait"
    assert b'value="wait" data-send' in alice.get(f"/tickets/{ticket.pk}/").content


def test_the_hold_is_chosen_from_the_list(alice: Client, house: House) -> None:
    assert alice.post("/writing/", {"hold": "30"}).status_code == 302
    assert alice.post("/writing/", {"hold": "7"}).status_code == 422
    assert Habit.objects.get(staff=house.alice).hold == 30


def test_others_at_a_ticket_are_shown_and_gone_again(alice: Client, bo: Client, ticket: Ticket, house: House) -> None:
    here = f"/writing/tickets/{ticket.pk}/here"
    bo.post(here)
    assert b"Bo is reading this" in alice.post(here).content
    bo.post(here, {"typing": "1"})
    assert b"Bo is writing here" in alice.post(here).content
    later = instants.now() + timedelta(seconds=30)
    assert presence.others(factories.actor(house.alice), ticket=ticket.pk, now=later) == []
    bo.post(here, {"gone": "1"})
    assert b"Bo" not in alice.post(here).content
