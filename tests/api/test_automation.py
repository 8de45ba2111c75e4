"""Can a program keep the rules that act by themselves, and apply a macro?"""

import pytest

from tests import factories
from tests.api.conftest import program
from tests.automation.rounds import let_run
from tests.factories import House
from yingnuo.automation.models import Macro, Rule

YAML = "rules:\n  - name: Greet\n    when: {event: opened}\n    then: {add_tags: [new]}\n"


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


def test_rules_are_taken_in_listed_watched_and_deleted(house: House) -> None:
    asks = program()
    assert asks.ask("PUT", "/automation/rules", {"yaml": YAML}).json() == {"count": 1}
    ticket = factories.ticket(house)
    let_run()
    [rule] = asks.get("/automation/rules").json()["items"]
    [run] = asks.get("/automation/runs").json()["items"]
    assert (rule["then"], rule["acted"], run["ticket"], run["state"]) == ({"add_tags": ["new"]}, 1, ticket.pk, "done")
    assert asks.ask("DELETE", f"/automation/rules/{rule['id']}").status_code == 200
    assert not Rule.objects.exists()


def test_a_wrong_file_and_a_token_without_the_scope_change_nothing(house: House) -> None:
    wrong = program().ask("PUT", "/automation/rules", {"yaml": YAML.replace("opened", "moon")})
    assert wrong.status_code == 422
    assert "Line 3" in wrong.json()["detail"]
    assert program("settings.view").ask("PUT", "/automation/rules", {"yaml": YAML}).status_code == 403
    assert not Rule.objects.exists()


def test_a_macro_is_applied_with_the_scopes_of_the_token(house: House) -> None:
    macro = Macro.objects.create(name="Both", actions={"add_tags": ["x"], "note": "Seen."})
    ticket = factories.ticket(house)
    asks = program("ticket.view", "ticket.note")
    assert [m["name"] for m in asks.get("/macros").json()["items"]] == ["Both"]
    answer = asks.post(f"/tickets/{ticket.pk}/macros/{macro.pk}").json()
    assert (answer["done"], answer["refused"][0]["code"]) == (["note"], "not_allowed")
    ticket.refresh_from_db()
    assert ticket.tags == []
