"""How right was what was read from a collection of mails, by what its makers say of it?

Three kinds of expectation, told by the file's own form: new words of replies (a JSON list), files inside mails (a JSON
object by name), and what a mail is (a CSV of file and label). Every miss is listed with what was found instead.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

ENOUGH = 0.98
_OLE_ID = 16  # bytes of class id that one extractor leaves before an OLE object
_BODIES = ("message.rtf", "message.html", "message.txt")
_LABELS = {
    "bounce": {"bounce"}, "auto_reply": {"auto_reply"}, "feedback_report": {"report"},
    "report": {"report"}, "request": {"request", "reply"}, "reply": {"request", "reply"}, "not_bounce": set(),
}  # fmt: skip


class File(Protocol):
    """A file of a mail; `crlf` counts its line ends of two bytes."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def crlf(self) -> int: ...


class Told(Protocol):
    """What was told about one mail."""

    @property
    def file(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def folded(self) -> str: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def attachments(self) -> Sequence[File]: ...


@dataclass(slots=True)
class Figure:
    """How many were right, and each miss with its reason."""

    name: str
    right: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Right ones of all; 1 when there were none."""
        total = self.right + len(self.misses)
        return self.right / total if total else 1.0

    def note(self, file: str, reason: str) -> None:
        """One more: "" as reason when it is right."""
        if reason:
            self.misses.append(f"{file}: {reason}")
        else:
            self.right += 1

    def told(self) -> str:
        """The line of the figure and one for each miss."""
        total = self.right + len(self.misses)
        mark = "" if self.share >= ENOUGH else f"  (below {ENOUGH:.0%})"
        rows = [f"{self.name}: {self.right} of {total} right, {self.share:.1%}{mark}"]
        return "\n".join(rows + [f"  miss {miss}" for miss in self.misses])


def compare(expected: Path, lines: Iterable[Told]) -> list[Figure]:
    """The figures of one expectation file; ValueError when its form is none of the three."""
    told = {_short(line.file): line for line in lines}
    if expected.suffix == ".csv":
        return [_kinds(list(csv.DictReader(expected.read_text(encoding="utf-8").splitlines())), told)]
    wanted = json.loads(expected.read_text(encoding="utf-8"))
    if isinstance(wanted, list):
        return [_words(wanted, told), _folding(wanted, told)]
    if isinstance(wanted, dict):
        return [_files(wanted, told, "names of attachments", _named), _files(wanted, told, "their sizes", _sized)]
    raise ValueError("neither a list of replies, nor an object of files, nor a CSV of labels")


def _short(file: str) -> str:
    """The name within its archive."""
    first, slash, rest = file.partition("/")
    return rest if slash and first.endswith((".gz", ".tar", ".zip", ".tgz")) else file


def _words(wanted: Sequence[Mapping[str, Any]], told: Mapping[str, Told]) -> Figure:
    figure = Figure("new words of replies")
    for entry in wanted:
        if "visible_text" in entry:
            line = told.get(entry["file"])
            figure.note(entry["file"], _word_miss(entry["visible_text"], line) if line else "was not among the mails")
    return figure


def _word_miss(wanted: str, line: Told) -> str:
    """Collections differ on signatures: the words with or without their signature are right."""
    bare, found = _bare(wanted), _bare(line.text)
    if bare == found or (bare.startswith(found) and found and _bare(line.folded).startswith(bare[len(found) :])):
        return ""
    return f"expected {wanted[:60]!r}, found {line.text[:60]!r}"


def _bare(text: str) -> str:
    return "".join(text.split())


def _folding(wanted: Sequence[Mapping[str, Any]], told: Mapping[str, Told]) -> Figure:
    """Entries without a text say only whether something at the end is hidden."""
    figure = Figure("whether anything is folded")
    for entry in wanted:
        line = told.get(entry["file"])
        if "hidden" not in entry or line is None:
            continue
        hides = any(entry["hidden"])
        said = "something is folded" if line.folded else "nothing is folded"
        figure.note(entry["file"], "" if hides == bool(line.folded) else said)
    return figure


Judge = Callable[[Mapping[str, int], Told], str]


def _files(wanted: Mapping[str, Mapping[str, Any]], told: Mapping[str, Told], name: str, judge: Judge) -> Figure:
    figure = Figure(name)
    stems = {Path(file).stem: line for file, line in told.items()}
    for stem, entry in wanted.items():
        sizes = {n: s for n, s in entry["extracted_file_sizes"].items() if n not in _BODIES}
        line = stems.get(stem)
        figure.note(stem, judge(sizes, line) if line else "was not among the mails")
    return figure


def _named(sizes: Mapping[str, int], line: Told) -> str:
    """Names that come twice get a number behind from some extractors."""
    found = sorted(f.name for f in line.attachments)
    plain = sorted(n if n in found else n.rpartition(".")[0] for n in sizes)
    return "" if plain == found else f"expected {plain}, found {found}"


def _sized(sizes: Mapping[str, int], line: Told) -> str:
    """Texts may be counted with LF line ends, OLE objects with the class id before them."""
    left = [size for size in sizes.values() if size is not None]
    wrong = []
    for f in line.attachments:
        fits = next((n for n in (f.size, f.size - f.crlf, f.size + _OLE_ID) if n in left), None)
        if fits is None:
            wrong.append(f"{f.name} has {f.size} bytes")
        else:
            left.remove(fits)
    return "; ".join(wrong)


def _kinds(rows: Sequence[Mapping[str, str]], told: Mapping[str, Told]) -> Figure:
    figure = Figure("what a mail is")
    for row in rows:
        line = told.get(row["file"])
        right = _LABELS.get(row["label"], {row["label"]})
        if line is None:
            figure.note(row["file"], "was not among the mails")
        elif line.kind in right:
            figure.note(row["file"], "")
        else:
            figure.note(row["file"], f"labelled {row['label']}, read as {line.kind} ({', '.join(line.notes) or '-'})")
    return figure
