"""Which characters did the writer mean, whatever the mail says about its charset?

Declared charsets are read as what senders really use (gb2312 is GB18030, iso-8859-1 is windows-1252: the WHATWG
encoding standard). Where the declared one does not fit the bytes, UTF-8 is tried, then the encodings of East Asia and
Cyrillic, the one with the largest share of everyday characters winning.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

BAD_CHARSET = "bad_charset"

_ALIASES = {
    "gb18030": "gb2312 gb_2312-80 gb2312-80 gbk x-gbk cp936 ms936 936 windows-936 chinese gb euc-cn x-euc-cn gb13000",
    "hz": "hz-gb-2312 hz",
    "big5hkscs": "big5 big-5 big5-hkscs x-x-big5 cp950 950 windows-950 big5-eten cn-big5",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j ms932 932 shiftjis cp932",
    "iso2022_jp_ext": "iso-2022-jp iso-2022-jp-1 iso-2022-jp-ms csiso2022jp cp50220 cp50221",
    "euc_jp": "euc-jp x-euc-jp eucjp",
    "cp949": "ks_c_5601-1987 ks_c_5601 euc-kr euckr ksc5601 cp949 949 windows-949 korean",
    "iso2022_kr": "iso-2022-kr",
    "cp1252": "iso-8859-1 iso8859-1 latin1 latin-1 l1 windows-1252 cp1252 us-ascii ascii ansi_x3.4-1968",
    "cp1254": "iso-8859-9 iso8859-9 latin5 windows-1254 cp1254",
    "cp874": "tis-620 iso-8859-11 windows-874 cp874",
    "utf-8-sig": "utf-8 utf8 utf_8 unicode-1-1-utf-8 utf-8-sig utf8mb4 unicode",
    "utf-7": "utf-7 unicode-1-1-utf-7",
    "utf-16": "utf-16 utf-16le utf-16be ucs-2",
    "koi8-r": "koi8-r koi8 koi",
    "koi8-u": "koi8-u",
    "mac_roman": "macintosh mac x-mac-roman",
}
_KNOWN = {alias: codec for codec, aliases in _ALIASES.items() for alias in aliases.split()}
# other names are taken only when Python's codec of that name is one of these: some codecs (punycode, idna) take
# quadratic time on long input, others (rot13, zlib) are no charsets
_OTHERS = re.compile(r"(?:cp125\d|cp85\d|cp86\d|cp437|cp775|iso8859-\d+|mac-\w+|johab|euc_jis_2004|tis-620)\Z")

_MULTIBYTE_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]{2,}")
_JAPANESE_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\(J)")
_SAMPLE = 20_000
_KOREAN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and whether the declared charset was wrong or some bytes could not be read."""

    text: str
    damaged: bool = False


def codec_of(charset: str) -> str:
    """Python's codec for a declared charset, "" when there is none that may be used."""
    name = charset.strip().strip("\"'").lower()
    if name in _KNOWN:
        return _KNOWN[name]
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):  # ValueError: a NUL inside the name
        return ""
    return _KNOWN.get(found, found if _OTHERS.match(found) else "")


def decode(data: bytes, charset: str = "") -> Decoded:
    """Text of `data`, declared to be in `charset` ("" for not declared). Never raises; any bytes give some text."""
    if not _HIGH.search(data) and b"\x1b" not in data and not charset:
        return Decoded(data.decode("ascii"))
    codec = codec_of(charset)
    if codec not in ("", "utf-8-sig", "utf-16") and _is_surely_utf8(data):
        return Decoded(data.decode("utf-8-sig"), damaged=True)
    if codec:
        text = _strict(data, codec)
        if text is not None and not (codec == "cp1252" and _is_not_western(charset, data)):
            return Decoded(text)
    return _second_try(data, codec, declared=charset)


def _second_try(data: bytes, codec: str, *, declared: str) -> Decoded:
    """After the declared charset failed, or when there was none."""
    guessed = guess(data)
    text = _strict(data, guessed)
    if text is not None and guessed != "cp1252":
        return Decoded(text, damaged=bool(declared))
    best = codec or guessed
    return Decoded(data.decode(best, "replace"), damaged=True)


def guess(data: bytes) -> str:
    """The most likely codec of undeclared bytes; cp1252 when nothing speaks for another."""
    if _strict(data, "utf-8-sig") is not None:
        return "iso2022_jp_ext" if _JAPANESE_ESCAPE.search(data) else "utf-8-sig"
    sample = data[:_SAMPLE]
    scores = {codec: _likeness(sample, codec) for codec in _CANDIDATES}
    best = max(scores, key=lambda codec: scores[codec])
    # Korean bytes are also everyday Chinese characters, seldom the other way round: long enough, a tie is Korean
    if scores["cp949"] >= scores[best] and len(_HIGH.findall(sample)) >= _KOREAN_BYTES:
        best = "cp949"
    return best if scores[best] >= 0.5 else "cp1252"


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _is_surely_utf8(data: bytes) -> bool:
    """Four or more multi-byte sequences and no error: other encodings yield this by chance only in tiny texts."""
    found = _MULTIBYTE_UTF8.finditer(data)
    if sum(1 for _, _ in zip(range(4), found, strict=False)) < 4:
        return False
    return _strict(data, "utf-8") is not None


def _is_not_western(charset: str, data: bytes) -> bool:
    """Whether bytes called Latin-1 are none: 8-bit "ASCII", or high bytes in long runs as only Asian text has them."""
    sample = data[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if "ascii" in charset.lower():
        return high > 0 or bool(_HIGH.search(data))
    in_runs = sum(len(run) for run in _HIGH_RUNS.findall(sample))
    return high >= 6 and in_runs >= 0.9 * high and guess(sample) != "cp1252"


def _likeness(sample: bytes, codec: str) -> float:
    """Share of the sample's non-ASCII characters that are everyday ones of the codec's language, 0 … 1."""
    text = sample.decode(codec, "replace").rstrip("\ufffd")
    strange = [char for char in text if char > "\x7f"]
    if not strange:
        return 0.0
    everyday = _CANDIDATES[codec]
    good = sum(1 for char in strange if everyday(char))
    return (good - 3 * strange.count("\ufffd")) / len(strange)


def _lead(char: str, codec: str) -> int:
    try:
        code = char.encode(codec)
    except UnicodeError:
        return 0
    return code[0] if len(code) == 2 else 0


def _is_simplified(char: str) -> bool:
    return 0xB0 <= (lead := _lead(char, "gb2312")) <= 0xD7 or lead in (0xA1, 0xA3)


def _is_traditional(char: str) -> bool:
    return 0xA1 <= _lead(char, "big5") <= 0xC6


def _is_japanese(char: str) -> bool:
    return "\u3040" <= char <= "\u30ff" or 0x81 <= _lead(char, "cp932") <= 0x97


def _is_korean(char: str) -> bool:
    """KS X 1001 only: the rarer syllables of cp949 turn up when other encodings are read as Korean."""
    return 0xB0 <= _lead(char, "euc_kr") <= 0xC8 or "\u3000" <= char <= "\u303f"


def _is_cyrillic(char: str) -> bool:
    """Lower case only: KOI8-R text read as windows-1251 is mostly upper case, and the other way round."""
    return "\u0430" <= char <= "\u044f" or char == "\u0451"


# the order breaks ties: simplified Chinese first
_CANDIDATES = {
    "gb18030": _is_simplified,
    "big5hkscs": _is_traditional,
    "euc_jp": _is_japanese,
    "cp932": _is_japanese,
    "cp949": _is_korean,
    "koi8-r": _is_cyrillic,
    "cp1251": _is_cyrillic,
}
