"""Which text can the database keep?"""

from __future__ import annotations

import re

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def keepable(text: str) -> str:
    """The text without NUL and lone surrogates, which PostgreSQL refuses and nobody writes on purpose."""
    return text if text.isascii() and "\x00" not in text else _UNKEEPABLE.sub("", text)
