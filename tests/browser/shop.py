"""A shop of somebody else: one page on a server and port of its own, under the strictest policy that shows the chat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.kit.serving import serve
from yingnuo.conf.asgi import Receive, Scope, Send

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>晴川商城</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{service}/chat/widget.js" data-site="shop" async></script></head>
<body><main><h1>滚筒洗衣机 QC-W100S</h1><p>十公斤，一级能效。</p></main></body></html>"""
POLICY = (
    "default-src 'none'; script-src {service}; connect-src {service}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'"
)


@dataclass(slots=True)
class Shop:
    """Where it stands, and what browsers complained of on its page."""

    address: str
    complaints: list[str] = field(default_factory=list)


@contextmanager
def shop(service: str) -> Iterator[Shop]:
    """The shop, whose page carries the chat of `service`."""
    body = PAGE.format(service=service).encode()
    policy = POLICY.format(service=service).encode()

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        known = scope["path"] == "/"
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy)]
        await send({"type": "http.response.start", "status": 200 if known else 204, "headers": headers})
        await send({"type": "http.response.body", "body": body if known else b""})

    with serve(page) as address:
        yield Shop(address)
