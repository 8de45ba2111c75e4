"""Can a lead give out what waits by the keyboard, and does the board follow by itself?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.browser.test_desk import CHROMIUM, chromium, house, serious
from tests.factories import House
from yingnuo.people.models import Staff
from yingnuo.routing.models import Suggestion
from yingnuo.tickets.models import Ticket

__all__ = ["chromium", "house"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]


@pytest.fixture
def board(chromium: Browser, live_server: LiveServer, house: House) -> Iterator[Page]:
    """The board of Bo, the lead: two tickets wait and Alice is there. Script errors fail the test."""
    for subject in ("It leaks", "It hums"):
        factories.ticket(house, subject=subject)
    Staff.objects.filter(pk=house.alice.pk).update(presence="online")
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/dispatch/")
    page.get_by_label("User name").fill("bo")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/dispatch/$"))
    yield page
    context.close()
    assert not faults


def test_one_key_accepts_a_suggestion_and_a_drag_gives_to_another(board: Page, house: House) -> None:
    assert serious(board) == []
    board.keyboard.press("a")
    expect(board.locator(".dp-ticket")).to_have_count(1)
    board.locator(".dp-ticket").drag_to(board.locator(f'[data-person="{house.mia.pk}"]').first)
    expect(board.locator(".dp-ticket")).to_have_count(0)
    expect(board.get_by_text("Everything has somebody")).to_be_visible()
    assert set(Ticket.objects.values_list("agent", flat=True)) == {house.alice.pk, house.mia.pk}
    kept = Suggestion.objects.order_by("id").values_list("suggested", "taken")
    assert list(kept) == [(house.alice.pk, house.alice.pk), (house.alice.pk, house.mia.pk)]
