"""How is an address that somebody typed in asked, without harm to what stands in our own network?

Names are resolved here, once, and the connection goes to the very address that was judged: a name that answers
differently a moment later gains nothing. Private, loopback, link-local, shared and multicast addresses are refused, in
whatever clothes they come (mapped, 6to4, NAT64). Redirects are told, never followed; proxies of the environment are not
asked; one deadline holds for all of it, and of the answer only so much is read. What an administrator names (option
`inner_hosts`) may stand in the own network and speak plain HTTP.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
import httpx

_ALWAYS = 443
_FIRST_FREE_PORT = 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_RESERVED = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("192.0.0.0/24"))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unsafe(Exception):
    """The address may not be asked. `code`: bad_url, not_https, bad_port, unknown_host, private_address."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code


class Unanswered(Exception):
    """No answer came. `code`: unreachable, timeout, tls, protocol."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect and for everything together; bytes that are read of an answer."""

    connect_s: float = 5.0
    total_s: float = 15.0
    most_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `whole` is False when the body was longer than what was read; `address` is who answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool
    address: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class _Place:
    """An address taken apart, by one parser for all that follows. `named`: an administrator vouches for the host."""

    scheme: str
    host: str
    port: int
    target: bytes
    named: bool

    @property
    def authority(self) -> str:
        """The Host header."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return shown if self.port == usual else f"{shown}:{self.port}"


def check(url: str, *, inner: Iterable[str] = ()) -> None:
    """Unsafe when this address may not be asked as far as it can be told without asking for its name."""
    place = _place(url, inner)
    literal = _literal(place.host)
    if literal is not None:
        _refuse(literal, named=place.named)


def request(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes = b"",
    inner: Iterable[str] = (), limits: Limits | None = None,
) -> Answer:  # fmt: skip
    """One request, no redirects; Unsafe when it may not be made, Unanswered when nothing came of it.

    `inner` are hosts ("erp.local" or "erp.local:8080") that may stand in the own network and speak plain HTTP.
    """
    place, allowed = _place(url, inner), limits or Limits()
    began = time.monotonic()
    backend = _Judged(place.named, began + allowed.total_s)
    sent = {"Host": place.authority, "Accept-Encoding": "identity", **(headers or {})}
    if content:
        sent["Content-Length"] = str(len(content))
    address = httpcore.URL(
        scheme=place.scheme.encode(), host=place.host.encode("ascii"), port=place.port, target=place.target
    )
    waits = {"connect": allowed.connect_s, "read": allowed.total_s, "write": allowed.total_s, "pool": allowed.total_s}
    context = _tls() if place.scheme == "https" else None
    try:
        with httpcore.ConnectionPool(ssl_context=context, network_backend=backend, retries=0) as pool:
            asked = pool.stream(method, address, headers=list(sent.items()), content=content or None,
                                extensions={"timeout": waits})  # fmt: skip
            with asked as answer:
                body, whole = _read(answer, allowed.most_bytes)
                took = round((time.monotonic() - began) * 1000)
                return Answer(answer.status, _headers(answer), body, whole, backend.address, took)
    except httpcore.TimeoutException as error:
        raise Unanswered("timeout", str(error)) from error
    except (httpcore.NetworkError, OSError) as error:
        code = "tls" if "SSL" in str(error) or "certificate" in str(error) else "unreachable"
        raise Unanswered(code, str(error)[:200]) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise Unanswered("protocol", str(error)[:200]) from error


def _place(url: str, inner: Iterable[str]) -> _Place:
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii").strip("[]").rstrip(".").lower()
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise Unsafe("bad_url") from error
    if parsed.scheme not in ("https", "http") or not host or parsed.userinfo:
        raise Unsafe("bad_url")
    port = parsed.port or {"https": 443, "http": 80}[parsed.scheme]
    vouched = {name.strip().lower() for name in inner}
    if not 0 < port < 65_536:
        raise Unsafe("bad_url")
    named = host in vouched or f"{host}:{port}" in vouched
    if not named:
        if parsed.scheme != "https":
            raise Unsafe("not_https")
        if port != _ALWAYS and port < _FIRST_FREE_PORT:
            raise Unsafe("bad_port", str(port))
    return _Place(parsed.scheme, host, port, parsed.raw_path, named)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _refuse(address: Address, *, named: bool) -> None:
    """Unsafe for an address that is not a public one; of a vouched host only for what no service can stand at."""
    if any(_never(a) for a in _clothed(address)):
        raise Unsafe("private_address", str(address))
    if not named and not all(_public(a) for a in _clothed(address)):
        raise Unsafe("private_address", str(address))


def _never(address: Address) -> bool:
    return address.is_multicast or address.is_unspecified or address.is_link_local


def _public(address: Address) -> bool:
    if any(address in network for network in _RESERVED) or getattr(address, "is_site_local", False):
        return False
    return address.is_global and not address.is_reserved and not address.is_multicast


def _clothed(address: Address) -> list[Address]:
    """The address, and the IPv4 address that it carries to wherever it is translated."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    carried: list[Address] = [address]
    if address.sixtofour is not None:
        carried.append(address.sixtofour)
    if address.teredo is not None:
        carried.extend(address.teredo)
    if address in _NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return carried


def _resolved(host: str, port: int, *, named: bool) -> list[str]:
    """Every address of a host, in the resolver's order; Unsafe as soon as one of them is not to be asked."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unsafe("unknown_host", host) from error
    texts = list(dict.fromkeys(str(info[4][0]) for info in found))
    for text in texts:
        _refuse(ipaddress.ip_address(text.partition("%")[0]), named=named)
    return texts


class _Judged(httpcore.NetworkBackend):
    """Connects to addresses that were judged, and to no other; every wait ends at the deadline."""

    def __init__(self, named: bool, ends: float) -> None:
        self._named, self._ends = named, ends
        self.address = ""

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        trouble: Exception | None = None
        for text in _resolved(host, port, named=self._named):
            try:
                inner = httpcore.SyncBackend().connect_tcp(text, port, _left(self._ends, timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
                continue
            self.address = text
            return _Stream(inner, self._ends)
        raise trouble or httpcore.ConnectError(f"no address of {host}")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes all end at one deadline: an answer that drips does not hold us for ever."""

    def __init__(self, inner: httpcore.NetworkStream, ends: float) -> None:
        self._inner, self._ends = inner, ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._ends, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._ends, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(self._ends, timeout)), self._ends)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(ends: float, wanted: float | None) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole request is over")
    return left if wanted is None else min(left, wanted)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _read(answer: httpcore.Response, most: int) -> tuple[bytes, bool]:
    parts, size = [], 0
    for part in answer.iter_stream():
        parts.append(part)
        size += len(part)
        if size > most:
            return b"".join(parts)[:most], False
    return b"".join(parts), True


def _headers(answer: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
