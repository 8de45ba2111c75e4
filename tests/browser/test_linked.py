"""Can tickets be linked, divided and answered together in a real browser, by keyboard?"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.test_accessibility import said_by_axe
from tests.browser.test_desk import chromium, house, page, pytestmark
from tests.factories import House
from yingnuo.journey import reply
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, TicketLink

__all__ = ["chromium", "house", "page", "pytestmark"]


def test_a_ticket_is_linked_by_words_and_the_link_undone(page: Page, house: House) -> None:
    one = factories.ticket(house, agent=house.alice)
    other = factories.ticket(house, subject="Pump leaks", agent=house.alice)
    page.goto(f"/tickets/{one.pk}/")
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("This ticket").select_option("caused_by")
    dialog.get_by_label("The other ticket").press_sequentially("pump")
    expect(dialog.get_by_role("radio")).to_be_checked()
    assert said_by_axe(page) == []
    dialog.get_by_role("button", name="Link them").click()
    links = page.locator(".desk-kin")
    expect(links).to_contain_text("Pump leaks")
    assert TicketLink.objects.filter(kind="caused_by", ticket=one, other=other).exists()
    assert said_by_axe(page) == []
    page.get_by_role("button", name=f"Take the link to YN-{other.pk} away").click()
    expect(links).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".desk-kin")).to_contain_text("Pump leaks")


def test_subtickets_are_made_and_answered_together(page: Page, house: House) -> None:
    parent = factories.ticket(house, agent=house.alice)
    page.goto(f"/tickets/{parent.pk}/")
    page.keyboard.press("h")
    page.get_by_role("dialog").get_by_label("Subject").fill("Second machine")
    page.get_by_role("dialog").get_by_role("button", name="Make it").click()
    expect(page.locator("#children")).to_contain_text("Second machine")
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To the customers").fill("It runs again.")
    dialog.get_by_role("button", name="Send to 1").click()
    expect(dialog.get_by_role("status")).to_contain_text("1 answered.")
    assert Message.objects.filter(text="It runs again.", public=True).count() == 1


def test_the_story_is_narrowed_by_keys_and_what_is_typed_stays(page: Page, house: House) -> None:
    ticket = factories.ticket(house, text="The drum howls.", agent=house.alice)
    reply.note(factories.actor(house.alice), ticket_id=ticket.pk, text="Ask the workshop.", now=instants.now())
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator("textarea[name=text]").fill("I was writing")
    page.locator(".desk-head h2").click()
    page.keyboard.press("v")
    page.keyboard.press("n")
    story = page.locator(".desk-talk")
    expect(story).not_to_contain_text("The drum howls.")
    expect(story).to_contain_text("Ask the workshop.")
    expect(page.locator("textarea[name=text]")).to_have_value("I was writing")
    assert "story=notes" in page.url
    assert said_by_axe(page) == []
