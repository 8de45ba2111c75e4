"""How is a specification (a plain mapping out of YAML or JSON) read so that every error names its place?

Each reader takes what was written and the place where it stands, gives the value in its proper type, or raises
`BadSpec` with that place, what was given and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from yingnuo.engine.errors import BadSpec

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?:\d+[smhd])(?:\s*\d+[smhd])*")


def refusal(path: str, code: str, *, given: object, expected: str | Iterable[str] = "") -> BadSpec:
    """The error for one place of a specification: what is wrong (`code`), what was given, what would be right."""
    wanted = expected if isinstance(expected, str) else ", ".join(expected)
    message = f"{code.replace('_', ' ')}: {given!r}" + (f"; expected {wanted}" if wanted else "")
    return BadSpec(path, code, message, given=str(given), expected=wanted)


def mapping(value: object, path: str) -> Mapping[str, Any]:
    """`value` if it is a mapping with text keys."""
    if not isinstance(value, Mapping):
        raise refusal(path, "not_a_mapping", given=value)
    for key in value:
        if not isinstance(key, str):
            raise refusal(path, "key_not_text", given=key)
    return value


def only(given: Mapping[str, Any], known: Collection[str], path: str) -> None:
    """Refuse keys that nobody reads: a misspelt key must not be silently without effect."""
    for key in given:
        if key not in known:
            raise refusal(f"{path}.{key}" if path else key, "unknown_key", given=key, expected=list(known))


def items(value: object, path: str) -> list[Any]:
    """`value` as a list; a text is not a list of letters."""
    if not isinstance(value, list | tuple):
        raise refusal(path, "not_a_list", given=value)
    return list(value)


def text(value: object, path: str) -> str:
    """`value` if it is a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise refusal(path, "not_a_text", given=value)
    return str(value)


def texts(value: object, path: str) -> tuple[str, ...]:
    """A list of texts as a tuple; a single text counts as a list of one."""
    listed = [value] if isinstance(value, str) else items(value, path)
    return tuple(text(item, f"{path}[{n}]") for n, item in enumerate(listed))


def one_of(value: object, known: Collection[str], path: str) -> str:
    """`value` if it is one of the known words."""
    if value not in known:
        raise refusal(path, "unknown_word", given=value, expected=list(known))
    return str(value)


def duration(value: object, path: str) -> int:
    """Whole seconds >= 0 from a number or from "90s", "15m", "2h", "1h30m", "1d".

    "1d" is 86,400 seconds of the calendar it is counted in. It is not a working day: a working day of eight hours is
    "8h" in an office calendar.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise refusal(path, "not_a_duration", given=value, expected='seconds, or "90s", "15m", "2h", "1h30m", "1d"')
    if isinstance(value, int):
        seconds = value
    elif _DURATION.fullmatch(value.strip()):
        seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", value))
    else:
        raise refusal(path, "not_a_duration", given=value, expected='seconds, or "90s", "15m", "2h", "1h30m", "1d"')
    if seconds < 0:
        raise refusal(path, "negative_duration", given=value)
    return seconds


SHARE = re.compile(r"\d+(?:\.\d+)?\s*%")
_DAYS = re.compile(r"(\d+)\s*wd")
_MOST_DAYS = 1_000


def percent(value: str, path: str, *, most: int) -> float:
    """A share from "25%": more than 0 and at most `most` percent."""
    number = float(value.strip().rstrip("%"))
    if not 0 < number <= most:
        raise refusal(path, "not_a_share", given=value, expected=f"0% < share <= {most}%")
    return number / 100


def working_days(value: object, path: str) -> int:
    """The number of working days in "2wd"; 0 for anything else."""
    found = _DAYS.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return 0
    days = int(found[1])
    if not 0 < days <= _MOST_DAYS:
        raise refusal(path, "zero_target", given=value, expected=f"1 to {_MOST_DAYS} working days")
    return days


def target(value: object, path: str) -> int:
    """A duration above zero: no promise is written as null, never as zero."""
    seconds = duration(value, path)
    if seconds == 0:
        raise refusal(path, "zero_target", given=value, expected="null for no promise")
    return seconds
