"""Can a standard come to a new version by programs and people together, never by a program alone?"""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from tests.api.conftest import Program, program
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.people import services as people
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM
from yingnuo.promises.models import Policy, PolicyVersion

BASE = "/standards/policies/default"


@pytest.fixture
def house(db: None) -> House:
    """The company."""
    return factories.house()


def _for(person: Staff) -> Program:
    _row, bearer = people.issue_token(
        SYSTEM, name="x", scopes=people.API_SCOPES, acts_for=person.pk, now=instants.now()
    )
    return Program(bearer)


def _sharper(asks: Program) -> dict[str, Any]:
    spec = asks.get(f"{BASE}/versions/1").json()["spec"]
    spec["rules"][0]["title"] = "Sharper"
    return dict(spec)


def _proposed(asks: Program) -> int:
    draft = asks.ask("PUT", f"{BASE}/draft", {"spec": _sharper(asks)}).json()
    body = {"edition": draft["edition"], "justification": "Laundries wait too long."}
    assert asks.post(f"{BASE}/versions/{draft['number']}/propose", body).json()["state"] == "proposed"
    return int(draft["number"])


def test_a_program_drafts_and_a_person_approves(house: House) -> None:
    number = _proposed(program())
    done = _for(house.mia).post(f"{BASE}/versions/{number}/approve", {"note": "Yes."}).json()
    assert (done["state"], done["decided_by"]["username"]) == ("in_force", "mia")
    assert Policy.objects.get(code="default").current == number


def test_nobody_approves_his_own(house: House) -> None:
    mia = _for(house.mia)
    number = _proposed(mia)
    refused = mia.post(f"{BASE}/versions/{number}/approve", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_proposal")
    assert Policy.objects.get(code="default").current == 1


def test_no_program_approves(house: House) -> None:
    asks = program()
    number = _proposed(asks)
    assert asks.post(f"{BASE}/versions/{number}/approve", {}).json()["code"] == "acts_for_nobody"
    assert PolicyVersion.objects.get(policy__code="default", number=number).state == "proposed"


def test_a_draft_that_a_colleague_changed_is_not_written_over(house: House) -> None:
    asks = program()
    spec = _sharper(asks)
    first = asks.ask("PUT", f"{BASE}/draft", {"spec": spec}).json()
    asks.ask("PUT", f"{BASE}/draft", {"spec": {**spec, "title": "B"}, "edition": first["edition"]})
    refused = asks.ask("PUT", f"{BASE}/draft", {"spec": {**spec, "title": "C"}, "edition": first["edition"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "draft_changed")
    assert asks.get(f"{BASE}/versions/{first['number']}").json()["spec"]["title"] == "B"


def test_a_wrong_standard_is_refused_with_its_place(house: House) -> None:
    refused = program().ask("PUT", f"{BASE}/draft", {"spec": {"code": "x", "rules": [{"promises": 7}]}})
    assert refused.status_code == 422
    assert PolicyVersion.objects.count() == 1


def test_a_standard_leaves_and_comes_back_as_yaml(house: House) -> None:
    asks = program()
    text = asks.get(f"{BASE}/versions/1/yaml").json()["text"]
    brought = asks.post("/standards/yaml", {"text": text.replace("code: default", "code: night", 1)})
    assert [(v["code"], v["state"]) for v in brought.json()["items"]] == [("night", "draft")]
    assert asks.post("/standards/yaml", {"text": "rules: ["}).json()["code"] in ("unreadable", "bad_file")


def test_a_control_character_in_a_file_is_refused(house: House) -> None:
    refused = program().post("/standards/yaml", {"text": "code: a\u009db"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unreadable")


def test_lint_tells_what_is_odd(house: House) -> None:
    told = program().get(f"{BASE}/versions/1/lint").json()["items"]
    assert all(remark["sentence"] for remark in told)


def test_open_promises_follow_by_a_run(house: House) -> None:
    asks = program()
    run = asks.post(f"{BASE}/move").json()
    assert (run["code"], run["state"] in ("waiting", "running", "done")) == ("default", True)
    assert [r["id"] for r in asks.get("/runs").json()["items"]] == [run["id"]]
    assert asks.post(f"/runs/{run['id']}/stop").json()["state"] == "stopped"
