"""Can a program keep brands and their texts, and is it refused without the scope?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.api.conftest import Program, program
from tests.factories import House
from yingnuo.brands.models import Brand, Text
from yingnuo.channels.models import Channel


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def asks(house: House) -> Program:
    return program()


def test_a_brand_comes_changes_and_goes(asks: Program) -> None:
    Channel.objects.create(code="box", name="Box", kind="mail")
    made = asks.ask("PUT", "/brands/aqua", {"en": "Aqua", "product_lines": ["washer"], "channels": ["box"]}).json()
    assert (made["code"], made["channels"], made["active"]) == ("aqua", ["box"], True)
    late = asks.ask("PUT", "/brands/aqua", {"en": "Late", "version": made["version"] + 1})
    assert late.status_code == 409
    assert asks.ask("PUT", "/brands/default", {"en": "Harbour"}).json()["code"] == "default"
    assert [b["code"] for b in asks.get("/brands").json()["items"]] == ["default", "aqua"]
    assert asks.ask("DELETE", "/brands/aqua").json() == {"deleted": "aqua"}
    assert asks.ask("DELETE", "/brands/aqua").status_code == 404


def test_what_a_brand_names_must_be_there(asks: Program) -> None:
    refused = asks.ask("PUT", "/brands/aqua", {"en": "Aqua", "channels": ["none"]})
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["channels"])
    assert not Brand.objects.exists()


def test_a_text_is_read_changed_and_restored(asks: Program) -> None:
    listed = asks.get("/brands/default/texts/en").json()["items"]
    assert {"receipt", "reply", "transcript"} <= {t["code"] for t in listed}
    assert not any(t["own"] for t in listed)
    at = "/brands/default/texts/en/receipt"
    wrong = asks.ask("PUT", at, {"body": "{{ nme }} {{ url }}"})
    assert (wrong.status_code, "Line 1" in wrong.json()["fields"]["body"]) == (422, True)
    made = asks.ask("PUT", at, {"body": "See {{ url }}", "number": 0}).json()
    assert (made["number"], made["own"], made["body"]) == (1, True, "See {{ url }}")
    assert asks.ask("PUT", at, {"body": "Late {{ url }}", "number": 0}).status_code == 409
    assert asks.ask("PUT", at, {"body": ""}).json()["own"] is False
    assert asks.get("/brands/none/texts/en").status_code == 404


def test_without_the_scope_nothing_is_seen_or_changed(house: House) -> None:
    asks = program("ticket.view")
    assert asks.get("/brands").status_code == 403
    assert asks.ask("PUT", "/brands/aqua", {"en": "Aqua"}).status_code == 403
    assert asks.ask("PUT", "/brands/default/texts/en/receipt", {"body": "{{ url }}"}).status_code == 403
    assert not Brand.objects.exists()
    assert not Text.objects.exists()
