"""A day at the telephone, with a real exchange's protocol over a socket, a real worker, and a browser.

Chen calls: before Alice has picked up she sees who it is. He calls again and nobody answers: he stands in the list with
the moment by which he is called back. Alice clicks, her telephone rings, Chen answers: the promise is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests import factories
from tests.browser.town import CHROMIUM, Town, db, opened
from tests.channels.ami_server import SECRET, AmiServer
from tests.kit.serving import until
from yingnuo.channels import accounts
from yingnuo.channels.models import Channel
from yingnuo.kit import revisions
from yingnuo.people.models import Staff
from yingnuo.promises.models import Promise
from yingnuo.telephony.models import AgentLine, Call, CallbackTask, QueueLine
from yingnuo.tickets.models import Message

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]


@pytest.fixture
def pbx() -> Iterator[AmiServer]:
    with AmiServer() as found:
        yield found


@pytest.fixture
def town(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch, pbx: AmiServer) -> Iterator[Town]:
    house = factories.house()
    Staff.objects.update(language="zh-hans", time_zone="Asia/Shanghai")
    channel = Channel.objects.create(
        code="hotline", name="热线", kind="asterisk", settings=pbx.settings, secret=accounts.sealed({"secret": SECRET})
    )
    AgentLine.objects.create(channel=channel, extension="8001", staff=house.alice)
    QueueLine.objects.create(channel=channel, queue="service", name="售后热线", team=house.front)
    revisions.bump()
    with ExitStack() as stack:
        yield stack.enter_context(opened(house, settings, monkeypatch))


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PHONE_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_a_screen_pop_a_missed_call_and_the_call_back_that_keeps_the_promise(town: Town, pbx: AmiServer) -> None:
    alice = town.page(staff="alice")
    alice.goto("/tickets/")
    until(lambda: pbx.listeners() == 1, 30)

    first = pbx.comes("13800002210", queue="service")
    pbx.rings(first, "8001")
    card = alice.locator(".calls-card")
    expect(card).to_contain_text("Chen", timeout=15_000)
    expect(card).to_contain_text("Harbour Laundry")
    expect(card).to_contain_text("+86138****2210")
    _picture(alice, "ringing")
    pbx.connects(first, "8001")
    expect(card).to_have_attribute("data-state", "talking", timeout=15_000)
    expect(card.locator("a.btn-primary")).to_be_visible()
    _picture(alice, "talking")
    before = card.locator("yn-elapsed").inner_text()
    alice.wait_for_timeout(2_100)
    assert card.locator("yn-elapsed").inner_text() != before
    pbx.hangs_up(first)
    expect(card.locator("textarea")).to_be_visible(timeout=15_000)
    card.locator("textarea").fill("客户说滚筒有异响，约周三上门。")
    _picture(alice, "wrap-up")
    card.locator("button.btn-primary").click()
    expect(alice.locator(".calls-card")).to_have_count(0, timeout=15_000)
    note = db(lambda: Message.objects.select_related("ticket__agent").get(public=False))
    assert (note.text, note.ticket.agent) == ("客户说滚筒有异响，约周三上门。", town.house.alice)

    alice.goto("/calls/")
    second = pbx.comes("13911112222", queue="service")
    alice.wait_for_timeout(1_500)
    pbx.hangs_up(second)
    owed = alice.locator("[data-task]")
    expect(owed).to_contain_text("+86139****2222", timeout=20_000)
    expect(owed.locator("yn-countdown")).to_be_visible()
    _picture(alice, "callbacks")
    promise = db(lambda: Promise.objects.get(milestone="callback"))
    assert promise.standing == "running"

    owed.locator("form[action$='/calls/dial'] button").click()
    until(lambda: bool(pbx.originated), 10)
    expect(alice.locator("[data-task]")).to_have_count(0, timeout=20_000)
    task = db(lambda: CallbackTask.objects.select_related("done_by").get())
    assert (task.result, task.done_by) == ("reached", town.house.alice)
    assert db(lambda: Promise.objects.get(pk=promise.pk)).standing == "kept"
    pbx.ends_placed(pbx.originated[0]["ChannelId"])
    until(lambda: db(lambda: Call.objects.filter(direction="out", state="ended").exists()), 15)
    alice.goto(f"/tickets/{promise.ticket_id}/")
    expect(alice.locator(".desk-talk")).to_contain_text("回电")
    _picture(alice, "ticket")
