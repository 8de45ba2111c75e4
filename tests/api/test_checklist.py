"""Can a program tick the steps of an operating rule, and is it held to them?"""

from __future__ import annotations

from tests.api.conftest import Program, program
from yingnuo.checklists import services
from yingnuo.checklists.models import Tick
from yingnuo.checklists.services import Facts
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM


def test_a_step_is_ticked_and_the_tick_taken_back(chen: Program) -> None:
    facts = Facts("Fault", strictness="refuse", steps="* 核对 | Check")
    row = services.save(SYSTEM, pk=None, facts=facts, now=instants.now())
    path = f"/tickets/{chen.opened()['id']}"
    assert chen.post(f"{path}/resolve", None).json()["code"] == "steps_open"
    body = {"checklist": row.pk, "key": 1}
    assert program("ticket.view").post(f"{path}/checklist", body).status_code == 403
    assert not Tick.objects.exists()
    assert chen.post(f"{path}/checklist", body).json()["steps"][0]["at"] is not None
    assert chen.post(f"{path}/checklist", body | {"done": False}).json()["steps"][0]["at"] is None
    assert chen.post(f"{path}/checklist", body | {"key": 7}).json()["code"] == "checklist_changed"


def test_a_ticket_without_a_rule_has_no_steps(chen: Program) -> None:
    response = chen.get(f"/tickets/{chen.opened()['id']}/checklist")
    assert (response.status_code, response.json()["code"]) == (404, "no_checklist")
