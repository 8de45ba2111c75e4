"""Can a day's work be done in a real browser: sign in, open, answer, pause, resolve, take up, choose many?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.factories import House
from yingnuo.journey import reply, sweep
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.tickets.models import Ticket

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def house(transactional_db: None) -> House:
    return factories.house()


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, settings: Settings, house: House) -> Iterator[Page]:
    """A page whose script errors and refused styles fail the test; Alice is signed in through the form."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto("/tickets/")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/tickets/$"))
    yield page
    context.close()
    assert not faults


@pytest.fixture
def ticket(house: House) -> Ticket:
    """Urgent, nine minutes old, Alice's: its first warning is due."""
    now = instants.now()
    made = factories.ticket(
        house, subject="Loud noise", urgency="urgent", agent=house.alice, at=now - timedelta(minutes=9)
    )
    sweep.run_once(now=now)
    return made


def toast(page: Page, text: str) -> None:
    expect(page.locator("#toasts")).to_contain_text(text)


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


def test_a_ticket_from_queue_to_resolved(page: Page, ticket: Ticket) -> None:
    page.goto("/tickets/")
    page.get_by_role("link", name="Loud noise").click()
    expect(page.locator(".desk-guide")).to_contain_text("Emergency measure")
    page.get_by_label("Text").fill("I am Alice. Please unplug it.")
    page.get_by_role("button", name="Send", exact=True).click()
    toast(page, "Sent.")
    expect(page.locator(".yn-talk")).to_contain_text("Please unplug it.")
    expect(page.get_by_label("Text")).to_have_value("")
    expect(page.locator(".desk-guide")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator("main").click(position={"x": 700, "y": 300})
    page.keyboard.press("w")
    page.get_by_label("Waiting for parts").check()
    page.locator("#dialog").get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator(".desk-head")).to_contain_text("Waiting for parts")
    page.get_by_role("button", name="Resume").click()
    toast(page, "The clocks run again.")
    page.get_by_role("button", name="Resolve", exact=True).click()
    toast(page, "Resolved.")
    expect(page.locator(".desk-head")).to_contain_text("Resolved")


def test_a_note_is_yellow_and_stays_inside(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("n")
    page.get_by_label("Text").fill("Ask Eve")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".yn-bubble-note")).to_contain_text("Ask Eve")


def test_a_colleagues_reply_is_shown_before_mine_goes_out(page: Page, ticket: Ticket, house: House) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.get_by_label("Text").fill("My answer")
    reply.answer(factories.actor(house.bo), ticket_id=ticket.pk, said=Said("Bo's answer"), now=instants.now())
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Bo answered at")
    expect(page.get_by_label("Text")).to_have_value("My answer")
    page.get_by_role("button", name="Send all the same").click()
    toast(page, "Sent.")


def test_taking_up_a_warning_silences_the_bell(page: Page, ticket: Ticket) -> None:
    page.goto("/tickets/")
    expect(page.locator(".yn-bell .yn-dot")).to_have_text("1")
    page.get_by_role("link", name="Notices").click()
    page.get_by_role("button", name="I take it up").click()
    toast(page, "You have taken it up.")
    expect(page.locator("#notices")).to_contain_text("taken up")
    expect(page.locator(".yn-bell .yn-dot")).to_have_count(0)


def test_keys_move_choose_and_take(page: Page, house: House) -> None:
    free = [factories.ticket(house, subject=f"Matter {n}") for n in range(3)]
    page.goto("/tickets/?scope=unassigned")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("2 chosen")
    page.keyboard.press("a")
    toast(page, "2 tickets done.")
    expect(page.locator(".desk-row")).to_have_count(1)
    page.goto("/tickets/")
    expect(page.locator(".desk-row")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{free[0].pk}/"))


def test_a_filter_narrows_without_a_reload_and_stays_in_the_address(page: Page, house: House) -> None:
    factories.ticket(house, subject="Fridge", kind="fault")
    factories.ticket(house, subject="Invoice")
    page.goto("/tickets/?scope=unassigned")
    page.get_by_text("Filters").click()
    page.locator("select[name=kind]").select_option("fault")
    expect(page.locator(".desk-row")).to_have_count(1)
    expect(page).to_have_url(re.compile("kind=fault"))


def test_a_promise_explains_itself_in_a_dialog(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator(".desk-promise").first.click()
    expect(page.locator("#dialog")).to_contain_text("15 min round the clock")
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()


def test_the_promise_is_previewed_while_the_form_is_filled(page: Page, house: House) -> None:
    page.goto("/tickets/new")
    page.get_by_label("Channel").select_option("mail")
    page.get_by_label("Somebody is in danger").check()
    expect(page.locator("#preview")).to_contain_text("rule urgent")
    page.get_by_label("Known customer").fill("che")
    page.get_by_role("link", name=re.compile("Chen")).click()
    page.get_by_label("What was said").fill("It smokes")
    page.get_by_role("button", name="Open the ticket").click()
    expect(page.locator(".desk-head")).to_contain_text("It smokes")


def test_presence_is_switched_in_place(page: Page, house: House) -> None:
    page.goto("/tickets/")
    page.get_by_label("Presence: Offline").click()
    page.get_by_role("button", name="Online").click()
    expect(page.get_by_label("Presence: Online")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_for_axe_and_no_sideways_scroll(page: Page, ticket: Ticket, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    paths = ["/tickets/", f"/tickets/{ticket.pk}/", "/tickets/new", "/notices/", "/customers/", "/search?q=noise"]
    for address in [*paths, f"/customers/{ticket.contact_id}/", f"/tickets/{ticket.pk}/dialog/facts"]:
        page.goto(address)
        assert serious(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
