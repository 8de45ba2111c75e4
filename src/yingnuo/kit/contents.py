"""Is a file what it calls itself? By its content (puremagic), not by its name or by what somebody's browser says."""

from __future__ import annotations

import puremagic

_ALIKE = {
    "video/quicktime": "video/mp4", "image/heif": "image/heic", "application/x-zip-compressed": "application/zip",
}  # fmt: skip


def is_a(claimed: str, data: bytes) -> bool:
    """Whether these bytes are of this media type; a text is one when it reads as UTF-8 or GB18030."""
    if claimed.startswith("text/"):
        return _is_text(data)
    try:
        found = {match.mime_type for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return False
    return _alike(claimed) in {_alike(mime) for mime in found}


def _alike(mime: str) -> str:
    return _ALIKE.get(mime, mime)


def _is_text(data: bytes) -> bool:
    """Words in UTF-8 or GB18030 without control signs."""
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(charset)
        except UnicodeDecodeError:
            continue
        return not any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in text)
    return False
