"""Does a proof of a promise hold in itself: its digest, its rows in their seals, its verdict from its marks?

A proof is a JSON object (format 1) that `journey.proof` writes. It carries everything by which its promise can be
judged again without the installation: the sealed rows (`rows`, each as the JSON text that was sealed), the seals they
are under, the service times, and the promise as it stood. What no file can show by itself is that the installation
holds the same seals; that is asked of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from yingnuo.engine import clock, merkle
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.clock import Mark, MarkKind, Standing, State
from yingnuo.engine.errors import EngineError
from yingnuo.engine.merkle import Link
from yingnuo.engine.terms import Terms

KIND, FORMAT = "yingnuo.promise", 1
MARKS, TERMS = "promises_mark", "promises_termscopy"
_OUTSIDE = ("digest", "signature")
_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: `what` in plain English, `about` the row, seal or fact."""

    what: str
    about: str = ""


def digest_of(proof: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of everything in a proof but its digest and signature, as canonical JSON."""
    inside = {key: value for key, value in proof.items() if key not in _OUTSIDE}
    plain = json.dumps(inside, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


def check(proof: object) -> list[Problem]:
    """Everything in it that does not hold, as far as it can be seen without the installation; [] when all does."""
    if not isinstance(proof, Mapping) or proof.get("proof") != KIND:
        return [Problem("this is not a proof of a promise")]
    if proof.get("format") != FORMAT:
        return [Problem("it was written by another version", str(proof.get("format")))]
    try:
        return list(_problems(proof))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return [Problem("it is incomplete or its parts are of the wrong kind", f"{type(error).__name__}: {error}")]


def _problems(proof: Mapping[str, Any]) -> Iterator[Problem]:
    if proof["digest"] != digest_of(proof):
        yield Problem("it was changed after it was written")
    links = {link.number: (link, digest) for link, digest in map(_link, proof["seals"])}
    for number, (link, digest) in links.items():
        if link.digest() != digest:
            yield Problem("the seal's digest does not come out", f"seal {number}")
        before = links.get(number - 1)
        if before and before[1] != link.previous:
            yield Problem("the seal does not follow from the one before", f"seal {number}")
    for row in proof["rows"]:
        yield from _row(row, links)
    yield from _verdict(proof)


def _link(seal: Mapping[str, Any]) -> tuple[Link, str]:
    return Link(*(seal[name] for name in Link._fields)), seal["digest"]


def _row(row: Mapping[str, Any], links: Mapping[int, tuple[Link, str]]) -> Iterator[Problem]:
    name = f"{row['table']} {row['id']}"
    if json.loads(row["text"])[0] != row["id"]:
        yield Problem("the row's text is that of another row", name)
    if row["seal"] is None:
        return
    if row["seal"] not in links:
        yield Problem("the row's seal is missing", name)
        return
    link, _digest = links[row["seal"]]
    path = [bytes.fromhex(node) for node in row["path"]]
    root = merkle.climb(merkle.leaf(row["text"]), row["place"], link.rows, path)
    within = link.table == row["table"] and link.after_id < row["id"] <= link.last_id
    if not within or root is None or root.hex() != link.root:
        yield Problem("the row is not the one that was sealed", name)


def _verdict(proof: Mapping[str, Any]) -> Iterator[Problem]:
    """Whether the promise as it is told is what follows from the terms and marks among the rows."""
    told = proof["promise"]
    terms = dict(_terms(proof))
    for number, (digest, copy) in terms.items():
        if copy.digest() != digest:
            yield Problem("the terms are not those of their digest", f"{TERMS} {number}")
    marks = [Mark(MarkKind.STARTED, _seconds(told["started_at"])), *_marks(proof, told["id"], terms)]
    calendars = {key: Calendar.from_spec(spec) for key, spec in proof["calendars"].items()}
    try:
        state = clock.fold(terms[told["first_terms"]][1], marks, _seconds(proof["made_at"]), calendars.__getitem__)
    except EngineError as error:
        yield Problem("the promise cannot be judged", str(error))
        return
    for name, value in _expected(state).items():
        if _plain(told[name]) != value:
            yield Problem("the promise is not what follows from its marks", name)
    if terms[told["terms"]][1] != state.terms:
        yield Problem("the terms in force are others", f"{TERMS} {told['terms']}")


def _terms(proof: Mapping[str, Any]) -> Iterator[tuple[int, tuple[str, Terms]]]:
    for row in proof["rows"]:
        if row["table"] == TERMS:
            number, digest, spec = json.loads(row["text"])
            yield number, (digest, Terms.from_spec(spec))


def _marks(proof: Mapping[str, Any], promise: int, terms: Mapping[int, tuple[str, Terms]]) -> Iterator[Mark]:
    for row in proof["rows"]:
        if row["table"] != MARKS:
            continue
        number, of, kind, at, recorded, reason, copy, *_actor = json.loads(row["text"])
        if of == promise:
            new = terms[copy][1] if copy is not None else None
            yield Mark(MarkKind(kind), at // _MICRO, number, reason, recorded // _MICRO, new)


def _expected(state: State) -> dict[str, object]:
    return {
        "standing": Standing.BROKEN.value if state.broken else state.standing.value, "due_at": state.due,
        "met_at": state.met, "ended_at": state.ended_at, "broken_at": state.breached_at,
        "worked_seconds": state.worked, "overrun_seconds": state.overrun, "remaining_seconds": state.remaining,
    }  # fmt: skip


def _plain(value: object) -> object:
    """An instant as epoch seconds; everything else as it is."""
    return _seconds(value) if isinstance(value, str) and "T" in value else value


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() // 1)


def seals_of(proof: Mapping[str, Any]) -> Sequence[tuple[int, str]]:
    """Number and digest of every seal that a proof names, its head last: what the ledger must hold."""
    head = proof["head"]
    return [(s["number"], s["digest"]) for s in proof["seals"]] + ([(head["number"], head["digest"])] if head else [])
