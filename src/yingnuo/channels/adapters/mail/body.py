"""Which texts and which files does a mail carry?

Text parts are read in order; of alternatives the plain one is read and the HTML one shown. All else becomes a file:
pictures, embedded mails (as .eml), uuencoded pieces of a text, what lies in a winmail.dat. A file that cannot be
opened is kept as it is.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, field
from html import escape

from yingnuo.channels.adapters.mail import charsets, headers, html, rtf, tnef, transfer
from yingnuo.channels.adapters.mail.mime import Part, Survey
from yingnuo.channels.contract import File

LONGEST_TEXT = 1_000_000
_TNEF_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_MESSAGES = ("message/rfc822", "message/global")
_REPORTS = {
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
}
_ENDINGS = {"image/jpeg": ".jpg", "text/plain": ".txt", "text/html": ".html", "audio/mpeg": ".mp3"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of text: plain, HTML, or both when they are alternatives."""

    plain: str = ""
    html: str = ""

    def read(self) -> str:
        """The words of it; the plain form wins unless it is empty or a mere hint at the HTML form."""
        shown = html.to_text(self.html) if self.html and len(self.plain.strip()) < 80 else ""
        return shown if len(shown) > 2 * len(self.plain.strip()) else self.plain


@dataclass(slots=True)
class Body:
    """Everything found, in the order of the mail."""

    pieces: list[Piece] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    def text(self) -> str:
        """All words, plain."""
        return "\n\n".join(words for piece in self.pieces if (words := piece.read().strip("\n")))[:LONGEST_TEXT]

    def html(self) -> str:
        """Safe HTML of the whole; "" when no part is HTML."""
        if not any(piece.html for piece in self.pieces):
            return ""
        shown = (html.safe(p.html) if p.html else f"<pre>{escape(p.plain)}</pre>" for p in self.pieces)
        return "\n".join(shown)


def collect(mail: Part, survey: Survey) -> Body:
    """Read the tree of parts. Damage goes to `survey.notes`."""
    body = Body()
    _visit(mail, body, survey, plain_only=False)
    if any(len(p.plain) > LONGEST_TEXT or len(p.html) > html.LONGEST for p in body.pieces):
        survey.note("oversize")
    return body


def _visit(part: Part, body: Body, survey: Survey, *, plain_only: bool) -> None:
    if part.kind == "multipart/alternative":
        _alternatives(part, body, survey)
    elif part.children:
        for child in part.children:
            _visit(child, body, survey, plain_only=plain_only)
    else:
        _leaf(part, body, survey)


def _alternatives(part: Part, body: Body, survey: Survey) -> None:
    """Plain and HTML forms of the same words become one piece; other forms (calendars) become files."""
    inner = Body()
    for child in part.children:
        _visit(child, inner, survey, plain_only=False)
    plain = "\n\n".join(piece.plain for piece in inner.pieces if piece.plain.strip())
    marked = "\n".join(piece.html for piece in inner.pieces if piece.html)
    if plain or marked:
        body.pieces.append(Piece(plain, marked))
    body.files += inner.files


def _leaf(part: Part, body: Body, survey: Survey) -> None:
    disposition = part.first("content-disposition")
    name = headers.params(disposition).get("filename") or part.params.get("name", "")
    encoding = part.first("content-transfer-encoding").decode("latin-1")
    data, damaged = transfer.decode(part.body(), encoding)
    if damaged:
        survey.note("bad_encoding")
    attached = disposition.strip().lower().startswith(b"attachment")
    if part.kind in ("text/plain", "text/html", "text/enriched") and not attached and not name:
        _words(part, data, body, survey)
    elif part.kind in _TNEF_TYPES or name.lower() in ("winmail.dat", "win.dat"):
        _winmail(data, body, survey)
    elif data or attached or name:
        body.files.append(_file(part, name, data, len(body.files) + 1))


def _words(part: Part, data: bytes, body: Body, survey: Survey) -> None:
    if part.kind != "text/html":
        data = _without_uuencoded(data, body)
    decoded = charsets.decode(data, part.params.get("charset", "") or _meta_charset(part, data))
    if decoded.damaged:
        survey.note("bad_charset")
    text = headers.clean(decoded.text)
    if part.kind == "text/html":
        body.pieces.append(Piece(html=text))
    elif text.strip():
        flowed = part.params.get("format", "").lower() == "flowed"
        body.pieces.append(Piece(plain=_unflowed(text, part) if flowed else text))


def _meta_charset(part: Part, data: bytes) -> str:
    """The charset that HTML declares inside, when the mail declares none."""
    if part.kind != "text/html":
        return ""
    head = data[:2048].decode("latin-1").lower()
    _, found, rest = head.partition("charset=")
    return rest.lstrip("\"'").split('"')[0].split("'")[0].split(">")[0].split(";")[0].strip() if found else ""


def _unflowed(text: str, part: Part) -> str:
    """Join the soft line ends of RFC 3676; quoted lines are left alone."""
    gap = "" if part.params.get("delsp", "").lower() == "yes" else " "
    out: list[str] = []
    joining = False
    for stuffed in text.split("\n"):
        row = stuffed.removeprefix(" ")  # space-stuffing, RFC 3676, 4.4
        if joining:
            out[-1] = out[-1].rstrip(" ") + gap + row
        else:
            out.append(row)
        joining = row.endswith(" ") and row != "-- " and not out[-1].startswith(">")
    return "\n".join(out)


def _without_uuencoded(data: bytes, body: Body) -> bytes:
    """Take uuencoded files out of a text."""
    if b"begin " not in data:
        return data
    kept, position = [], 0
    for found in transfer.uuencoded(data):
        name = headers.file_name(charsets.decode(found.name).text, f"file-{len(body.files) + 1}")
        body.files.append(File(name, mimetypes.guess_type(name)[0] or "application/octet-stream", found.data))
        kept.append(data[position : found.start])
        position = found.end
    return b"".join([*kept, data[position:]])


def _winmail(data: bytes, body: Body, survey: Survey) -> None:
    survey.note("tnef")
    opened = tnef.open_tnef(data)
    if opened.damaged:
        survey.note("bad_tnef")
        if not (opened.items or opened.text or opened.html or opened.rtf):
            body.files.append(File("winmail.dat", "application/ms-tnef", data))
    for number, item in enumerate(opened.items, start=1):
        name = headers.file_name(item.name, f"file-{number}")
        kind = _media_type(item.content_type) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        body.files.append(File(name, kind, item.data, headers.line(item.content_id, 250)))
    if not any(piece.plain.strip() or piece.html for piece in body.pieces):
        plain = opened.text or rtf.text(opened.rtf)
        body.pieces.append(Piece(headers.clean(plain), headers.clean(opened.html)))


def _media_type(value: str) -> str:
    return value.lower() if re.fullmatch(r"[\w.+-]{1,100}/[\w.+-]{1,100}", value, re.ASCII) else ""


def _file(part: Part, name: str, data: bytes, number: int) -> File:
    inline_id = headers.line(part.first("content-id").decode("latin-1").strip().strip("<>"), 250)
    if part.kind in _MESSAGES:
        name = headers.file_name(name or _subject_inside(data), f"mail-{number}").removesuffix(".eml") + ".eml"
        return File(name, part.kind, data)
    ending = _ENDINGS.get(part.kind) or mimetypes.guess_extension(part.kind) or ""
    fallback = _REPORTS.get(part.kind, f"file-{number}{ending}")
    return File(headers.file_name(name, fallback), part.kind, data, inline_id)


def _subject_inside(data: bytes) -> str:
    """The subject of an embedded mail, as its file name."""
    for row in data[:20_000].split(b"\n"):
        if row.lower().startswith(b"subject:"):
            return headers.text(row[8:], 120).replace("/", "_")
        if not row.strip():
            break
    return ""
