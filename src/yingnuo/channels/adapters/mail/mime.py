"""Which parts does a raw mail consist of?

An own splitter rather than `email.parser`, for three reasons: it works on positions in the raw bytes (a 50 MB
attachment is neither turned into a string nor cut into lines), its work is bounded however the mail is nested, and it
reads what broken senders write (no boundary, wrong boundary, CR line ends, junk between headers). It never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from yingnuo.channels.adapters.mail import headers

MAX_DEPTH = 16
MAX_PARTS = 500
MAX_HEADER_BYTES = 512 * 1024
MAX_HEADERS = 2000
_MAX_FALSE_BOUNDARIES = 100_000

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_BOUNDARY_LIKE = re.compile(rb"(?:\A|[\r\n])--([^\s-][^\r\n]{0,198}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE)
_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME entity: its headers, and its undecoded body as the range `start`..`end` of `raw`."""

    fields: tuple[tuple[str, bytes], ...]  # names in lower case, values unfolded
    raw: bytes
    start: int
    end: int
    kind: str  # media type in lower case: "text/plain"
    params: dict[str, str]
    children: tuple[Part, ...] = ()

    def all(self, name: str) -> list[bytes]:
        """Every value of a header, in order."""
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> bytes:
        """The first value of a header, b"" when there is none."""
        return next((value for key, value in self.fields if key == name), b"")

    def text(self, name: str) -> str:
        """The first value of a header, decoded for reading."""
        return headers.text(self.first(name))

    def body(self) -> bytes:
        """A copy of the undecoded body."""
        return self.raw[self.start : self.end]

    def walk(self) -> Iterator[Part]:
        """This part and all below it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Survey:
    """What was met on the way: damage codes, and how many parts there were so far."""

    notes: list[str] = field(default_factory=list)
    parts: int = 0

    def note(self, code: str) -> None:
        """Keep a damage code once."""
        if code not in self.notes:
            self.notes.append(code)


def split(raw: bytes, survey: Survey) -> Part:
    """The tree of parts of one raw mail. Damage goes to `survey.notes`."""
    if b"\n" not in raw[:MAX_HEADER_BYTES] and b"\r" in raw[:MAX_HEADER_BYTES]:
        raw = raw.replace(b"\r", b"\n")
    return _entity(raw, _skip_envelope(raw), len(raw), survey, depth=0, default="text/plain")


def _skip_envelope(raw: bytes) -> int:
    """Position after leading blank lines, a byte order mark and an mbox "From " line."""
    position = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while raw[position : position + 1] in (b"\r", b"\n"):
        position += 1
    if raw.startswith((b"From ", b">From "), position):
        position = _line_end(raw, position, len(raw))
    return position


def _entity(raw: bytes, start: int, end: int, survey: Survey, *, depth: int, default: str) -> Part:
    survey.parts += 1
    fields, body = _header_block(raw, start, end, survey)
    content_type = next((value for key, value in fields if key == "content-type"), b"")
    match = _TYPE.match(content_type.decode("latin-1"))
    kind = match[1].lower() if match else default
    params = headers.params(content_type)
    children: tuple[Part, ...] = ()
    if kind.startswith("multipart/"):
        children = _children(raw, body, end, survey, depth=depth, kind=kind, boundary=params.get("boundary", ""))
        kind = kind if children else "text/plain"
    elif kind == "message/partial" and params.get("number") == "1":
        survey.note("partial")
        if depth < MAX_DEPTH:
            children = (_entity(raw, body, end, survey, depth=depth + 1, default="text/plain"),)
    return Part(tuple(fields), raw, body, end, kind, params, children)


def _header_block(raw: bytes, start: int, end: int, survey: Survey) -> tuple[list[tuple[str, bytes]], int]:
    """Unfolded header fields, and where the body begins."""
    lines: list[list[bytes]] = []
    position = start
    while position < end:
        if position - start > MAX_HEADER_BYTES or len(lines) > MAX_HEADERS:
            survey.note("oversize")
            break
        after = _line_end(raw, position, end)
        line = raw[position:after].rstrip(b"\r\n")
        if not line.strip():
            position = after
            break
        if line[:1] in (b" ", b"\t") and lines:
            lines[-1].append(line)
        elif _FIELD.match(line):
            lines.append([line])
        elif not _goes_on(raw, after, end):
            survey.note("bad_header")
            break
        else:
            survey.note("bad_header")
        position = after
    return [_field(pieces) for pieces in lines], position


def _goes_on(raw: bytes, position: int, end: int) -> bool:
    """Whether another header (or the blank line after them) follows a line that is none."""
    line = raw[position : _line_end(raw, position, end)].rstrip(b"\r\n")
    return bool(_FIELD.match(line)) or (position < end and not line)


def _field(pieces: list[bytes]) -> tuple[str, bytes]:
    match = _FIELD.match(b"".join(pieces))
    if match is None:  # cannot be: the first piece matched
        return "", b""
    return match[1].decode("latin-1").lower(), match[2].strip()


def _line_end(raw: bytes, position: int, end: int) -> int:
    found = raw.find(b"\n", position, end)
    return end if found < 0 else found + 1


def _children(
    raw: bytes, start: int, end: int, survey: Survey, *, depth: int, kind: str, boundary: str
) -> tuple[Part, ...]:
    """The parts of a multipart body; () when no boundary can be found, so that the body is read as text."""
    if depth >= MAX_DEPTH:
        survey.note("too_deep")
        return ()
    spans = _spans(raw, start, end, boundary.encode("latin-1", "replace").rstrip(), survey) if boundary else []
    if not spans:
        survey.note("bad_boundary")
        like = _BOUNDARY_LIKE.search(raw, max(0, start - 1), min(end, start + MAX_HEADER_BYTES))
        spans = _spans(raw, start, end, like[1], survey) if like else []
    default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    return tuple(_entity(raw, a, b, survey, depth=depth + 1, default=default) for a, b in spans)


def _spans(raw: bytes, start: int, end: int, boundary: bytes, survey: Survey) -> list[tuple[int, int]]:
    """Ranges between the boundary lines; an unclosed last part runs to the end."""
    spans: list[tuple[int, int]] = []
    opened = -1
    for line_start, after, closing in _boundary_lines(raw, start, end, b"--" + boundary, survey):
        if opened >= 0:
            spans.append((opened, max(opened, line_start)))
        opened = -1 if closing else after
        if closing:
            return spans
        if survey.parts + len(spans) >= MAX_PARTS:
            survey.note("too_many_parts")
            break
    if opened >= 0:
        survey.note("truncated")
        spans.append((opened, end))
    return spans


def _boundary_lines(raw: bytes, start: int, end: int, mark: bytes, survey: Survey) -> Iterator[tuple[int, int, bool]]:
    """(end of the text before, start of the text after, closing) of each boundary line."""
    position, false_hits = start, 0
    while (found := raw.find(mark, position, end)) >= 0:
        position = found + len(mark)
        after = _line_end(raw, position, end)
        rest = raw[position : min(after, position + 80)].strip()
        at_line_start = found == start or raw[found - 1 : found] in (b"\n", b"\r")
        if at_line_start and rest in (b"", b"--"):
            yield _before_newline(raw, start, found), after, rest == b"--"
            position = after
            continue
        false_hits += 1
        if false_hits > _MAX_FALSE_BOUNDARIES:
            survey.note("bad_boundary")
            return


def _before_newline(raw: bytes, start: int, found: int) -> int:
    """The line end before a boundary belongs to the boundary (RFC 2046, 5.1.1)."""
    if found - 2 >= start and raw[found - 2 : found] == b"\r\n":
        return found - 2
    return max(start, found - 1)
