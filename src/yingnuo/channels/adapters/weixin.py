"""How are the interfaces of 企业微信 and 公众号 asked, and what do their error numbers mean for a delivery?

Both answer 200 with an `errcode`. A token that has ended (or was replaced by somebody else's) is asked for anew, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from yingnuo.channels.adapters import given, tokens, web
from yingnuo.channels.contract import Account, ChannelError, File

WECOM, MP = "https://qyapi.weixin.qq.com", "https://api.weixin.qq.com"
_ENDED = frozenset({40001, 40014, 42001, 42007, 42009})
_BUSY = {-1: 5, 45009: 60, 45011: 60, 45033: 5}  # seconds to wait
_LASTING = {
    40003: "unknown_person", 40031: "unknown_person", 60111: "unknown_person", 81013: "unknown_person",
    40004: "file_not_taken", 40005: "file_not_taken", 40006: "file_too_large", 40007: "file_gone",
    40009: "file_too_large", 45001: "file_too_large", 40008: "not_taken", 44004: "empty", 45002: "too_long",
    43004: "not_subscribed", 43019: "blocked", 43101: "not_subscribed", 45015: "window_over",
    45047: "window_used_up", 40037: "bad_template", 47003: "bad_template", 95000: "unknown_account",
    95004: "unknown_account", 95001: "window_used_up", 95002: "window_over", 95013: "held_elsewhere",
    95018: "held_elsewhere",
}  # fmt: skip
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/bmp")

Token = Callable[[], tuple[str, int]]


def base(account: Account, usual: str) -> str:
    """The interface's address: the usual one, unless a proxy is set up."""
    return str(account.settings.get("api") or usual).rstrip("/")


def call(account: Account, url: str, token: Token, **asked: Any) -> Mapping[str, Any]:
    """One POST (GET where `method` says so) with the access token; the answer when it is good. Raises ChannelError."""
    answer = _asked(account, url, token, asked)
    return judged(web.json_of(answer))


def download(account: Account, url: str, token: Token, **asked: Any) -> httpx.Response:
    """As `call`, for an answer that is a file."""
    answer = _asked(account, url, token, {"method": "GET", **asked})
    if answer.headers.get("Content-Disposition") is None and _code(answer) is not None:
        judged(web.json_of(answer))
    return answer


def _asked(account: Account, url: str, token: Token, asked: Mapping[str, Any]) -> httpx.Response:
    answer = _once(account, url, token, **asked)
    if _code(answer) in _ENDED:
        tokens.drop(account)
        answer = _once(account, url, token, **asked)
    return answer


def _once(account: Account, url: str, token: Token, *, method: str = "POST", **asked: Any) -> httpx.Response:
    params = {"access_token": tokens.of(account, token), **asked.pop("params", {})}
    return web.ask(method, url, params=params, **asked)


def _code(answer: httpx.Response) -> int | None:
    """The error number of an answer in JSON, 0 where it names none; None for a file."""
    if "json" not in answer.headers.get("Content-Type", "") and answer.content[:1] != b"{":
        return None
    try:
        said = web.json_of(answer).get("errcode", 0)
    except ChannelError:
        return None
    return said if isinstance(said, int) else 0


def judged(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer itself when its error number is 0."""
    code = said.get("errcode", 0)
    if code == 0:
        return said
    told = f"{code} {given.text(said.get('errmsg'))}"[:160]
    if code in _LASTING:
        raise ChannelError(_LASTING[code], told, permanent=True)
    raise ChannelError("refused", told, permanent=False, after_s=_BUSY.get(code, 0) if isinstance(code, int) else 0)


def wecom_token(account: Account, secret: str) -> Token:
    """How 企业微信 gives an access token to a corp's secret."""

    def ask() -> tuple[str, int]:
        params = {"corpid": str(account.settings.get("corp_id", "")), "corpsecret": secret}
        said = judged(web.json_of(web.ask("GET", f"{base(account, WECOM)}/cgi-bin/gettoken", params=params)))
        return _token(said)

    return ask


def mp_token(account: Account) -> Token:
    """How 公众号 gives one: the stable token, which two who ask for it do not take from each other."""

    def ask() -> tuple[str, int]:
        body = {
            "grant_type": "client_credential", "appid": str(account.settings.get("app_id", "")),
            "secret": account.secrets.get("app_secret", ""),
        }  # fmt: skip
        return _token(judged(web.json_of(web.ask("POST", f"{base(account, MP)}/cgi-bin/stable_token", json=body))))

    return ask


def _token(said: Mapping[str, Any]) -> tuple[str, int]:
    token, seconds = given.text(said.get("access_token")), said.get("expires_in")
    if not token:
        raise ChannelError("no_token", "", permanent=False)
    return token, seconds if isinstance(seconds, int) else 7200


def upload(account: Account, host: str, token: Token, file: File) -> tuple[str, str]:
    """Hands a file over; its kind (image, video, file) and the id it is sent by."""
    kind = kind_of(file)
    files = {"media": (file.name, file.data, file.content_type)}
    said = call(account, f"{host}/cgi-bin/media/upload", token, params={"type": kind}, files=files)
    return kind, given.text(said.get("media_id"))


def kind_of(file: File) -> str:
    """What a file is sent as."""
    if file.content_type in _IMAGES:
        return "image"
    return "video" if file.content_type == "video/mp4" else "file"


def file_of(answer: httpx.Response, name: str, content_type: str) -> File:
    """The file in an answer; its own name and type where none is known."""
    told = answer.headers.get("Content-Type", "").partition(";")[0]
    return File(name or _name(answer.headers.get("Content-Disposition", "")), content_type or told, answer.content)


def _name(disposition: str) -> str:
    found = disposition.partition('filename="')[2].partition('"')[0]
    return found.rpartition("/")[2] or "file"
