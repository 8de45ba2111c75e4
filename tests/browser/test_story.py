"""The whole story, with a real browser, web server, worker process, SMTP server and SMS gateway.

A customer asks in Chinese; it is urgent, dispatched by keyword and region; the desk counts down; warnings go to three
people by mail and SMS; one acknowledges; the agent answers; the customer sees it and the promise kept. A second request
is left alone: its promise breaks and climbs the ladder. Targets are seconds here instead of minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

import pytest
from a2wsgi import WSGIMiddleware
from django.conf import settings as django_settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings

from tests import factories
from tests.factories import PASSWORD, House
from tests.kit.serving import serve, until
from yingnuo.alerts.models import Notice
from yingnuo.channels.models import Channel, ChannelKind, Simulated
from yingnuo.channels.sinks import MailSink
from yingnuo.conf import asgi
from yingnuo.kit import instants, live, revisions
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.models import Promise
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import Ticket

T = TypeVar("T")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
POLICY = {
    "code": "default",
    "agreement": "sla",
    "ladders": {
        "story": [
            {"step": "warn", "before": 30 * 60, "share": 0.8, "to": ["holder", "lead", "departments"],
             "by": ["in_app", "mail", "sms"], "ack": 600},
            {"step": "broken", "after": 0, "to": ["holder", "lead"], "by": ["in_app", "mail", "sms"]},
            {"step": "broken-up", "after": 2, "to": ["up_the_line"], "by": ["in_app", "mail", "sms"]},
        ]
    },
    "rules": [
        {"code": "urgent", "when": {"urgency": "urgent"},
         "promises": {"first_response": {"target": 60, "calendar": "always", "ladder": "story",
                                         "guide": "urgent_first_response"}}},
        {"code": "rest", "when": {},
         "promises": {"first_response": {"target": 5, "calendar": "always", "ladder": "story"}}},
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that runs."""

    house: House
    address: str
    browser: Browser

    def page(self, *, staff: str = "") -> Page:
        """A page of its own visitor, signed in by the sign-in page when `staff` is named."""
        context = self.browser.new_context(base_url=self.address, locale="zh-CN", timezone_id="Asia/Shanghai")
        page = context.new_page()
        if staff:
            page.goto("/login/")
            page.locator("[name=username]").fill(staff)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("form[action*='login'] button.btn-primary, main form button.btn-primary").first.click()
            expect(page).not_to_have_url(re.compile("login"))
        return page


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database_url() -> str:
    s = connection.settings_dict
    return f"postgresql://{s['USER']}:{s['PASSWORD']}@/{s['NAME']}?host={s['HOST']}&port={s['PORT'] or 5432}"


@pytest.fixture
def town(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    settings.DEBUG = True
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    house = _house()
    mail_port = _free_port()
    pages = WSGIMiddleware(StaticFilesHandler(get_wsgi_application()), workers=4)
    with ExitStack() as stack:
        address = stack.enter_context(serve(asgi.bridge(pages, live.sse, max_body=10**7)))
        Channel.objects.create(
            code="sms", name="SMS", kind=ChannelKind.SMS, settings={"url": f"{address}/api/v1/sim/sms"}
        )
        sink = MailSink(mail_port)
        sink.start()
        stack.callback(sink.stop)
        stack.enter_context(Worker(mail_port, address))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield Town(house, address, browser)
        browser.close()


def _house() -> House:
    house = factories.house()
    for n, who in enumerate((house.alice, house.bo, house.mia, house.eve)):
        Staff.objects.filter(pk=who.pk).update(phone=f"+861390000000{n}", language="zh-hans", presence="online")
    Rule.objects.create(
        position=0, name="冒烟", keywords=["冒烟"], when={"region": "shanghai"}, team=house.technicians,
        set_urgency="urgent", set_kind="fault",
    )  # fmt: skip
    versions.save_policy(SYSTEM, code="default", name="Story", spec=POLICY, now=instants.now())
    revisions.bump()
    return house


class Worker:
    """A real work process on the test's database, stopped at the end."""

    def __init__(self, mail_port: int, address: str) -> None:
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("YINGNUO_")},
            "DJANGO_SETTINGS_MODULE": "yingnuo.conf.settings",
            "DATABASE_URL": _database_url(),
            "YINGNUO_VAR": os.environ["YINGNUO_VAR"],
            "YINGNUO_SECRET_KEY": django_settings.SECRET_KEY,
            "YINGNUO_MAIL_HOST": "127.0.0.1",
            "YINGNUO_MAIL_PORT": str(mail_port),
            "YINGNUO_MAIL_SECURITY": "none",
            "YINGNUO_MAIL_FROM": "desk@yingnuo.example",
            "YINGNUO_BASE_URL": address,
        }

    def __enter__(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen([sys.executable, "-m", "yingnuo", "work"], env=self._environment)
        return self._process

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        assert self._process.wait(30) == 0


def db(read: Callable[[], T]) -> T:
    """Reads in a thread: under playwright's event loop this one would get a second connection that nobody closes."""

    def closing() -> T:
        try:
            return read()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result()


def _ask(page: Page, *, text: str, danger: bool) -> None:
    page.goto("/portal/ask/")
    if danger:
        page.locator("[value=danger]").check()
    page.locator("[name=text]").fill(text)
    page.locator("[name=subject]").fill(text[:12])
    page.locator("[name=region]").select_option("shanghai")
    page.locator("[name=name]").fill("陈晨")
    page.locator("[name=email]").fill("chen@harbour.example")
    page.wait_for_timeout(2_200)
    page.locator("#ask .btn-primary").click()
    expect(page).to_have_url(re.compile("/portal/p/"))


def _told(step: str, way: str) -> set[str]:
    rows = Notice.objects.filter(step=step, way=way, state="sent")
    return db(lambda: set(rows.values_list("staff__username", flat=True)))


def _mails(to: str, words: str) -> bool:
    rows = Simulated.objects.filter(way="mail", to=to)
    return db(lambda: rows.filter(text__contains=words).exists() or rows.filter(subject__contains=words).exists())


def test_a_promise_is_given_warned_about_acknowledged_and_kept(town: Town) -> None:
    customer = town.page()
    _ask(customer, text="洗衣机冒烟了，有烧焦味，家里有小孩。", danger=True)
    expect(customer.locator("yn-countdown").first).to_be_visible()
    ticket = db(lambda: Ticket.objects.select_related("team", "agent").get())
    assert (ticket.urgency, ticket.team, ticket.agent) == ("urgent", town.house.technicians, town.house.eve)

    desk = town.page(staff="eve")
    desk.goto("/tickets/")
    expect(desk.locator(f"a[href*='/tickets/{ticket.pk}/']").first).to_be_visible()
    before = desk.locator("yn-countdown").first.inner_text()
    desk.wait_for_timeout(2_000)
    assert desk.locator("yn-countdown").first.inner_text() != before

    people = {"eve", "bo", "mia"}  # agent, lead, head of the department concerned by faults
    until(lambda: _told("warn", "mail") == people and _told("warn", "sms") == people, 40)
    numbers = db(lambda: set(Simulated.objects.filter(way="sms").values_list("to", flat=True)))
    assert numbers == {"+8613900000001", "+8613900000002", "+8613900000003"}
    assert _mails("bo@yingnuo.example", "即将到期")

    lead = town.page(staff="bo")
    lead.goto("/notices/")
    lead.locator("form[action*='/ack'] button").first.click()
    expect(lead.locator("form[action*='/ack']")).to_have_count(0)
    assert not db(lambda: Notice.objects.filter(step="warn", acked_at=None).exists())

    desk.goto(f"/tickets/{ticket.pk}/")
    expect(desk.locator(".desk-guide")).to_be_visible()
    desk.locator("textarea[name=text]").fill("您好，请马上拔掉电源并远离机器，我今天下午上门检查。")
    desk.locator("button.btn-primary[name=then]").first.click()
    expect(desk.locator(".yn-talk")).to_contain_text("请马上拔掉电源")

    expect(customer.locator(".yn-talk")).to_contain_text("请马上拔掉电源", timeout=15_000)
    expect(customer.locator(".pt-promises")).to_contain_text("已兑现")
    assert db(lambda: Promise.objects.get(ticket=ticket, milestone="first_response")).standing == "kept"
    until(lambda: _mails("chen@harbour.example", "请马上拔掉电源"), 20)
    assert not db(lambda: Notice.objects.filter(step="broken").exists())


def test_a_promise_that_nobody_keeps_breaks_and_climbs_the_ladder(town: Town) -> None:
    customer = town.page()
    _ask(customer, text="冰箱门关不严。", danger=False)
    until(lambda: _told("broken-up", "sms") == {"mia"}, 40)
    assert "bo" in _told("broken", "mail")
    promise = db(lambda: Promise.objects.get(milestone="first_response"))
    assert promise.standing == "broken"
    assert promise.broken_at == promise.due_at
    customer.reload()
    expect(customer.locator("main")).to_contain_text("我们没有兑现这项承诺")
    lead = town.page(staff="bo")
    lead.goto("/tickets/?state=overdue")
    expect(lead.locator(f"a[href*='/tickets/{promise.ticket_id}/']").first).to_be_visible()
