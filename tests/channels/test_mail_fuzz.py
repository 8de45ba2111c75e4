"""Does reading ever fail, whatever the bytes?"""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.mails import archive, mail, read
from yingnuo.channels.adapters.mail import rtf, tnef, visible

SAMPLE = mail(
    "--b\r\nContent-Type: text/html; charset=gb2312\r\n\r\n<p>x</p>\r\n"
    "--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\neJ8+Ig==\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nz\r\n--b--",
    "Content-Type: multipart/mixed; boundary=b",
    "References: <1@a> <2@b>",
    "Received: from a",
)


@cache
def _seeds() -> list[bytes]:
    real = [raw for _, raw in archive("mail-mime")] + [raw for _, raw in archive("mail-bounces")][::5]
    return [SAMPLE, *(raw for raw in real if len(raw) < 60_000)]


def _is_storable(raw: bytes) -> None:
    """No fault of ours, and nothing in it that a database cannot hold."""
    found = read(raw)
    assert "unreadable" not in found.notes
    texts = [found.subject, found.text, found.quoted, found.html, found.sender_name, found.sender_address]
    texts += [
        *found.recipients,
        *found.references,
        *(f.name for f in found.files),
        *(f.content_type for f in found.files),
    ]
    for text in texts:
        assert "\0" not in text
        text.encode()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read(raw: bytes) -> None:
    _is_storable(raw)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_mutated_mails_are_read(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(_seeds())))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        until = min(len(raw), at + data.draw(st.integers(0, 40)))
        raw[at:until] = data.draw(st.binary(max_size=20) | st.sampled_from(_SPICES))
    _is_storable(bytes(raw))


_SPICES = [
    *(b"\0", b"\r", b"\n\n", b"--b", b"=?utf-8?B?", b"?=", b'"', b"<", b"\xff\xfe", b"\x1b$B", b"=ED=A0=80"),
    *(b"charset=utf-16", b"filename*0*=", b"Content-Transfer-Encoding: x-uuencode\n", b"begin 644 x\n"),
    *(b"&#xD800;", b"&#0;"),
]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=500))
def test_any_tnef_and_rtf_is_read(raw: bytes) -> None:
    assert tnef.open_tnef(tnef.SIGNATURE + b"\1\0" + raw).items is not None
    header = len(raw).to_bytes(4, "little") + (4000).to_bytes(4, "little") + b"LZFu" + bytes(4)
    assert isinstance(rtf.text(rtf.decompress(header + raw)), str)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab >\n:-@2026年写道发件人主题")) | st.text())
def test_splitting_loses_no_words(text: str) -> None:
    found = visible.split(text)
    kept = "".join((found.visible + found.signature + found.quoted).split())
    assert sorted(kept) == sorted("".join(text.split()))
