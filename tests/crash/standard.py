"""Which standard of seconds do the crash tests promise by? Plain values, for the company and for the judge alike."""

from typing import Any

LADDER: list[dict[str, Any]] = [
    {"step": "warn", "before": 2, "to": ["lead"], "by": ["in_app", "sms"]},
    {"step": "broken", "after": 0, "to": ["lead", "departments"], "by": ["in_app", "mail"]},
]
TARGETS = {"first_response": 5, "resolution": 8}
