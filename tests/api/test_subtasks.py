"""Can a program ask another team, and do what that team does?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.conftest import Program, program
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Department, Team
from yingnuo.subtasks.models import Task


@pytest.fixture
def task(chen: Program) -> int:
    """A task for the technicians."""
    Team.objects.create(
        code="technicians", name="Technicians", department=Department.objects.create(code="d", name="D")
    )
    pk = chen.opened()["id"]
    revisions.bump()
    wanted = (instants.now() + timedelta(days=4)).isoformat()
    body = {"team": "technicians", "subject": "Drawing", "text": "Which bearing?", "wanted": wanted}
    response = chen.post(f"/tickets/{pk}/tasks", body)
    assert response.status_code == 201
    return int(response.json()["id"])


def test_a_task_is_asked_asked_back_answered_and_done(chen: Program, task: int) -> None:
    for deed, state in (("question", "question"), ("answer", "asked"), ("done", "done")):
        assert chen.post(f"/tasks/{task}/{deed}", {"text": "6204"}).json()["state"] == state
    told = chen.get(f"/tasks/{task}").json()
    assert (told["standing"], [w["kind"] for w in told["words"]]) == ("kept", ["asked", "question", "answer", "done"])


def test_tasks_are_listed(chen: Program, task: int) -> None:
    ticket = chen.get(f"/tasks/{task}").json()["ticket"]
    for path in ("/tasks", f"/tickets/{ticket}/tasks"):
        assert [t["id"] for t in chen.get(path).json()["items"]] == [task]
    assert chen.get("/tasks?state=ended").json()["items"] == []


def test_only_a_person_takes_it(chen: Program, task: int) -> None:
    response = chen.post(f"/tasks/{task}/accept", None)
    assert (response.status_code, response.json()["code"]) == (403, "acts_for_nobody")
    assert Task.objects.get().staff_id is None


def test_reading_is_not_doing(chen: Program, task: int) -> None:
    reader = program("ticket.view")
    for deed in ("question", "answer", "done", "refuse", "withdraw"):
        assert reader.post(f"/tasks/{task}/{deed}", {"text": "x"}).status_code == 403
    assert Task.objects.get().state == "asked"
