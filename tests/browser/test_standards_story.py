"""The story of a standard, with a real browser, web server and worker process.

A lead drafts a stricter standard; lint and dry run tell what it would do; a second person approves; the open promise
moves as foretold; it breaks, and the page names the team that used the time beyond what it had promised the others; the
proof is taken out as a file; `yingnuo verify` holds, and does not any more after one row is altered by SQL.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests import factories
from tests.browser.town import CHROMIUM, Town, db, environment, opened
from tests.factories import House
from tests.kit.serving import until
from yingnuo.kit import instants, revisions
from yingnuo.ledger.models import Event, Seal
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.promises.models import PolicyVersion, Promise
from yingnuo.promises.runs import Recompute
from yingnuo.tickets.models import Ticket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="service chromium not installed"),
]
LADDER = [
    {"step": "warn", "before": "25%", "to": ["holder", "lead"], "by": ["in_app"]},
    {"step": "broken", "after": 0, "to": ["holder", "lead"], "by": ["in_app"]},
]
CUSTOMERS = {
    "code": "default",
    "ladders": {"usual": LADDER},
    "rules": [
        {"code": "faults", "title": "Faults", "when": {"kind": "fault"},
         "promises": {"resolution": {"target": "20h", "calendar": "always", "ladder": "usual"}}},
        {"code": "rest", "title": "Everything else",
         "promises": {"resolution": {"target": "40h", "calendar": "always", "ladder": "usual"}}},
    ],
}  # fmt: skip
INSIDE = {
    "code": "inside",
    "agreement": "ola",
    "rules": [{"code": "all", "promises": {"holding": {"target": "30m", "calendar": "always"}}}],
}
USED = timedelta(hours=1)  # by the front line, twice what it had promised the others


@pytest.fixture
def town(settings: Settings, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with opened(_house(), settings, monkeypatch) as found:
        yield found


def _house() -> House:
    house, now = factories.house(), instants.now()
    Staff.objects.update(language="zh-hans", time_zone="Asia/Shanghai")
    for code, name, spec in (("default", "Customers", CUSTOMERS), ("inside", "Between teams", INSIDE)):
        versions.save_policy(SYSTEM, code=code, name=name, spec=spec, now=now)
    revisions.bump()
    return house


def _promise(ticket: Ticket) -> Promise:
    return db(lambda: Promise.objects.get(ticket=ticket, milestone="resolution"))


def _verify(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "yingnuo", "verify", *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def _drafted(lead: Page, target: str) -> None:
    lead.goto("/settings/policies/default/")
    lead.locator("#rule-faults td a").first.click()
    dialog = lead.locator("dialog#dialog")
    dialog.locator("[name=target]").fill(target)
    dialog.locator("footer .btn-primary").click()
    expect(lead.locator(".st-draft")).to_contain_text(target)


def test_a_stricter_standard_from_its_draft_to_the_proof_of_a_breach(town: Town, tmp_path: Path) -> None:
    house = town.house
    opened_at = instants.now() - USED
    ticket = db(lambda: factories.ticket(house, kind="fault", agent=house.alice, at=opened_at))
    assert _promise(ticket).due_at == opened_at.replace(microsecond=0) + timedelta(hours=20)

    # Bo, the lead, drafts and proposes; lint and dry run say what comes of it
    lead = town.page(staff="bo")
    _drafted(lead, "1h1m")
    expect(lead.locator(".st-findings").first).to_be_visible()
    lead.goto("/settings/recompute/policy/default/")
    expect(lead.locator("main")).to_contain_text(f"YN-{ticket.pk}")
    lead.goto("/settings/policies/default/propose")
    expect(lead.locator("main")).to_contain_text("18 小时 59 分")  # sooner than before
    lead.locator("[name=justification]").fill("客户等得太久，故障要在一小时内解决。")
    lead.locator("[name=moves][value=follow]").check()
    lead.locator("main form .btn-primary").click()
    version = db(lambda: PolicyVersion.objects.get(state="proposed"))
    assert lead.locator("button[value=approve]").count() == 0  # nobody approves his own

    # Mia, the manager, approves; the worker moves what is open, as foretold
    manager = town.page(staff="mia")
    manager.goto(f"/settings/policies/default/{version.number}/")
    expect(manager.locator("main")).to_contain_text(f"YN-{ticket.pk}")
    manager.locator("button[value=approve]").click()
    foretold = opened_at.replace(microsecond=0) + timedelta(hours=1, minutes=1)
    until(lambda: _promise(ticket).due_at == foretold, 40)
    until(lambda: db(Recompute.objects.get).state == "done", 20)

    # it breaks; the page names the link
    until(lambda: _promise(ticket).standing == "broken", 90)
    assert _promise(ticket).broken_at == foretold
    page = f"/tickets/{ticket.pk}/promises/{_promise(ticket).pk}"
    lead.goto(page)
    named = lead.locator(".desk-link-named")
    expect(named).to_contain_text("Front line")
    expect(named).to_contain_text("OLA")
    expect(lead.locator(".desk-over-budget").first).to_be_visible()

    # the proof leaves the house as a file, and everything holds
    newest = db(lambda: Event.objects.filter(subject=f"promise:{_promise(ticket).pk}").latest("id").pk)
    sealed = Seal.objects.filter(table="ledger_event", last_id__gte=newest)
    until(lambda: db(sealed.exists), 40)
    with lead.expect_download() as waiting:
        lead.locator("a[download]").click()
    file = tmp_path / "proof.json"
    waiting.value.save_as(file)
    assert json.loads(file.read_text(encoding="utf-8"))["promise"]["standing"] == "broken"
    lead.goto(f"{page}/proof")
    expect(lead.locator("main, body").first).to_contain_text(f"YN-{ticket.pk}")
    for arguments in ((), (str(file),), (str(file), "--offline")):
        status, said = _verify(*arguments)
        assert status == 0, said

    # a breach is made to look like another one's; the chain tells
    db(lambda: _altered(newest))
    status, said = _verify("--quick")
    assert status == 1, said
    assert "BAD   chain: " in said
    assert _verify(str(file))[0] == 1


def _altered(event: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_event SET params = jsonb_set(params, '{holder}', '99') WHERE id = %s", [event])
