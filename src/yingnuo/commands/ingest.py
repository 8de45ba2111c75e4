"""How do mails that lie in files come in?

`yingnuo ingest mail PATH` takes a mail file, a folder, a tar or zip archive, an mbox, or winmail.dat files. Every file
is kept raw first, then taken in like a mail from a mailbox, and told: what it is, which ticket it opened or joined and
why, who wrote it, what was visible, which files came along. Running it again changes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

from yingnuo.channels import accept, mail_files
from yingnuo.channels.mail_files import Found
from yingnuo.channels.models import Channel, ChannelKind, Raw, RawState
from yingnuo.commands import comparing
from yingnuo.conf import options
from yingnuo.host.errors import Trouble
from yingnuo.journey import post_in
from yingnuo.journey.post_in import Told
from yingnuo.kit import instants

_PROBLEMS = {
    "own_data": "the folder in which this installation keeps its own data; left alone",
    "not_mail": "by its name no mail; left alone",
    "empty": "empty: there is nothing to take in",
    "unreadable": "cannot be read",
    "too_large": f"larger than {mail_files.LARGEST // 1024 // 1024} MB: not read",
    "damaged_archive": "the archive is damaged; what came before it was taken in",
    "nested_archive": "an archive within an archive: unpack it and name it by itself",
}


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a mail."""

    name: str
    content_type: str
    size: int
    crlf: int = 0  # line ends of two bytes in it


@dataclass(frozen=True, slots=True)
class Line:
    """What is told about one file. `outcome` as `post_in.Told`, or known, skipped, lost."""

    file: str
    outcome: str
    kind: str = ""
    ticket: int | None = None
    why: str = ""
    subject: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    text: str = ""
    folded: str = ""
    attachments: tuple[Attached, ...] = ()
    notes: tuple[str, ...] = ()
    size: int = 0
    sha256: str = ""
    problem: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ingest`."""
    parser.add_argument("what", choices=["mail"], help="what lies in the files")
    parser.add_argument("path", type=Path, help="a mail, a folder, .tar.gz, .zip, .mbox or winmail.dat")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write what is told there; .jsonl: one a line")
    parser.add_argument("--expect", type=Path, metavar="FILE", help="compare: expected.json or labels.csv of the mails")
    parser.add_argument("--channel", default="", help="code of the channel they count as; without it: mail files")


def run(arguments: argparse.Namespace) -> int:
    """Take everything in; status 1 when something was lost, or not as expected."""
    channel = _channel(arguments.channel)
    path = _foreign(arguments.path)
    counts, told = _Counts(), []
    with ExitStack() as stack:
        out = stack.enter_context(_Json(arguments.json)) if arguments.json else None
        for number, found in enumerate(mail_files.walk(path, without=options.current().var), start=1):
            line = ingest(found, channel)
            counts.add(line)
            told += [line] if arguments.expect else []
            if out:
                out.write(line)
            print(_row(line))
            _progress(number, line)
    print(counts.summary())
    right = _as_expected(arguments.expect, told) if arguments.expect else True
    return 0 if right and not counts.lost else 1


def _foreign(path: Path) -> Path:
    """A path of mails; Trouble when there is none, or when our own data lie there."""
    if not path.exists():
        raise Trouble(f"there is no file or folder {path}")
    var = options.current().var.resolve()
    if path.resolve().is_relative_to(var):
        raise Trouble(f"{path} lies in {var}, where this installation keeps its own data; name another folder")
    return path


def _as_expected(expected: Path, told: list[Line]) -> bool:
    """Prints the figures; whether each is good enough."""
    try:
        figures = comparing.compare(expected, told)
    except (OSError, ValueError, KeyError) as error:
        raise Trouble(f"cannot compare with {expected} ({error})") from error
    print("", *(figure.told() for figure in figures), sep="\n")
    return all(figure.share >= comparing.ENOUGH for figure in figures)


def _channel(code: str) -> Channel:
    if not code:
        return accept.built_in(ChannelKind.FILES)
    row = Channel.objects.filter(code=code, kind__in=[ChannelKind.MAIL, ChannelKind.FILES]).first()
    if row is None:
        known = ", ".join(Channel.objects.filter(kind=ChannelKind.MAIL).values_list("code", flat=True)) or "none yet"
        raise Trouble(f"there is no mail channel {code!r}; known: {known}")
    return row


def ingest(found: Found, channel: Channel) -> Line:
    """One file: kept raw, taken in, told."""
    if found.content is None:
        problem = ": ".join(filter(None, (_PROBLEMS.get(found.problem, found.problem), found.detail)))
        return Line(found.name, "lost" if found.lost else "skipped", problem=problem)
    if not found.content.strip():
        return Line(found.name, "skipped", size=len(found.content), problem=_PROBLEMS["empty"])
    now = instants.now()
    sha256 = hashlib.sha256(found.content).hexdigest()
    raw, new = accept.keep(channel, content=found.content, key=sha256, received_at=now)
    told = post_in.take(raw, now=now) if new or raw.state != RawState.TAKEN else None
    return _told(found, told, sha256) if told else _known(found, raw, sha256)


def _known(found: Found, raw: Raw, sha256: str) -> Line:
    arrival = post_in.understand(raw)
    raw.refresh_from_db(fields=["outcome", "ticket"])
    told = Told(raw, arrival, "known", raw.ticket_id, "same_bytes")
    return _told(found, told, sha256)


def _told(found: Found, told: Told, sha256: str) -> Line:
    a = told.arrival
    sender = f"{a.sender_name} <{a.sender_address}>" if a.sender_name and a.sender_address else None
    return Line(
        file=found.name, outcome=told.outcome, kind=a.kind.value, ticket=told.ticket, why=told.why, subject=a.subject,
        sender=sender or a.sender_address or a.sender_name, recipients=a.recipients, text=a.text,
        folded=a.quoted, notes=a.notes,
        attachments=tuple(Attached(f.name, f.content_type, len(f.data), f.data.count(b"\r\n")) for f in a.files),
        size=len(found.content or b""), sha256=sha256, problem=told.problem,
    )  # fmt: skip


@dataclass(slots=True)
class _Counts:
    """The totals."""

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    attachments: int = 0
    size: int = 0

    def add(self, line: Line) -> None:
        self.outcomes[line.outcome] += 1
        self.kinds[line.kind or "none"] += 1
        self.attachments += len(line.attachments)
        self.size += line.size

    @property
    def lost(self) -> int:
        return self.outcomes["lost"] + self.outcomes["failed"]

    def summary(self) -> str:
        outcomes = ", ".join(f"{n} {name}" for name, n in self.outcomes.most_common())
        kinds = ", ".join(f"{n} {name}" for name, n in self.kinds.most_common() if name != "none")
        total = sum(self.outcomes.values())
        return (
            f"\n{total} files: {outcomes or 'none'}\nmails: {kinds or 'none'}; {self.attachments} attachments, "
            f"{self.size / 1024 / 1024:.1f} MB read\n{'nothing was lost' if not self.lost else f'{self.lost} LOST'}"
        )


class _Json:
    """Writes lines as they come: a JSON array, or one object a line where the name ends in .jsonl."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = path.suffix == ".jsonl"
        self._written = 0
        self._file: TextIO

    def __enter__(self) -> _Json:
        try:
            self._file = self._path.open("w", encoding="utf-8")
        except OSError as error:
            raise Trouble(f"cannot write {self._path} ({error.strerror}); choose another --json") from error
        self._file.write("" if self._lines else "[\n")
        return self

    def write(self, line: Line) -> None:
        text = json.dumps(asdict(line), ensure_ascii=False)
        after = "\n" if self._lines else ""
        before = ",\n" if self._written and not self._lines else ""
        self._file.write(f"{before}{text}{after}")
        self._written += 1

    def __exit__(self, *_error: object) -> None:
        self._file.write("" if self._lines else "\n]\n")
        self._file.close()


def _row(line: Line) -> str:
    ticket = f"YN-{line.ticket}" if line.ticket else "-"
    files = f"{len(line.attachments)} files" if line.attachments else ""
    cells = [
        _fit(line.file, 44), _fit(line.outcome, 10), _fit(ticket, 10), _fit(line.sender, 30),
        _fit(line.subject or line.problem, 44), files,
    ]  # fmt: skip
    return "  ".join(cells).rstrip()


def _fit(text: str, width: int) -> str:
    """Exactly `width` columns; a Chinese character takes two. What a terminal would obey is left out."""
    shown, used = "", 0
    for character in (c for c in text if c.isprintable()):
        wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used + wide > width - 1:
            shown, used = f"{shown}…", used + 1
            break
        shown, used = shown + character, used + wide
    return shown + " " * (width - used)


def _progress(number: int, line: Line) -> None:
    if sys.stderr.isatty():
        print(f"\r{number} files … {_fit(line.file, 50)}", end="\r", file=sys.stderr, flush=True)
    elif number % 100 == 0:
        print(f"{number} files …", file=sys.stderr, flush=True)


def lines(path: Path, channel: Channel) -> Iterator[Line]:
    """What `run` tells, as values."""
    return (ingest(found, channel) for found in mail_files.walk(path, without=options.current().var))
