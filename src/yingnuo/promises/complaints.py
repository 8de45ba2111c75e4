"""How is what the engine refuses said to people, in their language?"""

from __future__ import annotations

from yingnuo.engine.errors import EngineError


def sentence(error: EngineError) -> str:
    """The complaint as a sentence: place, what is wrong, what to do."""
    return str(error)
