"""How does one attempt go, and what does its answer mean?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings

from yingnuo.kit import http
from yingnuo.kit.http import Limits, Unanswered, Unsafe
from yingnuo.webhooks import signing
from yingnuo.webhooks.models import Delivery, Endpoint

LIMITS = Limits(connect_s=5.0, total_s=15.0, most_bytes=16 * 1024)
KEPT_OF_ANSWER = 1_000
LONGEST_WAIT_S = 24 * 3_600  # that an endpoint may ask for by Retry-After
_KEPT_HEADERS = ("content-type", "content-length", "date", "server", "retry-after", "location", "x-request-id")


class Verdict(StrEnum):
    """What an attempt came to."""

    TAKEN = "taken"
    REFUSED = "refused"  # it answered, and did not want this one: the endpoint itself is well
    AWAY = "away"  # nobody answered, or it is not well: all others wait too
    GONE = "gone"  # it is not to be called again


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt. `problem` is a code and what the other side said; `after_s` seconds it asked us to wait."""

    verdict: Verdict
    status: int | None = None
    problem: str = ""
    after_s: int = 0
    ms: int = 0
    address: str = ""
    head: dict[str, str] = field(default_factory=dict)
    answer: str = ""


def attempt(endpoint: Endpoint, delivery: Delivery, *, now: datetime) -> Tried:
    """Calls the endpoint; never raises for what the other side or the network does."""
    try:
        signed = signing.headers(
            delivery.key, delivery.body, with_secrets=signing.secrets_of(endpoint, now=now), now=now
        )
    except ValueError:
        return Tried(Verdict.AWAY, problem="secret_unreadable")
    sent = {"Content-Type": "application/json", "User-Agent": "Yingnuo-Webhooks/1", **signed}
    try:
        answer = http.request(
            "POST", endpoint.url, headers=sent, content=delivery.body.encode(), inner=settings.YINGNUO.inner_hosts,
            limits=LIMITS,
        )  # fmt: skip
    except (Unsafe, Unanswered) as error:
        return Tried(Verdict.AWAY, problem=str(error)[:200])
    return _judged(answer, now)


def _judged(answer: http.Answer, now: datetime) -> Tried:
    verdict, problem = _verdict(answer.status)
    after = waits(answer.headers.get("retry-after", ""), now=now) if verdict is Verdict.AWAY else 0
    head = {name: answer.headers[name][:200] for name in _KEPT_HEADERS if name in answer.headers}
    if "location" in head:
        head["location"] = masked(head["location"])
    said = answer.body[:KEPT_OF_ANSWER].decode("utf-8", "replace").replace("\x00", "")
    return Tried(verdict, answer.status, problem, after, answer.took_ms, answer.address, head, said)


def _verdict(status: int) -> tuple[Verdict, str]:
    if 200 <= status < 300:
        return Verdict.TAKEN, ""
    if status == 410:
        return Verdict.GONE, "gone"
    if status in (408, 429) or status >= 500:
        return Verdict.AWAY, "busy" if status in (429, 503) else "error"
    return Verdict.REFUSED, "redirect" if 300 <= status < 400 else "refused"


def waits(said: str, *, now: datetime) -> int:
    """Seconds out of a Retry-After, a number or a date; 0 for none, at most a day."""
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return 0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0, min(round((until - now).total_seconds()), LONGEST_WAIT_S))


def masked(url: str) -> str:
    """An address with the values of its query left out: keys are often written there."""
    parts = urlsplit(url)
    query = urlencode([(name, "***") for name, _value in parse_qsl(parts.query, keep_blank_values=True)], safe="*")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
