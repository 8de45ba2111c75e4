"""How is Chinese and English text made findable without a dictionary?

Runs of CJK characters become overlapping pairs plus the last single character, so that a two-character word is found
exactly and a one-character query by prefix; Latin words and numbers stay whole and the last one matches by prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]+|[0-9a-z]+")
_LONGEST = 20_000  # characters of one document that are indexed
_WORD = 60  # letters of one word that are indexed and asked for; PostgreSQL refuses words of more than 2,046 bytes
_POSITIONS = 16_000  # tsvector's positions end at 16,383


def _is_cjk(run: str) -> bool:
    return run[0] > "\u33ff" or "\u3040" <= run[0] <= "\u30ff"


def tokens(text: str) -> Iterator[str]:
    """Tokens of a document, in order; text is cut at 20,000 characters."""
    for run in _RUN.findall(text[:_LONGEST].lower()):
        if _is_cjk(run):
            yield from (run[i : i + 2] for i in range(len(run)))
        else:
            yield run[:_WORD]


def document(*texts: str) -> str:
    """The text form of a PostgreSQL tsvector for these texts, to be cast with `::tsvector`."""
    places: dict[str, list[int]] = {}
    for position, token in enumerate(tokens("\n".join(texts)), 1):
        if position > _POSITIONS:
            break
        places.setdefault(token, []).append(position)
    return " ".join(f"'{token}':{','.join(map(str, at[:200]))}" for token, at in places.items())


def query(text: str) -> str:
    """The text form of a tsquery: every run of the words asked for must occur; "" when nothing can be searched."""
    runs = _RUN.findall(text.lower())
    parts = []
    for place, run in enumerate(runs):
        if not _is_cjk(run):
            parts.append(f"'{run[:_WORD]}'" + (":*" if place == len(runs) - 1 else ""))
        elif len(run) == 1:
            parts.append(f"'{run}':*")
        else:
            parts.append("(" + " <-> ".join(f"'{run[i : i + 2]}'" for i in range(len(run) - 1)) + ")")
    return " & ".join(parts)
