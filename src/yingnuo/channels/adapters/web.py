"""How does an adapter ask its provider over HTTP, and what does an answer that is none mean for the delivery?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from yingnuo.channels.contract import ChannelError

TIMEOUT_S = 15.0
LARGEST = 30 * 1024 * 1024  # bytes of one answer: a file that a customer sent
_TRY_AGAIN = frozenset({408, 425, 429})
_OURS = frozenset({401, 403})  # a token that ended, an address not allowed: set right by us, the message is good


def ask(method: str, url: str, **given: Any) -> httpx.Response:
    """One request; the answer when its status is below 300. Raises ChannelError, whose words never hold the address."""
    return judged(asked(method, url, **given))


def asked(method: str, url: str, **given: Any) -> httpx.Response:
    """As `ask`, but the answer whatever its status: for a provider whose refusals have codes of their own.

    Redirects are not followed: they could carry a secret elsewhere.
    """
    try:
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            request = client.build_request(method, url, **given)
            answer = client.send(request, stream=True)
            answer._content = _read(answer)
            return answer
    except httpx.InvalidURL as error:
        raise ChannelError("bad_url", "", permanent=True) from error
    except httpx.HTTPError as error:
        raise ChannelError("unreachable", type(error).__name__, permanent=False) from error


def _read(answer: httpx.Response) -> bytes:
    found = bytearray()
    for piece in answer.iter_bytes():
        found += piece
        if len(found) > LARGEST:
            raise ChannelError("too_large", str(LARGEST), permanent=True)
    return bytes(found)


def judged(answer: httpx.Response) -> httpx.Response:
    """The answer itself when it is good. 5xx, 408, 425, 429, 401 and 403 may be better later; other 4xx never will."""
    status = answer.status_code
    if status < 300:
        return answer
    said = f"{status} {answer.text[:160]}"
    wait = answer.headers.get("Retry-After", "")
    lasting = 300 <= status < 500 and status not in _TRY_AGAIN and status not in _OURS
    raise ChannelError("refused", said, permanent=lasting, after_s=int(wait) if wait.isdigit() else 0)


def json_of(answer: httpx.Response) -> Mapping[str, Any]:
    """The answer's JSON object; ChannelError for anything else."""
    try:
        found = answer.json()
    except ValueError as error:
        raise ChannelError("no_json", answer.text[:160], permanent=False) from error
    if not isinstance(found, dict):
        raise ChannelError("no_json", answer.text[:160], permanent=False)
    return found
