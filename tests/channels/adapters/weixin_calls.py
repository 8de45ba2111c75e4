"""How do 企业微信 and 公众号 call? Sealed by wechatpy, so that our reading is held against another's writing."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime

from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from yingnuo.channels.contract import Hook

TOKEN = "made_up_callback_token"
AES_KEY = base64.b64encode(bytes(range(7, 39))).decode().rstrip("=")
NONCE = "1597212914"


def sealed(body: bytes, at: datetime, *, receiver: str) -> Hook:
    """A genuine encrypted call with this message."""
    timestamp = str(int(at.timestamp()))
    outer = WeChatCrypto(TOKEN, AES_KEY, receiver).encrypt_message(body.decode(errors="replace"), NONCE, timestamp)
    signature = outer.partition("<MsgSignature><![CDATA[")[2].partition("]")[0]
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": NONCE}
    return Hook("POST", query, {}, outer.encode(), at)


def echo(word: str, at: datetime, *, receiver: str) -> Hook:
    """The call by which the address is proved."""
    hook = sealed(word.encode(), at, receiver=receiver)
    encrypted = hook.body.decode().partition("<Encrypt><![CDATA[")[2].partition("]")[0]
    return Hook("GET", {**hook.query, "echostr": encrypted}, {}, b"", at)


def plain(body: bytes, at: datetime) -> Hook:
    """A call of a 公众号 in plain mode: token, time and nonce are signed, the body is not."""
    timestamp = str(int(at.timestamp()))
    signer = WeChatSigner()
    signer.add_data(TOKEN, timestamp, NONCE)
    return Hook("POST", {"signature": signer.signature, "timestamp": timestamp, "nonce": NONCE}, {}, body, at)


def forged(hook: Hook) -> list[Hook]:
    """What must be refused: another cipher text, another time, no signature, a wrong one, a broken message."""
    body = hook.body.decode()
    start = body.index("CDATA[") + 6
    other = "B" if body[start] != "B" else "C"
    return [
        replace(hook, body=(body[:start] + other + body[start + 1 :]).encode()),
        replace(hook, query={**hook.query, "timestamp": str(int(hook.query["timestamp"]) + 1)}),
        replace(hook, query={**hook.query, "msg_signature": ""}),
        replace(hook, query={**hook.query, "msg_signature": "0" * 40}),
        replace(hook, body=b"<!DOCTYPE xml [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>"),
        replace(hook, body=b"no xml"),
    ]
