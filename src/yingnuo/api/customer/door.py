"""Which API do the company's own apps speak for their customers? Its description, its document, its operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from yingnuo.api import gate, refusals
from yingnuo.api.customer import sessions, tickets
from yingnuo.api.customer.sessions import PER_MINUTE, SessionBearer
from yingnuo.api.document import Api
from yingnuo.api.once import once
from yingnuo.customer_apps import services

DESCRIPTION = f"""
For the company's own app: its customer asks, follows what was promised to him, adds words and files, urges, accepts.

**Signing in.** The app's server signs who is using it (JWT, HS256 or EdDSA, header `kid` = the key's id, claims `sub`,
`jti`, `exp` at most ten minutes ahead, `aud` = the app's code; `name`, `email` with `email_verified`, `phone_number`
with `phone_number_verified`, `locale`). `POST /session` takes it once and gives a session of an hour; send that as
`Authorization: Bearer <token>`. The key never leaves the server of the app.

**Sight.** Everything is of this customer alone. Another customer's request is 404, as one that is not there.

**Refusals** are problem details (RFC 9457) in the language of `Accept-Language`. **Once only**: every POST takes an
`Idempotency-Key`. **Limits**: {PER_MINUTE} requests a minute and user, see `RateLimit`; 20 new requests in ten minutes.

**Live.** `GET /live` gives the address of a stream; an event names a ticket, which is then read again. Push to phones
goes by webhooks to the app's server.
"""

api = Api(
    title="Yingnuo for your own app", version="1", description=DESCRIPTION, auth=SessionBearer(),
    urls_namespace="api-customer-1",
)  # fmt: skip
refusals.install(api)
api.add_decorator(once)
api.add_router("", sessions.router)
api.add_router("", tickets.router)
_OF_IT = {"ticket_id": "$response.body#/id"}
api.links = {
    "customer_tickets_ask": {
        name: {"operationId": f"customer_tickets_{to}", "parameters": _OF_IT}
        for name, to in (
            ("read", "read_ticket"), ("messages", "list_messages"), ("add", "add_words"), ("urge", "urge"),
            ("solved", "solved"), ("rate", "rate"),
        )
    }
}  # fmt: skip
_HEADERS = "Authorization, Content-Type, Idempotency-Key, Accept-Language"
_SHOWN = "RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed, Content-Disposition"


def addresses() -> tuple[list[URLPattern], str, str]:
    """The addresses of the API, which web pages of the apps' origins may call too."""
    found, app, name = gate.addresses(api)
    for pattern in found:
        pattern.callback = _across(pattern.callback)
    return found, app, name


def _across(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """CORS (Fetch standard): no cookies, only origins that an app names."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        origin = request.headers.get("Origin", "")
        asks_first = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if asks_first else view(request, *args, **kwargs)
        if origin and services.may_call(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _SHOWN
            if asks_first:
                response.headers["Access-Control-Allow-Methods"] = "GET, POST"
                response.headers["Access-Control-Allow-Headers"] = _HEADERS
                response.headers["Access-Control-Max-Age"] = "600"
        if origin:
            response.headers["Vary"] = "Origin, Accept-Language"
        return response

    return respond
