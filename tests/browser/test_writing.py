"""Can one write well in a real browser: marks, saved replies, drafts, undo, another machine, who else is here?"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.browser.test_desk import chromium, house, page, pytestmark, serious, ticket, toast
from tests.factories import House
from yingnuo.journey import sending
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket
from yingnuo.writing.models import Draft, Habit, Outgoing, SavedReply

__all__ = ["chromium", "house", "page", "pytestmark", "ticket"]


@pytest.fixture
def bo_page(chromium: Browser, live_server: LiveServer, house: House) -> Iterator[Page]:
    """Bo's own machine."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}, locale="en-GB")
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("User name").fill("bo")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard/")
    yield page
    context.close()


def _picture(page: Page, name: str) -> None:
    """A picture for whoever asks for it by WRITING_PICTURES, a folder."""
    if folder := os.environ.get("WRITING_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_reply_by_keyboard_undone_and_sent(page: Page, ticket: Ticket, house: House) -> None:
    Habit.objects.filter(staff=house.alice).update(hold=30)
    SavedReply.objects.create(shortcut="hours", title="Hours", text="Dear {{ customer }}, from nine.")
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("i")
    field = page.get_by_label("Text", exact=True)
    page.keyboard.type("/hou")
    expect(page.locator("#picks")).to_contain_text("Hours")
    _picture(page, "picks")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Dear Chen, from nine.")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+b")
    expect(field).to_have_value("**Dear Chen, from nine.**")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("Dear Chen, from nine.")
    expect(page.locator("[data-draft-said]")).to_contain_text("Draft saved")
    page.locator(".desk-split summary").click()
    _picture(page, "menu")
    page.keyboard.press("Escape")
    field.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-waiting")).to_contain_text("Leaves in a moment")
    expect(field).to_have_value("")
    _picture(page, "held")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(field).to_have_value("**Dear Chen, from nine.**")
    assert not Outgoing.objects.exists()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-waiting")).to_be_visible()
    sending.look(now=Outgoing.objects.get().leaves_at)
    page.reload()
    expect(page.locator(".yn-bubble-us strong", has_text="Dear Chen")).to_be_visible()
    assert not Draft.objects.exists()


def test_a_note_names_a_colleague_and_takes_a_file(page: Page, ticket: Ticket, house: House) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("n")
    page.keyboard.type("请@b")
    expect(page.locator("#colleagues")).to_contain_text("Bo")
    page.keyboard.press("Enter")
    page.locator(".desk-attach input").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})
    expect(page.locator(".desk-kept")).to_contain_text("a.txt")
    _picture(page, "note")
    assert serious(page) == []
    page.keyboard.press("Control+Enter")
    toast(page, "Note saved.")
    expect(page.locator(".yn-bubble-note")).to_contain_text("@Bo")
    assert Message.objects.latest("pk").text == f"请@[{house.bo.pk}]"


def test_a_draft_stands_on_another_machine_and_others_are_seen(page: Page, bo_page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.get_by_label("Text", exact=True).fill("Half a sentence")
    expect(page.locator("[data-draft-said]")).to_contain_text("Draft saved")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Half a sentence")
    bo_page.goto(f"/tickets/{ticket.pk}/")
    expect(bo_page.locator(".desk-head")).to_contain_text("Alice is reading this")
    _picture(bo_page, "bo")
    draft = Draft.objects.get()
    Draft.objects.update(text="Written elsewhere", version=draft.version + 1, saved_at=instants.now())
    page.get_by_label("Text", exact=True).fill("Half a sentence more")
    expect(page.locator("[data-draft-crossed]")).to_contain_text("Written elsewhere")
    page.get_by_role("button", name="Keep both").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Written elsewhere\n\nHalf a sentence more")
    expect(page.locator("[data-draft-crossed]")).to_be_hidden()


def test_what_could_not_be_sent_stays_and_is_tried_again(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.get_by_label("Text", exact=True).fill("Through the tunnel")
    page.route("**/say", lambda route: route.abort())
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-unsent]")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Through the tunnel")
    page.unroute("**/say")
    page.get_by_role("button", name="Try again").click()
    toast(page, "Sent.")
    expect(page.locator(".yn-talk")).to_contain_text("Through the tunnel")
