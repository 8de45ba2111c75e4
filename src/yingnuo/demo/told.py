"""Where do the demonstration's texts stand?"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def told(name: str) -> Any:
    """What the data file of this name holds."""
    text = resources.files("yingnuo.demo").joinpath(f"data/{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
