"""Are calls of 企业微信 and 公众号 read as they are written, by others too?"""

from __future__ import annotations

import random

import pytest
from wechatpy.crypto import WeChatCrypto

from tests.channels.adapters.suite import NOW
from tests.channels.adapters.weixin_calls import AES_KEY, NONCE, TOKEN, sealed
from yingnuo.channels.adapters import wecom_crypto
from yingnuo.channels.adapters.wecom_crypto import Crypto
from yingnuo.channels.contract import Rejected

CORP = "ww7a1b2c3d4e5f6071"
OURS = Crypto(TOKEN, AES_KEY, CORP)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 31, 32, 33, 500])
def test_what_another_library_sealed_is_opened(length: int) -> None:
    message = ("字a" * length)[:length]
    hook = sealed(message.encode(), NOW, receiver=CORP)
    encrypted = wecom_crypto.read(hook.body)["Encrypt"]
    assert OURS.opened(hook.query, encrypted).decode() == message


def test_another_library_opens_what_we_sealed() -> None:
    encrypted, signature = OURS.sealed("洗衣机".encode(), timestamp="1772416800", nonce=NONCE)
    other = WeChatCrypto(TOKEN, AES_KEY, CORP)
    outer = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    assert other.decrypt_message(outer, signature, "1772416800", NONCE) == "洗衣机"


def test_a_message_for_another_company_is_refused() -> None:
    hook = sealed(b"<xml/>", NOW, receiver="ww0000000000000000")
    with pytest.raises(Rejected):
        OURS.opened(hook.query, wecom_crypto.read(hook.body)["Encrypt"])


def test_rubbish_is_refused_whatever_it_is() -> None:
    chance = random.Random(3)
    for _time in range(300):
        text = "".join(chance.choices("ABCabc012+/=\n字", k=chance.randrange(0, 90)))
        with pytest.raises(ValueError, match=r"."):
            OURS.decrypted(text)


def test_a_message_that_declares_entities_is_no_message() -> None:
    with pytest.raises(ValueError, match="declares"):
        wecom_crypto.read(b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>")


@pytest.mark.parametrize("told", ["", "soon", "-5", "1" * 40, "²"])
def test_a_time_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(Rejected):
        wecom_crypto.check_time(told, NOW)
