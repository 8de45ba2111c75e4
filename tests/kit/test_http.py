"""Is nothing of the own network asked on a stranger's word, and does no answer hold us up?"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.channels.provider import Provider, Says, serving
from yingnuo.kit import http
from yingnuo.kit.http import Limits, Unanswered, Unsafe

LOOPBACK = ("127.0.0.1",)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as provider:
        provider.on("/", {"ok": True})
        yield provider


def _resolves(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> list[str]:
    """Each look-up of a name gives the next list of addresses, the last one for ever; gives the names asked for."""
    asked: list[str] = []
    left = list(rounds)

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if host.replace(".", "").isdigit():  # what is an address already is asked of nobody
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found]

    monkeypatch.setattr(http.socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "192.0.0.8", "198.18.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "fec0::1",
    "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b:1::1", "::127.0.0.1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
])  # fmt: skip
def test_no_address_of_a_private_kind_is_asked(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    _resolves(monkeypatch, [address])
    with pytest.raises(Unsafe) as refused:
        http.request("GET", "https://hooks.example/")
    assert refused.value.code == "private_address"


@pytest.mark.parametrize(("url", "code"), [
    ("http://hooks.example/", "not_https"), ("https://user:pw@hooks.example/", "bad_url"), ("ftp://x/", "bad_url"),
    ("https://", "bad_url"), ("https://hooks.example:22/", "bad_port"), ("https://[::1]/", "private_address"),
    ("https://10.0.0.1/x", "private_address"), ("https://hooks.example:99999/", "bad_url"), ("hooks", "bad_url"),
])  # fmt: skip
def test_what_can_be_told_from_the_address_alone_is_refused_at_once(url: str, code: str) -> None:
    with pytest.raises(Unsafe) as refused:
        http.check(url)
    assert refused.value.code == code


@pytest.mark.parametrize("url", ["https://hooks.example/a?b=c", "https://hooks.example:8443/", "https://1.1.1.1/",
                                 "https://钩子.example/"])  # fmt: skip
def test_public_addresses_are_fine(url: str) -> None:
    http.check(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_loopback_in_disguise_is_found_out(host: str) -> None:
    with pytest.raises(Unsafe) as refused:
        http.request("GET", f"https://{host}:8443/")
    assert refused.value.code in ("private_address", "unknown_host")


def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves(monkeypatch, ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(Unsafe):
        http.request("GET", "https://hooks.example/")


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_judged(
    monkeypatch: pytest.MonkeyPatch, provider: Provider
) -> None:
    port = provider.url.rpartition(":")[2]
    asked = _resolves(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    answer = http.request("GET", f"http://erp.local:{port}/a", inner=["erp.local"])
    assert (answer.status, answer.address, asked) == (200, "127.0.0.1", ["erp.local"])
    assert provider.asked[0].headers["host"] == f"erp.local:{port}"


def test_a_vouched_host_may_be_inside_but_never_link_local(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves(monkeypatch, ["169.254.169.254"])
    with pytest.raises(Unsafe):
        http.request("GET", "http://erp.local/", inner=["erp.local"])


def test_a_vouched_port_vouches_for_no_other(provider: Provider) -> None:
    port = int(provider.url.rpartition(":")[2])
    assert http.request("GET", provider.url, inner=[f"127.0.0.1:{port}"]).status == 200
    with pytest.raises(Unsafe):
        http.request("GET", provider.url, inner=[f"127.0.0.1:{port + 1}"])
    assert len(provider.asked) == 1


def test_a_redirect_is_told_and_not_followed(provider: Provider) -> None:
    provider.on("/away", Says(status=302, headers={"Location": "/secret"}))
    answer = http.request("POST", f"{provider.url}/away", content=b"x", inner=LOOPBACK)
    assert (answer.status, answer.headers["location"]) == (302, "/secret")
    assert provider.to("/secret") == []


def test_of_a_long_answer_only_so_much_is_read(provider: Provider) -> None:
    provider.on("/long", Says(b"x" * 1_000_000, content_type="text/plain"))
    answer = http.request("GET", f"{provider.url}/long", inner=LOOPBACK, limits=Limits(most_bytes=1_000))
    assert (len(answer.body), answer.whole) == (1_000, False)


@contextmanager
def _dripping(first: bytes) -> Iterator[int]:
    """A port that answers every caller with `first` and then a byte now and then, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            caller, _address = server.accept()
            with caller:
                caller.sendall(first)
                while not over.wait(0.1):
                    try:
                        caller.sendall(b"a")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join(5)


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["head", "body"])
def test_an_answer_that_drips_ends_at_the_deadline(first: bytes) -> None:
    with _dripping(first) as port, pytest.raises(Unanswered) as trouble:
        http.request("GET", f"http://127.0.0.1:{port}/", inner=LOOPBACK, limits=Limits(total_s=0.5))
    assert trouble.value.code == "timeout"


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unanswered) as trouble:
        http.request("GET", f"http://127.0.0.1:{port}/", inner=LOOPBACK)
    assert trouble.value.code == "unreachable"


def test_plain_http_where_tls_is_expected_is_a_trouble_of_tls(provider: Provider) -> None:
    with pytest.raises(Unanswered) as trouble:
        http.request("GET", provider.url.replace("http:", "https:"), inner=LOOPBACK)
    assert trouble.value.code == "tls"


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert http.request("GET", provider.url, inner=LOOPBACK).status == 200
