"""Does the API keep what its document says, whatever is sent?"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests import factories
from tests.api.conftest import program
from yingnuo.api.limits import window
from yingnuo.conf.wsgi import application

load_all_checks()
HELD = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance",
    )
]  # fmt: skip
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
OPERATIONS = {o.ok().label: o.ok() for o in SCHEMA.get_all_operations()}


@pytest.fixture
def one_connection(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application keeps the test's connection, and its open transaction, from request to request."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_operation_keeps_its_word(
    one_connection: None, label: str, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "most", 10**9)
    factories.house()
    asks = program()
    opened = asks.opened()
    there = {"ticket_id": opened["id"], "promise_id": opened["promises"][0]["id"]}

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    def keeps(case: Any) -> None:
        for name, pk in there.items():
            if isinstance(case.path_parameters.get(name), int):
                case.path_parameters[name] = pk
        case.call_and_validate(checks=HELD, headers={"Authorization": f"Bearer {asks.bearer}"})

    keeps()


def test_every_operation_of_the_api_is_tried() -> None:
    assert len(OPERATIONS) == 47
