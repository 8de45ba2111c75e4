"""Is what somebody types lost with the network, the server, the session or the tab?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.browser.test_desk import chromium, house, page, pytestmark, ticket
from tests.factories import House
from yingnuo.alerts import push
from yingnuo.alerts.push import PushFacts
from yingnuo.kit import instants
from yingnuo.tickets.models import Message, Ticket
from yingnuo.writing.models import SavedReply

__all__ = ["chromium", "house", "page", "pytestmark", "ticket"]
WORDS = "Two lines that took\na while to write."


@pytest.fixture
def root_page(chromium: Browser, live_server: LiveServer, house: House) -> Iterator[Page]:
    """The administrator's machine."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    sign_in(page, "root")
    page.wait_for_url("**/dashboard/")
    yield page
    context.close()


@pytest.fixture
def reply(house: House) -> SavedReply:
    return SavedReply.objects.create(shortcut="hours", title="Hours", text="From nine.")


def sign_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def write(page: Page, reply: SavedReply) -> None:
    page.goto(f"/settings/replies/{reply.pk}/")
    page.get_by_label("Text", exact=True).fill(WORDS)
    page.wait_for_timeout(600)


def test_a_form_comes_back_after_a_reload_and_can_be_dropped(root_page: Page, reply: SavedReply) -> None:
    write(root_page, reply)
    root_page.reload()
    expect(root_page.get_by_label("Text", exact=True)).to_have_value(WORDS)
    expect(root_page.locator(".yn-kept")).to_contain_text("What you typed was kept here.")
    root_page.get_by_role("button", name="Drop it").click()
    expect(root_page.get_by_label("Text", exact=True)).to_have_value("From nine.")
    root_page.reload()
    expect(root_page.locator(".yn-kept")).to_have_count(0)


def test_what_the_server_took_does_not_come_back(root_page: Page, reply: SavedReply) -> None:
    write(root_page, reply)
    root_page.get_by_role("button", name="Save").click()
    root_page.wait_for_url("**/settings/replies/")
    SavedReply.objects.filter(pk=reply.pk).update(text="From ten.")
    root_page.goto(f"/settings/replies/{reply.pk}/")
    expect(root_page.get_by_label("Text", exact=True)).to_have_value("From ten.")
    expect(root_page.locator(".yn-kept")).to_have_count(0)


def test_a_server_that_is_killed_takes_no_text_with_it(root_page: Page, reply: SavedReply) -> None:
    write(root_page, reply)
    here = root_page.url
    root_page.route(re.compile(r"/settings/replies/\d+/$"), lambda route: route.abort("connectionrefused"))
    root_page.get_by_role("button", name="Save").click()
    root_page.wait_for_timeout(500)
    root_page.unroute(re.compile(r"/settings/replies/\d+/$"))
    root_page.goto(here)
    expect(root_page.get_by_label("Text", exact=True)).to_have_value(WORDS)
    assert SavedReply.objects.get().text == "From nine."


def test_what_comes_back_over_anothers_change_is_asked(root_page: Page, reply: SavedReply) -> None:
    write(root_page, reply)
    SavedReply.objects.filter(pk=reply.pk).update(text="From ten.")
    root_page.reload()
    expect(root_page.get_by_label("Text", exact=True)).to_have_value(WORDS)
    root_page.get_by_role("button", name="Save").click()
    expect(root_page.get_by_role("group", name="Text")).to_contain_text("From ten.")
    assert SavedReply.objects.get().text == "From ten."


def test_without_a_network_a_form_waits_and_is_sent_when_it_is_back(root_page: Page, reply: SavedReply) -> None:
    write(root_page, reply)
    root_page.context.set_offline(True)
    root_page.get_by_role("button", name="Save").click()
    expect(root_page.locator("#yn-connection")).to_contain_text("What you have typed stays here")
    expect(root_page.get_by_label("Text", exact=True)).to_have_value(WORDS)
    root_page.context.set_offline(False)
    root_page.get_by_role("button", name="Send again").click()
    root_page.wait_for_url("**/settings/replies/")
    assert SavedReply.objects.get().text.splitlines() == WORDS.splitlines()


def test_a_reply_over_the_end_of_the_session_is_sent_after_signing_in(page: Page, ticket: Ticket) -> None:
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator(".desk-composer textarea").fill(WORDS)
    page.context.clear_cookies(name="yn_session")
    page.locator(".desk-composer .desk-split > .btn, .desk-composer button.btn-primary").first.click()
    bar = page.locator("#yn-signed-out")
    expect(bar).to_contain_text("You have been signed out.")
    expect(page.locator(".desk-composer textarea")).to_have_value(WORDS)
    assert not Message.objects.filter(text__contains="took").exists()
    with page.context.expect_page() as opened:
        bar.get_by_role("link").click()
    sign_in(opened.value, "alice")
    opened.value.wait_for_url("**/tickets/**")
    opened.value.close()
    page.evaluate("dispatchEvent(new Event('focus'))")
    bar.get_by_role("button", name="Send again").click()
    expect(page.locator("#ticket")).to_contain_text("took")


def test_nobody_else_on_the_machine_sees_or_sends_it(root_page: Page, reply: SavedReply) -> None:
    write(root_page, reply)
    root_page.context.clear_cookies(name="yn_session")
    sign_in(root_page, "mia")
    root_page.wait_for_url("**/dashboard/")
    root_page.goto(f"/settings/replies/{reply.pk}/")
    expect(root_page.get_by_label("Text", exact=True)).to_have_value("From nine.")


def test_signing_out_leaves_nothing_behind(root_page: Page, reply: SavedReply) -> None:
    write(root_page, reply)
    root_page.locator("form[action='/logout/']").evaluate("(form) => form.requestSubmit()")
    root_page.wait_for_url("**/login/")
    assert root_page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('yn.draft')).length") == 0


def test_a_push_message_is_shown_by_the_worker(root_page: Page, house: House, live_server: LiveServer) -> None:
    facts = PushFacts(True, "below_threshold", "Fewer than ten people, nothing sensitive.")
    push.set_rule(factories.actor(house.root), facts=facts, now=instants.now())
    context = root_page.context
    context.grant_permissions(["notifications"], origin=live_server.url)
    root_page.goto("/notices/mine")
    expect(root_page.get_by_role("button", name="Tell me in this browser")).to_be_visible()
    session = context.new_cdp_session(root_page)
    found: list[str] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(
        one["registrationId"] for one in said["registrations"]
    ))  # fmt: skip
    session.send("ServiceWorker.enable")
    root_page.evaluate(
        "async () => { await navigator.serviceWorker.register('/push-worker.js', { scope: '/' });"
        " await navigator.serviceWorker.ready; }"
    )
    root_page.wait_for_timeout(500)
    data = '{"title": "YN-1042", "body": "A promise is about to run out", "path": "/tickets/42/", "tag": "ticket-42"}'
    session.send(
        "ServiceWorker.deliverPushMessage", {"origin": live_server.url, "registrationId": found[-1], "data": data}
    )
    root_page.wait_for_timeout(700)
    shown = root_page.evaluate(
        "async () => (await (await navigator.serviceWorker.ready).getNotifications())"
        ".map((one) => [one.title, one.body, one.tag, one.data.path])"
    )
    assert shown == [["YN-1042", "A promise is about to run out", "ticket-42", "/tickets/42/"]]
