"""Which refusals can an operation answer with? Declared once, so that the document holds."""

from __future__ import annotations

from yingnuo.api.told import Problem

READING: dict[int, type[Problem]] = dict.fromkeys((400, 401, 403, 404, 422, 429, 503), Problem)
ALL: dict[int, type[Problem]] = {**READING, 409: Problem}
GUARDED: dict[int, type[Problem]] = {**ALL, 412: Problem}
