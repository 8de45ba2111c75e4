"""What do the name servers say? One function that tests put their own in the place of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dns.exception
import dns.resolver

TIMEOUT_S = 4.0
MOST_QUERIES = 40  # for one mail, whatever its records refer to

Answer = Sequence[Any]
Resolver = Callable[[str, str], Answer]
"""(name, TXT, A, AAAA, MX or PTR) → values: bytes for TXT, (preference, host) for MX, text else. Trouble when away."""


class Trouble(Exception):
    """The name servers do not answer; nothing is known."""


def ask(name: str, kind: str) -> Answer:
    """The values of one name; () when there are none."""
    try:
        found = dns.resolver.resolve(name, kind, lifetime=TIMEOUT_S, raise_on_no_answer=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise Trouble(type(error).__name__) from error
    return [_value(kind, row) for row in found.rrset or ()]


def _value(kind: str, row: Any) -> Any:
    if kind == "TXT":
        return b"".join(row.strings)
    if kind == "MX":
        return (row.preference, row.exchange.to_text(omit_final_dot=True))
    return row.address if kind in ("A", "AAAA") else row.target.to_text(omit_final_dot=True)


class Budget:
    """A resolver that remembers, asks only so often, and gives up soon on servers that do not answer."""

    def __init__(self, resolver: Resolver, most: int = MOST_QUERIES) -> None:
        self._resolver, self._left, self._patience = resolver, most, 2
        self._known: dict[tuple[str, str], Answer] = {}

    def __call__(self, name: str, kind: str) -> Answer:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            self._known[key] = self._asked(*key)
        return self._known[key]

    def _asked(self, name: str, kind: str) -> Answer:
        if self._left <= 0 or self._patience <= 0:
            raise Trouble("too many queries")
        self._left -= 1
        try:
            return self._resolver(name, kind)
        except Trouble:
            self._patience -= 1
            raise
