"""How does a receiver know that a call is ours? By Standard Webhooks: id, time, and a signature over them and the body.

A secret is 32 random bytes, written `whsec_` and base64. While it is being changed two of them sign, each for itself.
"""

from __future__ import annotations

import base64
import secrets as random
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from yingnuo.kit import instants, secrets
from yingnuo.webhooks.models import Endpoint


def new_secret() -> str:
    """A fresh secret, as it is shown once."""
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode("ascii")


def secrets_of(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """The secrets that sign at `now`, the newest first; ValueError when they were sealed under another key."""
    found = [secrets.unseal(endpoint.secret)]
    if endpoint.previous and endpoint.previous_until is not None and endpoint.previous_until > now:
        found.append(secrets.unseal(endpoint.previous))
    return found


def headers(key: str, body: str, *, with_secrets: list[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt."""
    at = now.astimezone(UTC)  # the library takes the wall time of whatever zone for UTC
    signatures = [Webhook(secret).sign(key, at, body) for secret in with_secrets]
    return {
        "webhook-id": key, "webhook-timestamp": str(instants.seconds(at)), "webhook-signature": " ".join(signatures),
    }  # fmt: skip
