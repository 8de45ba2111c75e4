"""Can a program read and give the reason of a breach, ask for an excuse, and read where the time went?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests import factories
from tests.api.conftest import Program
from tests.factories import House
from tests.promises import holdings
from yingnuo.journey import breaches, sweep
from yingnuo.kit import instants
from yingnuo.ledger.models import Event
from yingnuo.people import services as people
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.breach_models import Breach
from yingnuo.promises.models import Promise
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
SCOPES = ("ticket.view", "breach.reason", "breach.list")


@pytest.fixture
def house() -> House:
    return factories.house()


@pytest.fixture
def promise(house: House) -> Promise:
    """A first response that was broken an hour and three quarters ago."""
    opened = instants.now() - timedelta(hours=2)
    ticket = factories.ticket(house, urgency="urgent", agent=house.alice, at=opened)
    sweep.run_once(now=instants.now())
    return Promise.objects.get(ticket=ticket, milestone="first_response")


def _program(*scopes: str) -> Program:
    _token, bearer = people.issue_token(SYSTEM, name="robot", scopes=scopes or SCOPES, now=instants.now())
    return Program(bearer)


def _kept() -> list[Any]:
    return [list(Breach.objects.values()), Event.objects.count()]


def test_a_breach_about_which_nothing_was_said_has_an_empty_file(promise: Promise) -> None:
    body = _program().get(f"/promises/{promise.pk}/breach").json()
    assert (body["reason"], body["excuse"], body["version"], body["evidence"]) == ("", "none", 0, [])
    assert not Breach.objects.exists()


def test_reasons_are_listed_in_the_asked_language(house: House) -> None:
    bearer = _program().bearer
    items = Program(bearer, "zh-hans").get("/breach-reasons").json()["items"]
    assert items[0] == {"code": "no_staff", "word": "无人可接手", "needs_words": False}
    assert items[-1]["needs_words"] is True


def test_reason_evidence_and_excuse(house: House, promise: Promise) -> None:
    program, message = _program(), Message.objects.get(ticket=promise.ticket_id, author="customer")
    said = {"reason": "supplier", "words": "Late part.", "messages": [message.pk], "version": 0}
    body = program.post(f"/promises/{promise.pk}/breach/reason", said).json()
    assert (body["reason"], body["reason_word"], body["words"]) == ("supplier", "Waited for a supplier", "Late part.")
    assert body["evidence"] == [{"message": message.pk, "event": None, "file": None}]
    assert (body["reason_by"], body["version"]) == (None, 1)
    asked = program.post(f"/promises/{promise.pk}/breach/excuse", {"words": "Strike.", "version": 1}).json()
    assert (asked["excuse"], asked["excuse_words"], asked["version"]) == ("asked", "Strike.", 2)
    breaches.decide(
        factories.actor(house.mia), ticket_id=promise.ticket_id, promise_id=promise.pk, verdict="granted",
        now=instants.now(),
    )  # fmt: skip
    read = program.get(f"/promises/{promise.pk}/breach").json()
    assert (read["excuse"], read["decided_by"]["username"]) == ("granted", "mia")


@pytest.mark.parametrize(("path", "body", "status", "code"), [
    ("reason", {"reason": "luck"}, 422, "invalid"), ("reason", {"reason": "other"}, 422, "invalid"),
    ("reason", {"reason": "supplier", "version": 7}, 409, "breach_changed"),
    ("reason", {"reason": "supplier", "messages": [999_999]}, 422, "invalid"),
    ("reason", {"reason": "supplier", "colour": "red"}, 422, None), ("reason", {}, 422, None),
    ("excuse", {"words": "Strike."}, 409, "reason_first"), ("excuse", {"words": ""}, 422, None),
])  # fmt: skip
def test_what_is_refused_changes_nothing(
    promise: Promise, path: str, body: dict[str, object], status: int, code: str | None
) -> None:
    program, before = _program(), _kept()
    response = program.post(f"/promises/{promise.pk}/breach/{path}", body)
    assert response.status_code == status, response.content
    assert code in (None, response.json()["code"])
    assert [list(Breach.objects.values()), Event.objects.count()] == before


def test_a_token_without_the_scope_is_refused_and_nothing_changes(promise: Promise) -> None:
    reader, before = _program("ticket.view"), _kept()
    assert reader.post(f"/promises/{promise.pk}/breach/reason", {"reason": "supplier"}).status_code == 403
    asker = _program("ticket.view", "breach.reason")  # it holds nothing and leads nobody
    assert asker.post(f"/promises/{promise.pk}/breach/excuse", {"words": "x"}).status_code == 403
    assert _kept()[0] == before[0]


def test_what_is_not_broken_or_not_there_is_not_found(promise: Promise) -> None:
    program = _program()
    running = Promise.objects.get(ticket=promise.ticket_id, milestone="resolution")
    for pk in (running.pk, 999_999):
        assert program.get(f"/promises/{pk}/breach").status_code == 404
    assert program.post(f"/promises/{running.pk}/breach/reason", {"reason": "supplier"}).status_code == 409
    assert program.get("/promises/999999/links").status_code == 404


def test_where_the_time_went(house: House, promise: Promise) -> None:
    ticket = Ticket.objects.get(pk=promise.ticket_id)
    holdings.give(ticket, house.front, target=timedelta(minutes=10), since=promise.started_at)
    body = _program().get(f"/promises/{promise.pk}/links").json()
    assert body["culprit"] == {
        "team": {"code": "front", "name": "Front line", "tier": 1}, "kind": "internal", "agreement": "ola",
        "used_seconds": 900, "budget_seconds": 600, "spent_seconds": 900, "over_seconds": 300,
        "agents": [{"agent": {"id": house.alice.pk, "username": "alice", "name": "Alice"}, "used_seconds": 900}],
    }  # fmt: skip
    assert sum(link["used_seconds"] for link in body["links"]) == body["used_seconds"]
    assert [s["agent"]["username"] for s in body["stretches"]] == ["alice"]
    running = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert _program().get(f"/promises/{running.pk}/links").json()["culprit"] is None
