"""How is a file fetched from an address that came in a message, when anybody may have written that message?

Only from the provider's own hosts, by https, whatever redirects say; a secret goes to the first host alone. The address
an administrator entered for the provider's interface is trusted as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urljoin, urlsplit

import httpx

from yingnuo.channels.adapters import web
from yingnuo.channels.contract import ChannelError

_MOST_HOPS = 3


def fetch(url: str, *, hosts: Sequence[str], own: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """The answer at `url`; ChannelError "foreign_host" where that is neither at `own` nor on or below `hosts`."""
    carried = dict(headers or {})
    for _hop in range(_MOST_HOPS):
        _check(url, hosts, own)
        answer = web.asked("GET", url, headers=carried)
        if answer.status_code not in (301, 302, 303, 307, 308):
            return web.judged(answer)
        following = urljoin(url, answer.headers.get("Location", ""))
        if _origin(following) != _origin(url):
            carried = {}
        url = following
    raise ChannelError("too_many_redirects", "", permanent=True)


def _check(url: str, hosts: Sequence[str], own: str) -> None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        trusted = bool(own) and _origin(url) == _origin(own)
    except ValueError as error:  # a port that is no number
        raise ChannelError("foreign_host", "", permanent=True) from error
    below = any(host == known or host.endswith(f".{known}") for known in hosts)
    if not trusted and not (parts.scheme == "https" and below and parts.port in (None, 443)):
        raise ChannelError("foreign_host", host[:80], permanent=True)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port
