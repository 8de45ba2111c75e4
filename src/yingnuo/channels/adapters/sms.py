"""How does an SMS leave through a provider's HTTP interface?

One generic provider: address, method, headers and body are Liquid templates over `to`, `text`, `key`, `sender` and
`secret`, so that most gateways are a matter of settings. The key goes along as idempotency key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import liquid

from yingnuo.channels.contract import ChannelError, Outgoing

_TIMEOUT_S = 15.0
_BODY = '{"to": {{ to | json }}, "text": {{ text | json }}, "key": {{ key | json }}, "sender": {{ sender | json }}}'
_PERMANENT = frozenset({400, 401, 403, 404, 405, 413, 422})


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """How one provider wants to be asked. `ok` must occur in a good answer; "" trusts the status code."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = _BODY
    sender: str = ""
    ok: str = ""

    @classmethod
    def from_mapping(cls, given: Mapping[str, object]) -> SmsSettings:
        """Reads a channel's settings; what is missing has its default."""
        headers = given.get("headers") or {}
        return cls(
            url=str(given.get("url", "")),
            method=str(given.get("method") or "POST").upper(),
            headers={str(k): str(v) for k, v in headers.items()} if isinstance(headers, Mapping) else {},
            body=str(given.get("body") or _BODY),
            sender=str(given.get("sender") or ""),
            ok=str(given.get("ok") or ""),
        )


def _json(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)


_templates = liquid.Environment()
_templates.filters["json"] = _json


class HttpSms:
    """Sends through one provider."""

    def __init__(self, settings: SmsSettings, *, secret: str) -> None:
        self._settings, self._secret = settings, secret

    def send(self, out: Outgoing) -> str:
        """Asks the provider once; raises ChannelError, permanent where trying again cannot help."""
        s = self._settings
        values = {"to": out.to, "text": out.text, "key": out.key, "sender": s.sender, "secret": self._secret}
        headers = {"Content-Type": "application/json", "Idempotency-Key": out.key}
        headers |= {name: _render(text, values) for name, text in s.headers.items()}
        try:
            answer = httpx.request(
                s.method, _render(s.url, values), headers=headers, content=_render(s.body, values).encode(),
                timeout=_TIMEOUT_S, follow_redirects=False,
            )  # fmt: skip
        except httpx.InvalidURL as error:
            raise ChannelError("sms_bad_url", str(error), permanent=True) from error
        except httpx.HTTPError as error:
            raise ChannelError("sms_unreachable", type(error).__name__, permanent=False) from error
        return _judged(answer, s.ok)


def _render(template: str, values: Mapping[str, str]) -> str:
    try:
        return _templates.from_string(template).render(**values)
    except liquid.exceptions.LiquidError as error:
        raise ChannelError("sms_bad_template", str(error), permanent=True) from error


def _judged(answer: httpx.Response, ok: str) -> str:
    if answer.status_code >= 300:
        permanent = answer.status_code in _PERMANENT
        raise ChannelError("sms_refused", f"{answer.status_code} {answer.text[:120]}", permanent=permanent)
    if ok and ok not in answer.text:
        raise ChannelError("sms_refused", answer.text[:160], permanent=False)
    return answer.text[:120]
