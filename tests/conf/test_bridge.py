"""Do whole and streamed requests and answers cross the bridge unchanged?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest

from tests.kit.serving import serve
from yingnuo.conf.bridge import Bridge


class Whole(list[bytes]):
    """An answer that is there as a whole, as Django's usual one says of itself."""

    streaming = False
    closed = 0

    def close(self) -> None:
        type(self).closed += 1


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or -1))
    kind = environ["PATH_INFO"]
    if kind == "/broken":
        raise RuntimeError("nobody caught it")
    start_response("201 Created", [("X-Path", kind), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return Whole([body, b"!"]) if kind == "/whole" else iter([body, b"", b"!"])


@pytest.fixture
def address() -> Iterator[str]:
    Whole.closed = 0
    with serve(Bridge(echo, workers=2)) as found:
        yield found


@pytest.mark.parametrize("path", ["/whole", "/streamed"])
@pytest.mark.parametrize("size", [0, 10, 3_000_000])
def test_body_and_answer_arrive_as_they_were_sent(address: str, path: str, size: int) -> None:
    answer = httpx.post(address + path, content=b"x" * size)
    assert (answer.status_code, answer.content) == (201, b"x" * size + b"!")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert Whole.closed == (path == "/whole")


def test_a_body_in_chunks_of_unknown_length_arrives_whole(address: str) -> None:
    answer = httpx.post(f"{address}/whole", content=iter([b"a" * 70_000, b"b" * 70_000]))
    assert answer.content == b"a" * 70_000 + b"b" * 70_000 + b"!"


def test_an_error_that_nobody_caught_is_a_500_and_the_next_request_is_answered(address: str) -> None:
    assert httpx.get(f"{address}/broken").status_code == 500
    assert httpx.get(f"{address}/whole").status_code == 201
