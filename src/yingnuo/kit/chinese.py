"""How is Chinese made the same however it is written, and how does a name sound?

Two tables of libraries are read as data, without loading the libraries themselves: OpenCC's of single characters (its
phrases would need a dictionary walk per document), and pypinyin's of readings (its phrases take 30 MB of memory).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import islice, product
from pathlib import Path

_MOST_READINGS = 8  # of one name: characters with several readings multiply


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def _simple() -> dict[int, str]:
    """The simplified character of each traditional one, one for one."""
    text = (_folder("opencc") / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8-sig")
    pairs = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return {ord(old): new.split(" ")[0] for old, new in pairs}


def plain(text: str) -> str:
    """The text as it is compared: half and full width the same (NFKC), lower case, simplified characters.

    Characters go one for one but for ligatures and signs that NFKC takes apart.
    """
    return unicodedata.normalize("NFKC", text).lower().translate(_simple())


@cache
def _readings() -> dict[int, str]:
    text = (_folder("pypinyin") / "pinyin_dict.json").read_text(encoding="utf-8")
    return {int(code): readings for code, readings in json.loads(text).items()}


@cache
def _syllables(sign: str) -> tuple[str, ...]:
    """Readings of one character without tones, at most three; ü is written v, as it is typed."""
    found = _readings().get(ord(sign), "").split(",")
    bare = (_toneless(reading) for reading in found if reading)
    return tuple(dict.fromkeys(bare))[:3]


def _toneless(reading: str) -> str:
    spelt = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(sign for sign in spelt if "a" <= sign <= "z")


def sounds(name: str) -> list[str]:
    """How a Chinese name is typed in Latin letters: whole and by initials; [] for any other name.

    >>> sounds("王芳")
    ['wangfang', 'wf']
    """
    spoken = [found for sign in name[:12] if (found := _syllables(sign))]
    if len(spoken) < 2:
        return [syllable for found in spoken for syllable in found] if len(name.strip()) == 1 else []
    return list(dict.fromkeys(_spelt(spoken)))


def _spelt(spoken: list[tuple[str, ...]]) -> Iterator[str]:
    for said in islice(product(*spoken), _MOST_READINGS):
        yield "".join(said)
        yield "".join(syllable[0] for syllable in said)
