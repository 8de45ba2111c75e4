"""What do WhatsApp and Messenger share, both of them Meta's Graph API?

The handshake by which Meta learns that a hook is ours, the signature of each call, and errors with codes of their own.
Source: developers.facebook.com/docs/graph-api/webhooks and /guides/error-handling
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import given, web
from yingnuo.channels.contract import Account, Answer, ChannelError, Checked, Hook, Rejected, Setting, SettingType

API = "https://graph.facebook.com"
VERSION = "v23.0"
SECRETS = (
    Setting("token", _("Access token"), SettingType.SECRET, required=True,
            help=_("Of a system user, so that it does not end.")),
    Setting("app_secret", _("App secret"), SettingType.SECRET, required=True,
            help=_("It proves that calls come from Meta.")),
    Setting("verify_token", _("Verify token"), SettingType.SECRET, required=True,
            help=_("Any long word of your own; type the same at Meta.")),
)  # fmt: skip
ADDRESS = (
    Setting("api", _("Address of the interface"), initial=API),
    Setting("version", _("Version of the interface"), initial=VERSION),
)
_LATER = frozenset({1, 2, 4, 17, 32, 341, 613, 80007})  # Meta's own trouble, and calls that were too many
_OURS = frozenset({0, 3, 10, 102, 190})  # a token that ended or may too little: set right by us, the message is good


def verify(account: Account, hook: Hook) -> Checked:
    """The handshake is answered; a call must bear the body's HMAC under the app's secret."""
    if hook.method == "GET":
        return _handshake(account, hook)
    secret, shown = account.secrets.get("app_secret", ""), hook.headers.get("x-hub-signature-256", "")
    expected = "sha256=" + hmac.new(secret.encode(), hook.body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(shown.encode(), expected.encode()):
        raise Rejected("bad_signature")
    try:
        given.read(hook.body)
    except ValueError as error:
        raise Rejected("malformed") from error
    return Checked(hook.body)


def _handshake(account: Account, hook: Hook) -> Checked:
    word, shown = account.secrets.get("verify_token", ""), hook.query.get("hub.verify_token", "")
    if hook.query.get("hub.mode") != "subscribe" or not word or not hmac.compare_digest(shown.encode(), word.encode()):
        raise Rejected("bad_signature")
    return Checked(answer=Answer(hook.query.get("hub.challenge", "")[:200].encode()))


def base(account: Account) -> str:
    """The address below which everything is asked."""
    api = str(account.settings.get("api") or API).rstrip("/")
    return f"{api}/{account.settings.get('version') or VERSION}"


def bearer(account: Account) -> dict[str, str]:
    """The header that shows the access token."""
    return {"Authorization": f"Bearer {account.secrets.get('token', '')}"}


def ask(account: Account, method: str, path: str, words: Mapping[int, str], **asked: Any) -> Mapping[str, Any]:
    """One request below `base`. ChannelError: a code in `words` is permanent and named by its word."""
    answer = web.asked(method, f"{base(account)}/{path}", headers=bearer(account), **asked)
    if answer.status_code >= 300:
        error = _error(answer.text, answer.content)
        raise _judged(error, words) if error else _by_status(answer)
    return web.json_of(answer)


def _by_status(answer: Any) -> ChannelError:
    try:
        web.judged(answer)
    except ChannelError as error:
        return error
    return ChannelError("refused", str(answer.status_code), permanent=False)


def _error(text: str, content: bytes) -> Mapping[str, Any]:
    try:
        return given.obj(given.read(content).get("error"))
    except ValueError:
        return {}


def _judged(error: Mapping[str, Any], words: Mapping[int, str]) -> ChannelError:
    number, said = number_of(error.get("code")), given.text(error.get("message"))[:160]
    number = SUBCODES.get(number_of(error.get("error_subcode")), number)
    if number in words:
        return ChannelError(words[number], f"{number} {said}", permanent=True)
    if number in _OURS or 200 <= number < 300:
        return ChannelError("refused", f"{number} {said}", permanent=False)
    if number in _LATER or number >= 130_000:
        return ChannelError("refused", f"{number} {said}", permanent=False, after_s=60)
    return ChannelError("refused", f"{number} {said}", permanent=True)


SUBCODES = {2018278: 2018278, 2018001: 2018001, 2018065: 2018065, 1545041: 1545041}
"""Subcodes that say more than their code: outside of the window, no such person, not allowed, away."""


def number_of(value: object) -> int:
    """A code, 0 for none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
