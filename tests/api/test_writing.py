"""Can a program keep saved replies, and have a reply leave later for the person it acts for?"""

from __future__ import annotations

from datetime import timedelta

from tests.api.conftest import Program
from yingnuo.kit import instants
from yingnuo.writing.models import Outgoing, SavedReply

HOURS = {"shortcut": "hours", "title": "Hours", "text": "We are open from nine, {{ customer }}."}


def test_a_saved_reply_is_made_changed_and_deleted(chen: Program) -> None:
    made = chen.post("/saved-replies", HOURS).json()
    assert chen.get("/saved-replies").json()["items"] == [made]
    changed = chen.ask("PUT", f"/saved-replies/{made['id']}", HOURS | {"title": "When"})
    assert changed.json()["title"] == "When"
    assert chen.ask("DELETE", f"/saved-replies/{made['id']}").json() == {"deleted": made["id"]}
    assert not SavedReply.objects.exists()


def test_an_unknown_variable_and_team_are_refused(chen: Program) -> None:
    assert chen.post("/saved-replies", HOURS | {"text": "{{ secret }}"}).status_code == 422
    assert chen.post("/saved-replies", HOURS | {"team": "nobody"}).status_code == 422
    assert not SavedReply.objects.exists()


def test_a_program_that_acts_for_nobody_writes_nothing_for_later(chen: Program) -> None:
    ticket = chen.opened()["id"]
    at = (instants.now() + timedelta(hours=3)).isoformat()
    answer = chen.post(f"/tickets/{ticket}/later", {"text": "Later", "leaves_at": at})
    assert (answer.status_code, answer.json()["code"]) == (403, "acts_for_nobody")
    assert chen.get("/waiting-replies").json() == {"items": []}
    assert not Outgoing.objects.exists()
