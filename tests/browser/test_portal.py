"""Does the portal work for a person with a browser: ask in Chinese, read the promise, add words, urge, be told live?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.factories import House
from tests.portal.conftest import page_of
from yingnuo.journey import reply
from yingnuo.journey.reply import Said
from yingnuo.kit import instants
from yingnuo.tickets.models import Attachment, Ticket

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
def page(chromium: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """A customer's page whose script errors and refused styles fail the test."""
    settings.DEBUG = True
    context = chromium.new_context(base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert not faults


def test_ask_in_chinese_then_add_words_and_urge(page: Page, house: House, tmp_path: Path) -> None:
    photo = tmp_path / "屏幕 E3.jpg"
    photo.write_bytes(b"picture")
    page.goto("/portal/ask/")
    page.locator("[name=text]").fill("脱水时异响，显示 E3。")
    page.locator("[name=subject]").fill("洗衣机显示 E3")
    page.locator("[name=name]").fill("陈晨")
    page.locator("[name=phone]").fill("138 0000 2210")
    page.locator("[name=uploads][multiple]").set_input_files(photo)
    expect(page.locator("[data-upload] li")).to_contain_text("屏幕 E3.jpg")
    page.wait_for_timeout(2_100)
    page.locator("#ask .btn-primary").click()
    expect(page).to_have_url(re.compile("/portal/p/"))
    expect(page.locator("h1")).to_have_text("洗衣机显示 E3")
    expect(page.locator("yn-countdown")).to_be_visible()
    assert Attachment.objects.get().name == "屏幕 E3.jpg"

    page.locator("#words [name=text]").fill("补充：机器是去年买的。")
    page.wait_for_timeout(2_100)
    page.locator("#words .btn-primary").click()
    expect(page.locator(".yn-talk")).to_contain_text("补充：机器是去年买的。")

    page.locator("form[action$='/urge/'] button").click()
    expect(page.locator(".yn-toast")).to_be_visible()
    assert Ticket.objects.get().urged == 1
    assert page.locator("form[action$='/urge/']").count() == 0


def test_the_preview_follows_the_ticks(page: Page, house: House) -> None:
    page.goto("/portal/ask/")
    with page.expect_response(re.compile("/ask/preview/")) as asked:
        page.locator("[value=danger]").check()
    assert "impact=danger" in asked.value.url
    assert "name=" not in asked.value.url
    expect(page.locator("#preview")).to_contain_text(re.compile("15"))


def test_an_answer_appears_while_the_customer_writes(page: Page, house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    page.goto(page_of(ticket))
    page.locator("#words [name=text]").fill("half a sentence")
    said = Said("We send somebody today.")
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=instants.now())
    page.evaluate("topic => document.body.dispatchEvent(new CustomEvent(topic))", f"yn:ticket:{ticket.pk}")
    expect(page.locator(".yn-talk")).to_contain_text("We send somebody today.")
    expect(page.locator("#words [name=text]")).to_have_value("half a sentence")


def test_the_page_admits_a_breach_at_its_moment(page: Page, house: House) -> None:
    quarter = timedelta(minutes=15)  # what is promised to an urgent request
    ticket = factories.ticket(house, urgency="urgent", at=instants.now() - quarter + timedelta(seconds=4))
    page.goto(page_of(ticket))
    expect(page.locator(".pt-first-running")).to_be_visible()
    expect(page.locator(".pt-first-overdue")).to_be_visible(timeout=9_000)


def test_too_many_files_are_told_before_sending(page: Page, house: House, tmp_path: Path) -> None:
    chosen = [tmp_path / f"{n}.txt" for n in range(11)]
    for file in chosen:
        file.write_text("x")
    page.goto("/portal/ask/")
    page.locator("[name=uploads][multiple]").set_input_files(chosen)
    page.locator("#ask .btn-primary").click()
    expect(page).to_have_url(re.compile("/portal/ask/$"))
    assert "pt-drop-wrong" in (page.locator("[data-upload]").get_attribute("class") or "")
    assert Ticket.objects.count() == 0


def test_a_telephone_takes_photos(chromium: Browser, live_server: LiveServer, house: House, tmp_path: Path) -> None:
    ticket = factories.ticket(house)
    taken, kept = tmp_path / "taken.jpg", tmp_path / "kept.jpg"
    for photo in (taken, kept):
        photo.write_bytes(b"picture")
    context = chromium.new_context(base_url=live_server.url, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(page_of(ticket))
    expect(page.locator(".pt-camera")).to_be_visible()
    page.locator("[capture]").set_input_files(taken)
    page.locator("[name=uploads][multiple]").set_input_files(kept)
    expect(page.locator("[data-upload] li")).to_have_count(2)
    page.wait_for_timeout(2_100)
    page.locator("#words .btn-primary").click()
    expect(page.locator(".pt-files a")).to_have_count(2)
    assert set(Attachment.objects.values_list("name", flat=True)) == {"taken.jpg", "kept.jpg"}
    context.close()


def test_everything_can_be_read_without_scripts(chromium: Browser, live_server: LiveServer, house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(page_of(ticket))
    expect(page.locator("h1")).to_have_text(ticket.subject)
    expect(page.locator("yn-countdown")).to_have_text(re.compile(r"\d\d:\d\d"))
    page.locator("form[action$='/urge/'] button").click()
    expect(page.locator(".yn-toast")).to_be_visible()
    assert Ticket.objects.get().urged == 1
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_serious_for_axe_and_no_sideways_scroll(page: Page, house: House, theme: str, width: int) -> None:
    ticket = factories.ticket(house, agent=house.alice, subject="W" * 120)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    for address in ("/portal/", "/portal/ask/", "/portal/find/", "/portal/p/x/", page_of(ticket)):
        page.goto(address)
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
        found = page.evaluate("axe.run()")["violations"]
        bad = [(v["id"], [n["target"] for n in v["nodes"]]) for v in found if v["impact"] in {"serious", "critical"}]
        assert bad == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
