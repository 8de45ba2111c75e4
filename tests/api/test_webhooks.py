"""Can a program set webhooks up, watch and repeat them, and only one that may?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import conftest
from tests.api.conftest import Program
from tests.webhooks.conftest import Receiver, happen, house, receiver
from yingnuo.webhooks.models import Endpoint

__all__ = ["house", "receiver"]
GOOD = {"name": "ERP", "url": "https://erp.example/hook?key=hush", "events": ["ticket.opened"]}


@pytest.fixture
def program(db: None) -> Program:
    """A program that may set webhooks up."""
    return conftest.program()


@pytest.fixture
def other(db: None) -> Program:
    """A program that may only read tickets."""
    return conftest.program("ticket.view")


def _set_up(program: Program, receiver: Receiver, **more: object) -> Any:
    answer = program.post("/webhooks", {**GOOD, "url": receiver.provider.url + "/hook", **more})
    assert answer.status_code == 201, answer.content
    receiver.secret = answer.json()["secret"]
    return answer.json()


def test_a_webhook_is_set_up_and_its_secret_told_once(program: Program, receiver: Receiver) -> None:
    told = _set_up(program, receiver)
    assert told["secret"].startswith("whsec_")
    assert program.get(f"/webhooks/{told['id']}").json()["secret"] is None
    program.opened()
    happen()
    assert receiver.checked(receiver.came[0])["type"] == "ticket.opened"


def test_keys_in_an_address_are_not_shown(program: Program) -> None:
    told = program.post("/webhooks", GOOD).json()
    assert told["url"] == "https://erp.example/hook?key=***"
    assert Endpoint.objects.get().url == GOOD["url"]


def test_who_may_not_gets_nothing_done(program: Program, other: Program) -> None:
    assert other.post("/webhooks", GOOD).status_code == 403
    assert other.get("/webhooks").status_code == 403
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(("more", "field"), [
    ({"url": "http://erp.example/"}, "url"), ({"url": "https://192.168.0.1/"}, "url"),
    ({"events": ["ticket.teleported"]}, "events"), ({"events": []}, "events"), ({"name": ""}, "name"),
])  # fmt: skip
def test_what_cannot_be_is_refused(program: Program, more: dict[str, object], field: str) -> None:
    answer = program.post("/webhooks", {**GOOD, **more})
    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert not Endpoint.objects.exists()


def test_it_is_changed_paused_and_taken_away(program: Program) -> None:
    pk = program.post("/webhooks", GOOD).json()["id"]
    told = program.ask("PATCH", f"/webhooks/{pk}", {"name": "Chat", "state": "paused"}).json()
    assert (told["name"], told["state"], told["events"]) == ("Chat", "paused", ["ticket.opened"])
    assert program.ask("DELETE", f"/webhooks/{pk}").status_code == 204
    assert program.get(f"/webhooks/{pk}").json()["code"] == "webhook_not_found"


def test_deliveries_are_listed_and_sent_again(program: Program, receiver: Receiver) -> None:
    pk = _set_up(program, receiver)["id"]
    program.opened()
    happen()
    [told] = program.get(f"/webhooks/{pk}/deliveries?state=delivered").json()["items"]
    assert (told["type"], told["status"], told["attempts"]) == ("ticket.opened", 200, 1)
    assert program.post(f"/webhooks/{pk}/replay", {"ids": [told["id"]]}).json() == {"count": 1}
    happen()
    assert [call.headers["webhook-id"] for call in receiver.came] == [told["key"]] * 2


def test_a_test_tells_what_came_of_it(program: Program, receiver: Receiver) -> None:
    pk = _set_up(program, receiver)["id"]
    receiver.answers(500)
    told = program.post(f"/webhooks/{pk}/test").json()
    assert (told["status"], told["problem"]) == (500, "error")


def test_a_rotated_secret_is_told_once(program: Program) -> None:
    told = program.post("/webhooks", GOOD).json()
    new = program.post(f"/webhooks/{told['id']}/rotate", {"grace_s": 3600}).json()
    assert new["secret"] != told["secret"]
    assert new["previous_until"] is not None


def test_the_types_and_their_schemas_are_there_to_be_read(program: Program) -> None:
    types = [kind["type"] for kind in program.get("/webhooks/events").json()["items"]]
    assert {"ticket.opened", "promise.broken", "webhook.test"} <= set(types)
    schema = program.get("/webhooks/events/promise.broken/schema")
    assert schema.json()["properties"]["type"] == {"const": "promise.broken"}
    assert program.get("/webhooks/events/nothing/schema").status_code == 404
