"""Are Chinese and other texts read right, whatever the mail says about its charset?"""

from __future__ import annotations

import base64

import pytest

from tests.channels.mails import mail, read
from yingnuo.channels.adapters.mail import charsets, headers

SIMPLIFIED = "您好，我家的空调昨天又坏了，请尽快安排师傅上门维修。"
TRADITIONAL = "您好，我家的冷氣昨天又壞了，請盡快安排師傅上門維修。"
JAPANESE = "エアコンが動きません。修理をお願いします。"
KOREAN = "에어컨이 고장났습니다. 수리를 부탁드립니다."
RUSSIAN = "Здравствуйте, кондиционер снова сломался, пришлите мастера."


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("gb2312", "gb18030", SIMPLIFIED + "镕喆㙍"),  # characters that GB2312 lacks
        ("GBK", "gbk", SIMPLIFIED),
        ("x-gbk", "gbk", SIMPLIFIED),
        ("hz-gb-2312", "hz", SIMPLIFIED),
        ("big5", "big5", TRADITIONAL),
        ("Big5-HKSCS", "big5hkscs", TRADITIONAL + "嘅㗎"),
        ("shift_jis", "cp932", JAPANESE + "①㈱"),
        ("ISO-2022-JP", "iso2022_jp", JAPANESE),
        ("euc-kr", "cp949", KOREAN),
        ("koi8-r", "koi8-r", RUSSIAN),
        ("windows-1251", "cp1251", RUSSIAN),
        ("iso-8859-1", "cp1252", "Grüße – „gut“"),
        ("utf-7", "utf-7", SIMPLIFIED),
    ],
)
def test_declared_charsets_are_read_as_senders_use_them(declared: str, codec: str, text: str) -> None:
    assert charsets.decode(text.encode(codec), declared) == charsets.Decoded(text)


@pytest.mark.parametrize("declared", ["gb2312", "iso-8859-1", "us-ascii", "big5", "no-such-charset", "punycode"])
def test_utf8_under_a_wrong_name_is_read(declared: str) -> None:
    assert charsets.decode(SIMPLIFIED.encode(), declared) == charsets.Decoded(SIMPLIFIED, damaged=True)


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("gb18030", SIMPLIFIED),
        ("big5", TRADITIONAL),
        ("cp932", JAPANESE),
        ("euc_jp", JAPANESE),
        ("cp949", KOREAN),
        ("koi8-r", RUSSIAN),
        ("cp1251", RUSSIAN),
    ],
)
@pytest.mark.parametrize("declared", ["", "utf-8", "x-unknown"])
def test_undeclared_and_mislabelled_texts_are_guessed(codec: str, text: str, declared: str) -> None:
    assert charsets.decode(text.encode(codec), declared).text == text


def test_chinese_called_latin_is_guessed() -> None:
    assert charsets.decode(SIMPLIFIED.encode("gbk"), "iso-8859-1").text == SIMPLIFIED


def test_one_broken_byte_costs_one_character() -> None:
    found = charsets.decode(SIMPLIFIED.encode("gb18030") + b"\xff", "gb2312")
    assert found.text.startswith(SIMPLIFIED)
    assert found.damaged


def test_a_wrong_charset_is_noted() -> None:
    found = read(mail(SIMPLIFIED.encode("gbk"), "Content-Type: text/plain; charset=utf-8"))
    assert (found.text, "bad_charset" in found.notes) == (SIMPLIFIED, True)


def _word(data: bytes, charset: str = "gb2312") -> str:
    return f"=?{charset}?B?{base64.b64encode(data).decode()}?="


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (_word(SIMPLIFIED.encode("gbk")[:7]) + " " + _word(SIMPLIFIED.encode("gbk")[7:]), SIMPLIFIED),  # cut in two
        ("=?UTF-8?Q?a b c?=", "a b c"),  # blanks inside
        ("=?utf-8?B?5oKo5aW9?", "=?utf-8?B?5oKo5aW9?"),  # never ended
        ("=?utf-8?B?5oKo5aW9=?=x", "您好x"),  # wrong padding
        ("Re:=?utf-8?B?5oKo5aW9?=(2)", "Re:您好(2)"),  # no blanks around
        ("=?nonsense?B?5oKo5aW9?=", "您好"),
        ("=?utf-8*zh?Q?=E6=82=A8?=", "您"),  # RFC 2231 language
        ("=?iso-8859-1?q?=FCber_uns?=", "über uns"),
    ],
)
def test_encoded_words_are_read(value: str, text: str) -> None:
    assert headers.text(value.encode()) == text


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5"])
def test_raw_headers_are_guessed(codec: str) -> None:
    assert headers.text(TRADITIONAL.encode(codec) if codec != "gb18030" else SIMPLIFIED.encode(codec)) in (
        TRADITIONAL,
        SIMPLIFIED,
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b'attachment; filename="a b.pdf"', "a b.pdf"),
        (b"attachment; filename*=GB2312''%B7%A2%C6%B1.pdf", "发票.pdf"),
        (b"attachment; filename*0*=UTF-8''%E5%8F%91; filename*1*=%E7%A5%A8; filename*2=.pdf", "发票.pdf"),
        (b"attachment; filename=\"x.pdf\"; filename*=UTF-8''%E5%8F%91.pdf", "发.pdf"),
        (b'attachment; filename="=?utf-8?B?5Y+R56Wo?=.pdf"', "发票.pdf"),
        ("attachment; filename=发票.pdf".encode("gbk"), "发票.pdf"),
    ],
)
def test_file_names_are_read(value: bytes, name: str) -> None:
    assert headers.params(value)["filename"] == name


@pytest.mark.parametrize(
    ("value", "boxes"),
    [
        ("Chen <C@Home.Example>", [("Chen", "C@home.example")]),
        ('"Chen, X." <c@h.example>, d@h.example', [("Chen, X.", "c@h.example"), ("", "d@h.example")]),
        ("c@h.example (Chen)", [("Chen", "c@h.example")]),
        ("=?gb2312?B?s8I=?= <c@h.example>", [("陈", "c@h.example")]),
        ("Team: a@h.example, b@h.example;", [("", "a@h.example"), ("", "b@h.example")]),
        ("undisclosed-recipients:;", []),
        ("<@relay.example:c@h.example>", [("", "c@h.example")]),
        ("c@h.example <c@h.example>", [("c@h.example", "c@h.example")]),
        ("Chen <c@h.example", [("Chen", "c@h.example")]),
    ],
)
def test_addresses_are_read(value: str, boxes: list[tuple[str, str]]) -> None:
    found = [(box.name.strip("< "), box.address) for box in headers.mailboxes(value.encode())]
    assert found == boxes
