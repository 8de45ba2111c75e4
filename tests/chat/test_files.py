"""Is a file what it calls itself?"""

import io
import zipfile

import pytest

from yingnuo.chat import files
from yingnuo.kit.errors import Invalid

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("a.txt", "a")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.PNG", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"0" * 30, "image/jpeg"),
        ("a.pdf", b"%PDF-1.4\n%", "application/pdf"),
        ("a.zip", _zip(), "application/zip"),
        ("a.log", "错误 E3\r\n".encode("gb18030"), "text/plain"),
        ("a.txt", "﻿words".encode(), "text/plain"),
    ],
)
def test_what_fits_is_taken(name: str, data: bytes, expected: str) -> None:
    assert files.type_of(name, data) == expected


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", b"MZ" + b"\0" * 80),
        ("a.png", b"<html><script>alert(1)</script>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.html", b"<html>"),
        ("a.exe", b"MZ" + b"\0" * 80),
        ("a.txt", b"MZ\0\0"),
        ("a.txt.exe", b"words"),
        ("png", PNG),
        ("a.png", b""),
        ("a.png", PNG + b"\0" * files.LARGEST),
    ],
)
def test_what_does_not_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(Invalid):
        files.type_of(name, data)
