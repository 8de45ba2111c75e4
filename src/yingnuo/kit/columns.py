"""How are many rows handed to PostgreSQL in one statement, without every value being quoted by itself?

Each column travels as one text, its values joined by a control character that no code, number or JSON text holds. The
server takes it apart: a tenth of the cost of an array of parameters, and one prepared statement for any number of rows.

    source((("id", "bigint"), ("due", "timestamptz")))  →  "unnest(…::bigint[], …::timestamptz[]) AS d(id, due)"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_BETWEEN = "\x1f"
_NULL = "\x1e"


def source(columns: Sequence[tuple[str, str]]) -> str:
    """The rows of packed columns (name, PostgreSQL type) for a FROM, called `d`; one `%s` for each, in order."""
    arrays = (f"(string_to_array(%s, E'\\x1f', E'\\x1e'))[2:]::{kind}[]" for _name, kind in columns)
    return f"unnest({', '.join(arrays)}) AS d({', '.join(name for name, _kind in columns)})"


def pack(values: Iterable[object]) -> str:
    """One column: None is NULL, everything else as `str` writes it. ValueError when a text holds the separator."""
    texts = [_NULL if value is None else str(value) for value in values]
    packed = "".join([_BETWEEN + text for text in texts])
    if packed.count(_BETWEEN) != len(texts):
        raise ValueError("a value holds the control character that separates values")
    return packed
