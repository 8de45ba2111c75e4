"""How does a member of staff let his browsers tell him, and who decides that they may?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.alerts import push, sealing
from yingnuo.alerts.models import PushBrowser, PushRule
from yingnuo.alerts.push import PushFacts
from yingnuo.desk.push import named
from yingnuo.kit import instants

DECISION = {"active": "on", "ground": "below_threshold", "basis": "Fewer than ten people, nothing sensitive."}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
WORDS = {
    "endpoint": "https://push.example/a", "p256dh": sealing.public_of(sealing.new_private()),
    "auth": sealing.encoded(b"made-up-16-bytes"),
}  # fmt: skip


@pytest.fixture
def on(house: House) -> None:
    facts = PushFacts(True, "below_threshold", DECISION["basis"])
    push.set_rule(factories.actor(house.root), facts=facts, now=instants.now())


def test_the_administrator_turns_it_on_with_a_ground(root: Client) -> None:
    assert root.post("/settings/notices/push", {"active": "on"}).status_code == 422
    assert not PushRule.objects.filter(active=True).exists()
    assert root.post("/settings/notices/push", DECISION).status_code == 302
    assert "Fewer than ten" in root.get("/settings/notices/push").content.decode()


def test_others_may_not(alice: Client, bo: Client) -> None:
    for who in (alice, bo):
        assert who.post("/settings/notices/push", DECISION).status_code == 403
    assert not PushRule.objects.exists()


def test_off_the_page_says_so_and_no_script_is_loaded(alice: Client) -> None:
    page = alice.get("/notices/mine").content.decode()
    assert "Your company has not turned this on." in page
    assert "push.js" not in page


@pytest.mark.usefixtures("on")
def test_a_browser_is_added_listed_and_removed(alice: Client, house: House) -> None:
    assert alice.post("/notices/browsers", WORDS, headers={"User-Agent": FIREFOX}).status_code == 201
    row = PushBrowser.objects.get(staff=house.alice)
    page = alice.get("/notices/mine").content.decode()
    assert "Firefox · Windows" in page
    assert "push.example" not in page.replace(row.endpoint[-24:], "")
    assert alice.post(f"/notices/browsers/{row.pk}/remove").status_code == 302
    assert not PushBrowser.objects.exists()


@pytest.mark.usefixtures("on")
def test_nobody_removes_or_sees_that_of_another(alice: Client, bo: Client) -> None:
    alice.post("/notices/browsers", WORDS, headers={"User-Agent": FIREFOX})
    row = PushBrowser.objects.get()
    assert bo.post(f"/notices/browsers/{row.pk}/remove").status_code == 404
    assert "Firefox" not in bo.get("/notices/mine").content.decode()
    assert PushBrowser.objects.exists()


@pytest.mark.usefixtures("on")
def test_the_test_says_what_is_wrong(alice: Client) -> None:
    page = alice.post("/notices/browsers/test", follow=True).content.decode()
    assert "It takes no messages any more." in page


def test_the_worker_may_open_every_page(client: Client) -> None:
    answer = client.get("/push-worker.js")
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"showNotification" in answer.content


@pytest.mark.parametrize(("agent", "name"), [
    (FIREFOX, "Firefox · Windows"), ("", "Browser"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Safari/604", "Safari · iPhone"),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0", "Edge · Windows"),
])  # fmt: skip
def test_a_browser_has_the_name_that_its_owner_knows(agent: str, name: str) -> None:
    assert named(agent) == name
