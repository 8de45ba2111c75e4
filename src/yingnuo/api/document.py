"""How does the document come to tell the whole truth: problems, headers, examples and links of every operation?

Ninja writes down what operations take and give; what the gate, the keys and the limits add stands here once for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from yingnuo.api import examples, refusals

Json = dict[str, Any]
ANYWHERE = (405, 413)  # what every operation may answer with, 415 where it takes a body
_WRITES = ("post", "put", "patch")


class Api(NinjaAPI):
    """Ninja's API with a complete document, made once a process."""

    made: OpenAPISchema | None = None
    links: Mapping[str, Mapping[str, Any]] = {}
    """Operation (its function's name) → the links of its good answer."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        if self.made is None:
            made = super().get_openapi_schema(**given)
            for method, operation in _operations(made):
                _complete(method, operation, made["components"]["schemas"])
                _link(operation, self.links, made)
            self.made = made
        return self.made


def _operations(schema: Json) -> Iterator[tuple[str, Json]]:
    for operations in schema["paths"].values():
        yield from operations.items()


def _complete(method: str, operation: Json, schemas: Json) -> None:
    responses = operation["responses"]
    also = (415, 409) if method == "post" else (415,) if method in _WRITES else ()
    for status in (*ANYWHERE, *also):
        responses.setdefault(status, {"description": refusals.NAMES[status], "content": _problem()})
    for status, response in responses.items():
        _answer(int(status), response, schemas)
    if method == "post" and not any(p["name"] == "Idempotency-Key" for p in operation["parameters"]):
        operation["parameters"].append(_KEY)
    for parameter in operation["parameters"]:
        parameter.setdefault("example", examples.of(parameter["schema"], schemas, parameter["name"]))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = examples.of(content["schema"], schemas)


_KEY: Json = {
    "in": "header", "name": "Idempotency-Key", "required": False, "example": "order-4711-open",
    "description": "The same key with the same body gets the first answer again, for 24 hours.",
    "schema": {"type": "string", "maxLength": 200, "pattern": r"^[!-~]*$"},
}  # fmt: skip


def _problem() -> Json:
    return {JSONRenderer.media_type: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _answer(status: int, response: Json, schemas: Json) -> None:
    content = response.get("content", {})
    if status >= 400 and JSONRenderer.media_type in content:
        content[refusals.CONTENT_TYPE] = content.pop(JSONRenderer.media_type) | {"example": examples.problem(status)}
        response["description"] = refusals.NAMES[status]
    for one in content.values():
        if "schema" in one and "example" not in one:
            one["example"] = examples.of(one["schema"], schemas)
    response["headers"] = {**response.get("headers", {}), **_headers(status)}


def _headers(status: int) -> Json:
    seconds: Json = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
    found: Json = {"Retry-After": seconds} if status in (429, 503) else {}
    if status not in (401, 405, 413, 415, 503):
        found["RateLimit-Policy"] = {"description": "The quota (q) of a window in seconds (w).", "schema": _TEXT}
        found["RateLimit"] = {"description": "What is left (r), for how many seconds (t).", "schema": _TEXT}
    return found


_TEXT: Json = {"type": "string"}


def _link(operation: Json, links: Mapping[str, Mapping[str, Any]], schema: Json) -> None:
    name = operation["operationId"].rpartition("_api_")[2]
    for status, response in operation["responses"].items():
        if name in links and int(status) < 300:
            response["links"] = {
                link: {**to, "operationId": _full(to["operationId"], schema)} for link, to in links[name].items()
            }


def _full(name: str, schema: Json) -> str:
    return next(str(o["operationId"]) for _m, o in _operations(schema) if o["operationId"].endswith(f"_api_{name}"))
