"""Do the two APIs keep what their documents say, whatever is sent?

Every operation is asked with what its document allows and with what it does not; reading ones of a resource share a
company, changing ones have one each. Then operations follow one another as the document's links lead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests import factories
from tests.api.conftest import TICKET, program
from tests.api.customer.conftest import Shop
from tests.factories import House
from yingnuo.api.customer.sessions import window as users
from yingnuo.api.customer.tickets import ASKS
from yingnuo.api.limits import window
from yingnuo.conf.wsgi import application
from yingnuo.customer_apps import services
from yingnuo.customer_apps.services import AppFacts
from yingnuo.kit import instants
from yingnuo.people import services as people
from yingnuo.people.roles import SYSTEM

load_all_checks()
HELD = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance",
    )
]  # fmt: skip
BOUNDED = {
    "deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],
}  # fmt: skip
ADDRESSES = {"staff": "/api/v1/openapi.json", "customer": "/api/customer/v1/openapi.json"}
BASES = {name: address.removesuffix("/openapi.json") for name, address in ADDRESSES.items()}
SCHEMAS = {name: schemathesis.openapi.from_wsgi(address, application) for name, address in ADDRESSES.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """Operations that are tried in one company."""

    name: str
    operations: tuple[Any, ...]


def _asked() -> Iterator[Asked]:
    for name, schema in SCHEMAS.items():
        found = sorted((o.ok() for o in schema.get_all_operations()), key=_resource)
        for resource, group in groupby(found, key=_resource):
            every = list(group)
            reads = tuple(o for o in every if o.method == "get")
            yield from (Asked(f"{name} {o.label}", (o,)) for o in every if o.method != "get")
            if reads:
                yield Asked(f"{name} GET {resource}", reads)


def _resource(operation: Any) -> str:
    return str((operation.definition.raw.get("tags") or [""])[0])


ALL = list(_asked())


@pytest.fixture
def one_connection(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application keeps the test's connection, and its open transaction, from request to request."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    for limit in (window, users, ASKS):
        monkeypatch.setattr(limit, "most", 10**9)


def _bearer(api: str, house: House) -> str:
    """A token of an administrator with every scope, or Chen's session in the company's app."""
    now = instants.now()
    if api == "staff":
        return people.issue_token(SYSTEM, name="x", scopes=people.API_SCOPES, acts_for=house.root.pk, now=now)[1]
    app = services.save(SYSTEM, pk=None, facts=AppFacts("shop", "Shop"), now=now)
    key, secret = services.add_key(SYSTEM, app=app.pk, algorithm="HS256", now=now)
    return Shop(app, key.kid, secret).user(email=house.chen.email, email_verified=True).session


def _there(house: House) -> dict[str, Any]:
    """What paths name and is there."""
    opened = program().opened(contact={"email": house.chen.email})
    return {
        "ticket_id": opened["id"], "promise_id": opened["promises"][0]["id"], "contact_id": house.chen.pk,
        "username": "alice", "code": "front", "number": 1,
    }  # fmt: skip


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.name)
def test_every_operation_keeps_its_word(one_connection: None, asked: Asked) -> None:
    house = factories.house()
    there, bearer = _there(house), _bearer(asked.name.partition(" ")[0], house)

    def keeps(case: Any) -> None:
        for name, value in there.items():
            if isinstance(case.path_parameters.get(name), type(value)):
                case.path_parameters[name] = value
        response = case.call_and_validate(checks=HELD, headers={"Authorization": f"Bearer {bearer}"})
        seen.add(response.status_code)

    for operation in asked.operations:
        for mode in GenerationMode:
            seen = set[int]()
            strategy = operation.as_strategy(generation_mode=mode)
            settings(max_examples=5, **BOUNDED)(given(case=strategy)(keeps))()
            assert mode is GenerationMode.NEGATIVE or 405 not in seen, operation.label  # another address is in the way


@pytest.mark.parametrize("api", sorted(SCHEMAS))
def test_operations_follow_one_another_as_the_links_lead(one_connection: None, api: str) -> None:
    house, followed = factories.house(), list[str]()
    _there(house)
    bearer = _bearer(api, house)
    machine: Any = SCHEMAS[api].include(path_regex="/(tickets|contacts|rules)").as_state_machine()

    class Follows(machine):  # type: ignore[misc]  # made at run time
        """The links of the document, walked by a caller with every right."""

        def before_call(self, case: Any) -> None:
            """Lets every caller in."""
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {bearer}"}
            if case.operation.label == f"POST {BASES[api]}/tickets":
                case.body = {k: v for k, v in TICKET.items() if api == "staff" or k in ("subject", "text")}

        def after_call(self, response: Any, case: Any) -> None:
            """Notes what was done."""
            followed.append(f"{case.operation.label} {response.status_code}")

        def validate_response(self, response: Any, case: Any, **_more: Any) -> None:
            """As for single operations."""
            case.validate_response(response, checks=HELD)

    bounds: Any = settings(max_examples=30, stateful_step_count=8, **BOUNDED)
    for _attempt in range(6):
        with suppress(FlakyStrategyDefinition):  # ids grow from one example to the next, and Hypothesis minds
            run_state_machine_as_test(Follows, settings=bounds)
        if _went_on(followed, BASES[api]):
            break
    assert f"POST {BASES[api]}/tickets 201" in followed
    assert _went_on(followed, BASES[api])


def _went_on(followed: list[str], base: str) -> bool:
    """Whether a ticket that was opened was looked at or worked on."""
    return any(f"{base}/tickets/{{ticket_id}}" in step and step[-3:] in ("200", "201") for step in followed)


def test_every_operation_of_both_apis_is_tried() -> None:
    tried = [o.label for asked in ALL for o in asked.operations]
    assert len(tried) == len(set(tried)) == 228
