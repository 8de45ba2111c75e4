"""Which sentences have the parts of the desk brought for the codes that they write into the ledger?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from yingnuo.desk import (
    approval_sentences,
    automation_sentences,
    device_sentences,
    house_sentences,
    link_sentences,
    routing_words,
    task_sentences,
    traffic,
    unit_sentences,
    writing_sentences,
)
from yingnuo.desk.choices import Names

SAYINGS: dict[str, tuple[Callable[[Mapping[str, Any], Names], str], str, str, bool]] = {
    **traffic.SAYINGS, **device_sentences.SAYINGS, **routing_words.SAYINGS, **automation_sentences.SAYINGS,
    **task_sentences.SAYINGS, **writing_sentences.SAYINGS, **unit_sentences.SAYINGS, **link_sentences.SAYINGS,
    **house_sentences.SAYINGS,
    **approval_sentences.SAYINGS,
}  # fmt: skip
