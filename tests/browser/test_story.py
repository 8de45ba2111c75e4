"""The whole story, with a real browser, web server, worker process, SMTP server and SMS gateway.

A customer asks in Chinese; it is urgent, dispatched by keyword and region; the desk counts down; warnings go to three
people by mail and SMS; one acknowledges; the agent answers; the customer sees it and the promise kept. A second request
is left alone: its promise breaks and climbs the ladder. Targets are seconds here instead of minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests import factories
from tests.browser.town import CHROMIUM, Town, db, opened
from tests.factories import House
from tests.kit.serving import until
from yingnuo.alerts.models import Notice
from yingnuo.channels.models import Simulated
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.models import Promise
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import Ticket

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


@pytest.fixture
def town(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with opened(_house(), settings, monkeypatch) as found:
        yield found


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
