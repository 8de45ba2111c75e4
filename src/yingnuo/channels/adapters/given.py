"""How is a provider's JSON read, which may hold anything anywhere?

Each function takes whatever stands there and gives what was expected, or its empty form; `moment` alone refuses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def read(body: bytes) -> Mapping[str, Any]:
    """The JSON object in a body; ValueError for anything else."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError(f"not a JSON object: {type(found).__name__}")
    return found


def read_list(body: bytes) -> list[Mapping[str, Any]]:
    """The objects in a body that is a list of them, or one alone; ValueError for what is no JSON."""
    found = json.loads(body)
    return items(found if isinstance(found, list) else [found])


def obj(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A text, or a number as text; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\x00", "")


def moment(value: object, received_at: datetime, *, per_second: int = 1) -> datetime:
    """A time counted since 1970 in seconds (or parts of them), never later than it came; `received_at` for none.

    ValueError for what is no time.
    """
    told = text(value)
    if not told:
        return received_at
    try:
        return min(received_at, datetime.fromtimestamp(float(told) / per_second, UTC))
    except (OverflowError, OSError) as error:
        raise ValueError(f"no time: {told[:40]}") from error
