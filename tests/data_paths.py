"""Where do the real data lie that some tests read?"""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(*parts: str) -> Path:
    """Path of `shared/<parts>` beside the repository; skips the test, and says so, where it is missing."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real data not here: shared/{'/'.join(parts)}")
    return path
