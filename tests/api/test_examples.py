"""Does every operation of both documents have examples, and does its own schema allow them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from yingnuo.api.asked import Body
from yingnuo.api.customer.door import api as customers
from yingnuo.api.document import Api
from yingnuo.api.door import api
from yingnuo.api.told import Answer

APIS = {"staff": api, "customer": customers}


def _places(of: Api) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(place, schema with its components, what carries the example) of everything that has a schema."""
    document = of.get_openapi_schema()
    components = {"components": document["components"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation["parameters"]:
                yield f"{method} {path} {parameter['name']}", parameter["schema"] | components, parameter
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{method} {path} body", content["schema"] | components, content
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    yield f"{method} {path} {status}", content["schema"] | components, content


@pytest.mark.parametrize("name", APIS)
def test_every_example_is_allowed_by_its_schema(name: str) -> None:
    wrong = []
    for place, schema, carrier in _places(APIS[name]):
        problem = next(jsonschema_rs.iter_errors(schema, carrier["example"], validate_formats=True), None)
        if problem is not None:
            wrong.append(f"{place}: {problem.message} at {list(problem.instance_path)}")
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("name", APIS)
def test_every_operation_tells_its_refusals_with_an_example(name: str) -> None:
    document = APIS[name].get_openapi_schema()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            told = {int(status) for status in operation["responses"]}
            assert {401, 405, 413, 429, 503} <= told, (method, path)
            for status in told - {200, 201, 204}:
                [content] = operation["responses"][status]["content"].values()
                assert content["example"]["status"] == status


def test_an_example_that_is_not_allowed_would_be_found() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert list(jsonschema_rs.iter_errors(schema, {"a": "x"}))


def test_every_post_takes_an_idempotency_key() -> None:
    for path, operations in api.get_openapi_schema()["paths"].items():
        if "post" in operations:
            assert "Idempotency-Key" in [p["name"] for p in operations["post"]["parameters"]], path


def test_links_name_operations_that_are_there() -> None:
    document = api.get_openapi_schema()
    known = {o["operationId"] for operations in document["paths"].values() for o in operations.values()}
    linked = [
        link["operationId"]
        for operations in document["paths"].values() for operation in operations.values()
        for response in operation["responses"].values() for link in response.get("links", {}).values()
    ]  # fmt: skip
    assert len(linked) >= 10
    assert set(linked) <= known


def test_no_two_schemas_share_a_name() -> None:
    names = [one.__name__ for base in (Answer, Body) for one in _below(base)]
    assert sorted(names) == sorted(set(names))


def _below(base: type) -> set[type]:
    return {base, *(found for one in base.__subclasses__() for found in _below(one))}
