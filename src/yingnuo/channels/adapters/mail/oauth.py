"""How does a mailbox at Microsoft or Google let us in without a password?

Authorisation code with PKCE (RFC 7636), refresh tokens, and the XOAUTH2 words that IMAP and SMTP servers of both take.
A thin client: three calls over HTTPS, no redirects followed, nothing kept here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from yingnuo.channels.contract import ChannelError

TIMEOUT_S = 20.0
_GIVEN_UP = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied", "invalid_scope"})


@dataclass(frozen=True, slots=True)
class Provider:
    """Where consent is asked and where tokens come from. `{tenant}` in an address is filled in by `of`."""

    authorize: str
    token: str
    scope: str
    more: tuple[tuple[str, str], ...] = ()  # further parameters of the consent page


PROVIDERS = {
    "microsoft": Provider(
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
    ),
    "google": Provider(
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
        (("access_type", "offline"), ("prompt", "consent")),
    ),
}


@dataclass(frozen=True, slots=True)
class Client:
    """Our registration at a provider."""

    provider: Provider
    client_id: str
    client_secret: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gave. `refresh` is "" when the one we have stays good; `lasts_s` is how long `access` holds."""

    access: str
    refresh: str
    lasts_s: int


def of(settings: Mapping[str, object]) -> Provider:
    """The provider a mailbox names; ValueError when it names none."""
    known = PROVIDERS.get(str(settings.get("provider") or ""))
    if known is not None:
        tenant = str(settings.get("tenant") or "common")
        return Provider(
            known.authorize.replace("{tenant}", tenant),
            known.token.replace("{tenant}", tenant),
            known.scope,
            known.more,
        )
    authorize, token, scope = (str(settings.get(name) or "") for name in ("authorize_url", "token_url", "scope"))
    own = Provider(authorize, token, scope)
    if not own.token.startswith(("https://", "http://127.0.0.1:")):
        raise ValueError("no address for tokens that begins with https://")
    return own


def challenge(verifier: str) -> str:
    """What the consent page is told of the secret that only we can repeat (S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def consent_url(client: Client, *, redirect: str, state: str, verifier: str, user: str = "") -> str:
    """Where an administrator is sent to consent."""
    words = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": redirect, "state": state,
        "scope": client.provider.scope, "code_challenge": challenge(verifier), "code_challenge_method": "S256",
    }  # fmt: skip
    more = dict(client.provider.more) | ({"login_hint": user} if user else {})
    return f"{client.provider.authorize}?{urlencode(words | more)}"


def redeem(client: Client, *, code: str, redirect: str, verifier: str) -> Tokens:
    """Tokens for the code that consent gave. Raises ChannelError."""
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    return _asked(client, given)


def refresh(client: Client, token: str) -> Tokens:
    """A new access token. Raises ChannelError, permanent when only a new consent can help."""
    return _asked(client, {"grant_type": "refresh_token", "refresh_token": token, "scope": client.provider.scope})


def _asked(client: Client, words: Mapping[str, str]) -> Tokens:
    who = {"client_id": client.client_id} | ({"client_secret": client.client_secret} if client.client_secret else {})
    try:
        answer = httpx.post(client.provider.token, data={**words, **who}, timeout=TIMEOUT_S, follow_redirects=False)
        said = answer.json()
    except httpx.HTTPError as error:
        raise ChannelError("oauth_unreachable", type(error).__name__, permanent=False) from error
    except ValueError as error:
        raise ChannelError("oauth_unreadable", f"status {answer.status_code}", permanent=False) from error
    if not isinstance(said, dict) or not said.get("access_token"):
        raise _refusal(answer.status_code, said if isinstance(said, dict) else {})
    return Tokens(str(said["access_token"]), str(said.get("refresh_token") or ""), _whole(said.get("expires_in")))


def _refusal(status: int, said: Mapping[str, object]) -> ChannelError:
    code, words = str(said.get("error") or status)[:60], str(said.get("error_description") or "")[:160]
    return ChannelError("oauth_refused", f"{code} {words}".strip(), permanent=code in _GIVEN_UP)


def _whole(value: object) -> int:
    return int(str(value)) if str(value).isascii() and str(value).isdigit() else 3_600


def sasl(user: str, token: str) -> str:
    """The first and only words of XOAUTH2, as both providers document them; the caller encodes them."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"
