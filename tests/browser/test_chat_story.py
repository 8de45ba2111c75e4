"""The chat from end to end: a page of another origin under a strict policy, two browsers, a worker, an SMTP server.

A visitor of a shop writes; she sees her place; Alice takes the chat, both see each other write and read; a file goes
over; Alice hands it to the technician Eve with a note; Eve answers and solves it; the whole is mailed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django import Settings

from tests import factories
from tests.browser.shop import Shop, shop
from tests.browser.town import CHROMIUM, Town, db, opened
from tests.kit.serving import until
from yingnuo.channels.models import Channel, ChannelKind, Delivery, Simulated
from yingnuo.chat.models import Chat
from yingnuo.kit import revisions
from yingnuo.people.models import Staff
from yingnuo.tickets.models import Message, Ticket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


@pytest.fixture
def town(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Town, Shop]]:
    house = factories.house()
    Staff.objects.filter(pk__in=[house.alice.pk, house.eve.pk]).update(presence="online", language="zh-hans")
    revisions.bump()
    with ExitStack() as stack:
        found = stack.enter_context(opened(house, settings, monkeypatch))
        there = stack.enter_context(shop(found.address))
        Channel.objects.create(
            code="shop", name="晴川商城", kind=ChannelKind.CHAT,
            settings={"origins": [there.address], "team": "front", "greeting": {"zh-hans": "您好，有什么可以帮您？"}},
        )  # fmt: skip
        revisions.bump()
        yield found, there
        until(_worker_is_up, 60)  # stopped before it has started it would not stop in order


def _worker_is_up() -> bool:
    def count() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_workers")
            return bool(cursor.fetchone()[0])

    return db(count)


def _opened(town: Town, there: Shop) -> Page:
    """The shop's page, the chat opened; whatever its policy refuses or a script throws is kept."""
    page = town.browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
    page.on("console", lambda said: there.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: there.complaints.append(str(error)))
    page.goto(there.address)
    page.get_by_role("button", name="打开对话").click()
    return page


def _write(box: Locator, text: str) -> None:
    box.fill(text)
    box.press("Enter")


def test_from_the_shop_to_the_technician(town: tuple[Town, Shop]) -> None:
    here, there = town
    visitor = _opened(here, there)
    panel = visitor.get_by_role("dialog", name="在线咨询")
    log, text = panel.get_by_role("log"), panel.get_by_role("textbox", name="输入消息")
    expect(log).to_contain_text("您好，有什么可以帮您？")
    panel.get_by_role("textbox", name="您的称呼").fill("陈晨")
    _write(text, "洗衣机显示E3，门打不开。")
    expect(panel).to_contain_text("您是下一位")
    expect(panel).to_contain_text("我们承诺在")

    alice = here.page(staff="alice")
    alice.goto("/chats/")
    pane = alice.locator(".chat-pane")
    expect(pane).to_contain_text("门打不开")
    pane.get_by_role("button", name="接入对话").click()
    expect(panel).to_contain_text("Alice")
    box = pane.get_by_role("textbox")
    box.press_sequentially("您好")
    expect(panel).to_contain_text("Alice 正在输入")
    _write(box, "您好，请先断电十分钟再开机。")
    expect(log).to_contain_text("请先断电十分钟")
    expect(pane).to_contain_text("已读")
    assert db(lambda: set(Delivery.objects.values_list("state", flat=True))) == {"read"}

    text.press_sequentially("好")
    expect(pane.locator(".chat-typing")).to_contain_text("正在输入")
    _write(text, "好的，试过了还是一样。")
    expect(pane).to_contain_text("还是一样")
    expect(log).to_contain_text("已读")
    panel.locator("input[type=file]").set_input_files({"name": "屏幕.png", "mimeType": "image/png", "buffer": PNG})
    expect(pane).to_contain_text("屏幕.png")

    eve = here.page(staff="eve")
    eve.goto("/chats/")
    pane.get_by_role("link", name="转交").click()
    dialog = alice.locator("#dialog")
    dialog.locator("select").select_option(label="Technicians：有空的人")
    dialog.locator("textarea").fill("E3 复位无效，门锁可能坏了，请远程判断。")
    dialog.get_by_role("button", name="转交").click()
    expect(alice.locator(".chat-pane")).to_have_count(0)
    theirs = eve.locator(".chat-pane")
    expect(theirs.locator(".chat-note")).to_contain_text("门锁可能坏了")
    expect(panel).to_contain_text("正在为您转接技术支持")
    theirs.get_by_role("button", name="接入对话").click()
    _write(theirs.get_by_role("textbox"), "您好，我是技术支持，请按住左键五秒解锁。")
    expect(log).to_contain_text("请按住左键五秒解锁")
    expect(log).not_to_contain_text("门锁可能坏了")

    theirs.get_by_text("结束", exact=True).click()
    theirs.get_by_role("button", name="结束并解决").click()
    expect(panel).to_contain_text("对话已结束")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    visitor.route("**/rate", hold)
    panel.get_by_role("button", name="5 分（满分 5 分）").click()
    panel.get_by_role("button", name="把对话发到我的邮箱").click()
    panel.get_by_role("textbox", name="邮箱地址").fill("chen@harbour.example")
    with visitor.expect_response("**/rate"):
        held[0].continue_()  # the rating is answered while she types: her address stays
    visitor.wait_for_timeout(300)
    expect(panel.get_by_role("textbox", name="邮箱地址")).to_have_value("chen@harbour.example")
    panel.locator(".sheet button[type=submit]").click()
    until(lambda: db(Simulated.objects.filter(way="mail", text__contains="按住左键五秒").exists), 90)
    mail = db(Simulated.objects.filter(way="mail", text__contains="按住左键五秒").get)
    assert mail.to == "chen@harbour.example"
    assert "门锁可能坏了" not in mail.text
    chat = db(lambda: Chat.objects.select_related("ticket__agent", "ticket__team").get())
    assert (chat.stage, chat.score, chat.ticket.status) == ("ended", 5, "resolved")
    assert (chat.ticket.agent, chat.ticket.team) == (here.house.eve, here.house.technicians)
    assert there.complaints == []


def test_what_was_written_without_a_connection_arrives_once(town: tuple[Town, Shop]) -> None:
    here, there = town
    visitor = _opened(here, there)
    panel = visitor.get_by_role("dialog", name="在线咨询")
    text = panel.get_by_role("textbox", name="输入消息")
    _write(text, "第一句")
    expect(panel).to_contain_text("您是下一位")
    visitor.context.set_offline(True)
    _write(text, "第二句")
    expect(panel).to_contain_text("网络已断开")
    visitor.context.set_offline(False)
    until(lambda: db(Message.objects.filter(text="第二句").exists), 30)
    visitor.reload()
    visitor.wait_for_timeout(1_500)
    texts = db(lambda: list(Message.objects.order_by("pk").values_list("text", flat=True)))
    assert texts == ["第一句", "第二句"]
    assert db(Ticket.objects.count) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_widget_is_accessible(town: tuple[Town, Shop], scheme: str) -> None:
    here, there = town
    visitor = _opened(here, there)
    visitor.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    panel = visitor.get_by_role("dialog", name="在线咨询")
    _write(panel.get_by_role("textbox", name="输入消息"), "你好")
    expect(panel).to_contain_text("您是下一位")
    visitor.wait_for_timeout(300)
    found = Axe().run(visitor, context="yingnuo-chat")
    assert [v["id"] for v in found.response["violations"]] == []
    visitor.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(visitor.get_by_role("button", name="打开对话")).to_be_focused()
