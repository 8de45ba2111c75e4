"""How is Chinese and English text made findable without a dictionary?

Runs of CJK characters become overlapping pairs plus the last single character, so that a two-character word is found
exactly and a one-character query by prefix; words of other scripts and numbers stay whole and the last one matches by
prefix. Full width is half width, traditional characters are simplified ones, capitals are small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from yingnuo.kit.chinese import plain

_CJK = "\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")
_LONGEST = 20_000  # characters of one document that are indexed
_WORD = 60  # letters of one word that are indexed and asked for; PostgreSQL refuses words of more than 2,046 bytes
_POSITIONS = 16_000  # tsvector's positions end at 16,383
_MOST_SPANS = 200  # finds among which the best place of a long text is chosen
_MOST_RUNS = 40  # of one question: nobody means more, and each costs the database


def _is_cjk(run: str) -> bool:
    return _IS_CJK.match(run) is not None


def _runs(text: str) -> list[str]:
    return _RUN.findall(plain(text))[:_MOST_RUNS]


def tokens(text: str) -> Iterator[str]:
    """Tokens of a document, in order; text is cut at 20,000 characters."""
    for run in _RUN.findall(plain(text[:_LONGEST])[:_LONGEST]):
        yield from _tokens_of(run)


def _tokens_of(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run))] if _is_cjk(run) else [run[:_WORD]]


def document(*texts: str) -> str:
    """The text form of a PostgreSQL tsvector for these texts, to be cast with `::tsvector`."""
    places: dict[str, list[int]] = {}
    for position, token in enumerate(tokens("\n".join(texts)), 1):
        if position > _POSITIONS:
            break
        places.setdefault(token, []).append(position)
    return " ".join(f"'{token}':{','.join(map(str, at[:200]))}" for token, at in places.items())


def query(text: str, *, phrases: Sequence[str] = (), without: Sequence[str] = ()) -> str:
    """The text form of a tsquery: every run of the words must occur, each phrase as it stands, nothing of `without`.

    "" when nothing can be searched; the last word is a beginning only where no phrase follows.
    """
    runs = _runs(text)
    parts = [_part(run, begins=not phrases and place == len(runs) - 1) for place, run in enumerate(runs)]
    parts += [_phrase(found) for said in phrases if (found := _runs(said))]
    parts += [f"!({_phrase(found)})" for said in without if (found := _runs(said))]
    return " & ".join(parts)


def _part(run: str, *, begins: bool) -> str:
    if not _is_cjk(run):
        return f"'{run[:_WORD]}'" + (":*" if begins else "")
    if len(run) == 1:
        return f"'{run}':*"
    return "(" + " <-> ".join(f"'{pair}'" for pair in _tokens_of(run)[:-1]) + ")"


def _phrase(runs: Sequence[str]) -> str:
    """Runs that follow each other: within, a CJK run ends with its single last sign, as documents have it."""
    inner = [f"'{token}'" for run in runs[:-1] for token in _tokens_of(run)]
    return "(" + " <-> ".join([*inner, _part(runs[-1], begins=False)]) + ")"


def any_of(text: str, *, phrases: Sequence[str] = ()) -> str:
    """The text form of a tsquery that is content with any of what `query` wants all of."""
    runs = [*_runs(text), *(run for said in phrases for run in _runs(said))]
    return " | ".join(_part(run, begins=place == len(runs) - 1) for place, run in enumerate(runs))


def musts(text: str, *, phrases: Sequence[str] = ()) -> list[tuple[str, bool]]:
    """The tokens that `query` of the same asks for in every document, each with whether it is only a beginning."""
    runs = [*_runs(text), *(run for said in phrases for run in _runs(said))]
    ends = not phrases
    found = [(token, False) for run in runs for token in (_tokens_of(run)[:-1] if _is_cjk(run) else [run[:_WORD]])]
    found += [(run, True) for run in runs if _is_cjk(run) and len(run) == 1]
    if ends and runs and not _is_cjk(runs[-1]):
        found = [*[pair for pair in found if pair != (runs[-1][:_WORD], False)], (runs[-1][:_WORD], True)]
    return found


def needles(text: str, phrases: Sequence[str] = ()) -> list[str]:
    """What to mark in a text that was found: the runs asked for, plain; longest first."""
    found = {run for said in (text, *phrases) for run in _runs(said)}
    return sorted(found, key=lambda run: (-len(run), run))


Piece = tuple[str, bool]


def marked(text: str, wanted: Sequence[str], *, width: int = 0) -> list[Piece]:
    """The text in pieces, each with whether it was asked for; with `width`, cut to the part where most is found.

    What is left out is an ellipsis. Words of letters are marked where they begin, Chinese anywhere.
    """
    shown = text[:_LONGEST] if width else text
    spans = _spans(shown, wanted)
    start, end = _window(spans, len(shown), width) if width else (0, len(shown))
    pieces: list[Piece] = [("…", False)] if start else []
    place = start
    for left, right in spans:
        if left >= place and right <= end:
            pieces += [(shown[place:left], False), (shown[left:right], True)]
            place = right
    pieces += [(shown[place:end], False), ("…" if end < len(text) else "", False)]
    return [piece for piece in pieces if piece[0]]


def _spans(text: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    if not wanted:
        return []
    letters = plain(text)
    places = range(len(text) + 1)
    if len(letters) != len(text):  # NFKC took something apart: character by character, then
        parts = [plain(sign) for sign in text]
        letters = "".join(parts)
        places = [at for at, part in enumerate(parts) for _sign in part] + [len(text)]  # type: ignore[assignment]
    pattern = "|".join(re.escape(w) if _is_cjk(w) else rf"(?<![^\W_{_CJK}]){re.escape(w)}" for w in wanted)
    return [(places[found.start()], places[found.end()]) for found in re.finditer(pattern, letters)]


def _window(spans: Sequence[tuple[int, int]], length: int, width: int) -> tuple[int, int]:
    """Where the most is found within `width` characters, a fifth of them before the first find."""
    if length <= width or not spans:
        return 0, min(length, width)
    starts = [start for start, _end in spans[:_MOST_SPANS]]
    reach = width * 3 // 5
    best = max(spans[:_MOST_SPANS], key=lambda s: (sum(s[0] <= other < s[0] + reach for other in starts), -s[0]))
    start = max(0, min(best[0] - width // 5, length - width))
    return start, min(length, max(start + width, best[1]))
