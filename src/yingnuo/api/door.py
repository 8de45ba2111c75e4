"""Which API is it? Its description, its document, and the address of every operation's router."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from yingnuo.api import breaches, customers, exchange, messages, promised, refusals, tickets, webhooks, work
from yingnuo.api.limits import PER_MINUTE
from yingnuo.api.tokens import Bearer

DESCRIPTION = f"""
Everything that a person can do with a ticket at the desk, for programs.

**Signing in.** Send `Authorization: Bearer <token>`. A lead of the house makes tokens in the settings; its scopes are
the verbs it may use, named at each operation.

**Refusals** are problem details (RFC 9457, `application/problem+json`). `code` is stable; `title`, `detail` and
`fields` are sentences in the language of `Accept-Language` (zh-hans, zh-hant, en).

**Once only.** `POST /tickets` and a customer's words (`POST /tickets/{{ticket_id}}/messages`) take an
`Idempotency-Key`. The same key with the same body gets the answer of the first request, as the ticket stands now, with
`Idempotent-Replayed: true`; with another body it is refused with 409. Keys are yours alone: two tokens never meet.

**Limits.** A token may ask {PER_MINUTE} times in any minute of each web process; beyond that the answer is 429 with
`Retry-After`. A body has at most as many bytes as the installation allows (25 MiB unless set otherwise).

**Away.** While the database cannot be reached every answer is 503 (`unavailable`) with `Retry-After`. What was sent may
or may not have been taken in: send it again with the same `Idempotency-Key`.

**Lists** come in pages: send `next` of one page as `after` of the following one.
"""


class Api(NinjaAPI):
    """Ninja's API, whose document tells the truth about problems: their own media type."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """The OpenAPI 3.1 document."""
        schema = super().get_openapi_schema(**given)
        for operations in schema["paths"].values():
            for operation in operations.values():
                _tell_problems(operation["responses"])
        return schema


def _tell_problems(responses: dict[int, dict[str, Any]]) -> None:
    for status, response in responses.items():
        if int(status) >= 400 and "content" in response:
            response["content"] = {refusals.CONTENT_TYPE: response["content"][JSONRenderer.media_type]}
        if int(status) in (429, 503):
            seconds = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            response["headers"] = {"Retry-After": seconds}


api = Api(
    title="Yingnuo",
    version="1",
    description=DESCRIPTION,
    auth=Bearer(),
    urls_namespace="api-1",
)
refusals.install(api)
api.add_router("", tickets.router)
api.add_router("", messages.router)
api.add_router("", work.router)
api.add_router("", promised.router)
api.add_router("", breaches.router)
api.add_router("", customers.router)
api.add_router("", webhooks.router)
api.add_router("", exchange.router)
