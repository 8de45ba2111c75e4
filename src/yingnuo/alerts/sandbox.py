"""How is a wording that people of the company wrote filled in, without it ever harming the house?

Liquid knows no files, no calls and no attributes; loops and the length of what comes out are limited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import liquid
from liquid.exceptions import LiquidError

__all__ = ["LiquidError", "Problem", "fill", "problem"]


class _Sandbox(liquid.Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 20_000
    local_namespace_limit = 20_000
    context_depth_limit = 10


_lenient = _Sandbox()
_strict = _Sandbox(undefined=liquid.StrictUndefined)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a wording, in Liquid's own words, and on which line (from 1; None where it does not say)."""

    text: str
    line: int | None


def fill(template: str, values: Mapping[str, str]) -> str:
    """The wording with these values; what it asks for in vain is left empty. LiquidError when it cannot be read."""
    return str(_lenient.from_string(template).render(**values))


def problem(template: str, values: Mapping[str, str]) -> Problem | None:
    """Why a wording cannot be filled with exactly these values; None when it can."""
    try:
        _strict.from_string(template).render(**values)
    except LiquidError as error:
        return Problem(str(error.message), _line(error))
    return None


def _line(error: LiquidError) -> int | None:
    token = error.token
    return None if token is None else token.source.count("\n", 0, token.start_index) + 1
