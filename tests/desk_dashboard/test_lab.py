"""Who may open the promise lab, and does it keep what was tried and nothing else?"""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tests import factories
from tests.factories import MONDAY, House
from tests.scorecards.situations import NOON, five
from yingnuo.planning import carrying
from yingnuo.planning.models import LabRun
from yingnuo.planning.ready import READY
from yingnuo.promises.models import Promise

pytestmark = pytest.mark.django_db
FORM = {
    "span": "30",
    "name-a": "<i>strict</i>",
    "milestone-a": "first_response",
    "urgency-a": "urgent",
    "minutes-a": "7",
}


@pytest.fixture
def house() -> House:
    house = factories.house(now=MONDAY)
    five(house)
    return house


@pytest.fixture
def lead(house: House, client: Client) -> Client:
    return factories.sign_in(client, house.bo)


def _tried(lead: Client, **more: str) -> LabRun:
    with time_machine.travel(NOON, tick=False):
        answer = lead.post("/dashboard/lab/new/", FORM | more)
    row = LabRun.objects.get()
    assert answer.headers["Location"] == f"/dashboard/lab/{row.pk}/"
    carrying.carry_out(row.pk, now=NOON)
    return row


@pytest.mark.parametrize("address", ["/dashboard/lab/", "/dashboard/lab/new/"])
def test_a_lead_may_open_it_an_agent_may_not_a_stranger_signs_in(house: House, address: str) -> None:
    assert factories.sign_in(Client(), house.bo).get(address).status_code == 200
    assert factories.sign_in(Client(), house.alice).get(address).status_code == 403
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("address", ["new/", "ready/urgent10", "1/share", "1/delete"])
def test_an_agent_may_change_nothing(house: House, address: str) -> None:
    assert factories.sign_in(Client(), house.alice).post(f"/dashboard/lab/{address}", FORM).status_code == 403
    assert not LabRun.objects.exists()


def test_what_was_tried_is_shown_side_by_side_and_promises_stay(lead: Client) -> None:
    before = list(Promise.objects.order_by("pk").values())
    row = _tried(lead)
    page = lead.get(f"/dashboard/lab/{row.pk}/").content.decode()
    assert "&lt;i&gt;strict&lt;/i&gt;" in page
    assert "<i>strict" not in page
    assert "style=" not in page.partition("<main")[2]
    assert "1 lost" in page
    assert list(Promise.objects.order_by("pk").values()) == before


def test_a_run_that_is_not_finished_says_so_and_asks_again(lead: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        lead.post("/dashboard/lab/new/", FORM)
    row = LabRun.objects.get()
    assert 'hx-trigger="every 2s"' in lead.get(f"/dashboard/lab/{row.pk}/").content.decode()
    part = lead.get(f"/dashboard/lab/{row.pk}/", headers={"HX-Request": "true"})
    assert part.content.decode().startswith("<div")
    carrying.carry_out(row.pk, now=NOON)
    assert lead.get(f"/dashboard/lab/{row.pk}/", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("wrong", [
    {"minutes-a": "x"}, {"minutes-a": "nan"}, {"minutes-a": "-3"}, {"minutes-a": ""}, {"wanted": "100"},
    {"since": "2026-13-01"}, {"since": "2030-01-01"}, {"hourly": "-1"}, {"minutes-a": "1e300"},
])  # fmt: skip
def test_a_wrong_form_is_shown_again_and_nothing_is_stored(lead: Client, wrong: dict[str, str]) -> None:
    answer = lead.post("/dashboard/lab/new/", FORM | wrong)
    assert answer.status_code == 422
    assert "alert-danger" in answer.content.decode()
    assert not LabRun.objects.exists()


@pytest.mark.parametrize("code", sorted(READY))
def test_each_ready_question_gets_an_answer(lead: Client, code: str) -> None:
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        assert lead.post(f"/dashboard/lab/ready/{code}").status_code == 302
    row = LabRun.objects.get()
    carrying.carry_out(row.pk, now=NOON)
    row.refresh_from_db()
    assert row.state == "done"
    assert str(READY[code].title) in lead.get("/dashboard/lab/").content.decode()


def test_an_unknown_question_or_run_is_not_found(lead: Client) -> None:
    assert lead.post("/dashboard/lab/ready/luck").status_code == 404
    assert lead.get("/dashboard/lab/9/").status_code == 404


def test_it_leaves_as_page_and_table(lead: Client) -> None:
    row = _tried(lead)
    page, table = (lead.get(f"/dashboard/lab/{row.pk}/export.{form}") for form in ("html", "csv"))
    assert "<script" not in page.content.decode()
    assert table.content.decode().startswith("\ufeffstandard,dimension")
    assert lead.get(f"/dashboard/lab/{row.pk}/export.exe").status_code == 404


def test_shared_it_is_read_by_others_and_deleted_it_is_gone(house: House, lead: Client) -> None:
    row, other = _tried(lead), factories.sign_in(Client(), house.root)
    assert other.get(f"/dashboard/lab/{row.pk}/").status_code == 404
    lead.post(f"/dashboard/lab/{row.pk}/share", {"shared": "yes"})
    assert other.get(f"/dashboard/lab/{row.pk}/").status_code == 200
    assert other.post(f"/dashboard/lab/{row.pk}/delete").status_code == 404
    assert LabRun.objects.exists()
    lead.post(f"/dashboard/lab/{row.pk}/delete")
    assert not LabRun.objects.exists()
