"""Can a program ask for approval, and does only a person decide?"""

from __future__ import annotations

import pytest

from tests.api.conftest import Program
from yingnuo.approvals import templates
from yingnuo.approvals.models import Seat
from yingnuo.approvals.rulebook import Step
from yingnuo.approvals.templates import TemplateFacts
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Department, Staff, Team
from yingnuo.people.roles import SYSTEM


@pytest.fixture
def approval(chen: Program) -> int:
    """A refund that waits for Bo."""
    team = Team.objects.create(code="front", name="Front", department=Department.objects.create(code="d", name="D"))
    Staff.objects.create(username="bo", name="Bo", team=team, role="lead")
    revisions.bump()
    facts = TemplateFacts("refund", "退款", (Step(people=("bo",)),), 14_400, asks_amount=True, guard="resolve")
    templates.save(SYSTEM, pk=None, facts=facts, now=instants.now())
    ticket = chen.opened()["id"]
    body = {"template": "refund", "text": "Twice broken.", "amount": "80.00"}
    response = chen.post(f"/tickets/{ticket}/approvals", body)
    assert response.status_code == 201, response.content
    return int(response.json()["id"])


def test_it_is_read_listed_and_withdrawn(chen: Program, approval: int) -> None:
    told = chen.get(f"/approvals/{approval}").json()
    assert (told["state"], told["seats"][0]["agent"]["username"]) == ("asked", "bo")
    for path in ("/approvals", f"/tickets/{told['ticket']}/approvals"):
        assert [a["id"] for a in chen.get(path).json()["items"]] == [approval]
    assert chen.post(f"/approvals/{approval}/withdraw", {"text": ""}).json()["state"] == "withdrawn"


def test_a_program_for_nobody_decides_nothing(chen: Program, approval: int) -> None:
    for deed in ("approve", "decline"):
        response = chen.post(f"/approvals/{approval}/{deed}", {"step": 0, "text": "x"})
        assert (response.status_code, response.json()["code"]) == (403, "acts_for_nobody")
    assert Seat.objects.get().approves is None


def test_what_is_guarded_is_refused(chen: Program, approval: int) -> None:
    ticket = chen.get(f"/approvals/{approval}").json()["ticket"]
    response = chen.post(f"/tickets/{ticket}/resolve", None)
    assert (response.status_code, response.json()["code"]) == (409, "approval_waits")
