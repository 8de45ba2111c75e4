"""Do files come out of a mail whole, with names that are safe to show and to store?"""

from __future__ import annotations

import base64
import binascii
import tracemalloc

import pytest

from tests.channels.conftest import SecondsAtMost
from tests.channels.mails import mail, read
from yingnuo.channels.adapters.mail import headers

MIXED = 'Content-Type: multipart/mixed; boundary="b"'


def _attached(data: bytes, *fields: str) -> bytes:
    head = "\r\n".join(fields)
    body = base64.encodebytes(data).decode()
    return (
        f"--b\r\nContent-Type: text/plain\r\n\r\nSee file.\r\n--b\r\n{head}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n"
    ).encode()


def test_an_attachment_and_an_inline_picture() -> None:
    found = read(mail(_attached(b"\x89PNG", "Content-Type: image/png; name=p.png", "Content-ID: <p1@x>"), MIXED))
    assert found.text == "See file."
    assert [(f.name, f.content_type, f.data, f.inline_id) for f in found.files] == [
        ("p.png", "image/png", b"\x89PNG", "p1@x")
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.doc", "a.doc"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\x00b\r\nc.txt", "ab c.txt"),
        ("..", "file"),
        ("", "file"),
        ("  .htaccess ", "htaccess"),
        ('a"b<c>|d?.txt', "a_b_c__d_.txt"),
        ("发票 2026.pdf", "发票 2026.pdf"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_file_names_are_made_safe(written: str, name: str) -> None:
    assert headers.file_name(written, "file") == name


def test_an_embedded_mail_becomes_a_file() -> None:
    body = "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Old/news\r\n\r\nwords\r\n--b--"
    found = read(mail(body, MIXED))
    assert [(f.name, f.content_type) for f in found.files] == [("Old_news.eml", "message/rfc822")]


def test_uuencoded_files_are_taken_out_of_the_text() -> None:
    rows = b"".join(binascii.b2a_uu(b"hello world " * 3) for _ in range(3))
    found = read(mail(b"Look:\nbegin 644 note.txt\n" + rows + b"`\nend\nBye"))
    assert [(f.name, f.data) for f in found.files] == [("note.txt", b"hello world " * 9)]
    assert found.text == "Look:\nBye"


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("--x\r\nContent-Type: text/plain\r\n\r\nfound\r\n--x--", "bad_boundary"),
        ("--b\r\nContent-Type: text/plain\r\n\r\nfound", "truncated"),
        ("found", "bad_boundary"),
        (
            "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nZm91bmQ\r\n--b--",
            "bad_encoding",
        ),
    ],
)
def test_broken_bodies_are_read_and_noted(body: str, note: str) -> None:
    found = read(mail(body, MIXED))
    assert found.text == "found"
    assert note in found.notes


def test_bad_dates_and_missing_senders_are_noted() -> None:
    found = read(b"Date: 99 Foo 20260 77:00\r\nSubject: x\r\n\r\nwords")
    assert {"bad_date", "no_from"} <= set(found.notes)


def test_what_is_no_mail_is_kept_as_text() -> None:
    found = read("只是一些文字\n没有邮件头".encode("gbk"))
    assert found.text == "只是一些文字\n没有邮件头"
    assert found.external_id.startswith("sha256:")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(end: bytes) -> None:
    raw = mail("one\r\ntwo").replace(b"\r\n", end)
    assert (read(raw).subject, read(raw).text) == ("Help", "one\ntwo")


@pytest.mark.parametrize(
    ("identity", "expected"),
    [("<1@home.example>", "<1@home.example>"), ("", "sha256"), ("<>", "sha256"), ("<" + "a" * 300 + "@x>", "sha256")],
)
def test_the_external_id_is_the_message_id_if_sane(identity: str, expected: str) -> None:
    assert read(mail("x", f"Message-ID: {identity}")).external_id.startswith(expected)


def test_a_50_mb_attachment_stays_within_bounds(seconds_at_most: SecondsAtMost) -> None:
    """At most 4 times the file beyond the raw mail: one encoded copy, one decoded, and room."""
    size = 50 * 1024 * 1024
    raw = mail(_attached(bytes(size), "Content-Type: application/zip; name=big.zip"), MIXED)
    tracemalloc.start()
    with seconds_at_most(15):
        found = read(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.files[0].data) == size
    assert peak < 4 * size


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 200_000,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--aX\n" * 2_000_000,
        b"a: b\n" * 2_000_000,
        b"From: " + b"=?a?b?" * 20_000 + b"\n\nx",
        b"Content-Type: text/plain" + b';a="' * 50_000 + b"\n\nx",
        b"\n\n" + b"begin 644 a\nM\n" * 200_000,
        b"Content-Transfer-Encoding: base64\n\n" + b"A=" * 5_000_000,
    ],
)
def test_hostile_structure_takes_bounded_time(raw: bytes, seconds_at_most: SecondsAtMost) -> None:
    with seconds_at_most(10):
        assert read(raw).external_id
