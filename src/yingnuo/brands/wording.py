"""How is a text with variables judged and filled in? Liquid without files, calls or endless loops."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import liquid
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError


class _Sandbox(liquid.Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 200_000
    local_namespace_limit = 20_000
    context_depth_limit = 10


_lenient, _strict = _Sandbox(), _Sandbox(undefined=liquid.StrictUndefined)


def problem(text: str, known: Collection[str]) -> str:
    """What is wrong with a text and where, "" when nothing is: also in a branch that a trial would not take."""
    try:
        template = _strict.from_string(text)
        for name, places in template.analyze().globals.items():
            if name not in known:
                line, column = _place(text, places[0].span.index)
                return _("Line %(line)s, character %(column)s: there is no variable “%(name)s”.") % {
                    "line": line, "column": column, "name": name,
                }  # fmt: skip
        template.render(**dict.fromkeys(known, "…"))
    except LiquidError as error:
        return _told(text, error)
    return ""


def _told(text: str, error: LiquidError) -> str:
    if error.token is None:
        return str(error.message)
    line, column = _place(text, error.token.start_index)
    told = {"line": line, "column": column, "problem": error.message}
    return _("Line %(line)s, character %(column)s: %(problem)s") % told


def _place(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def names(text: str) -> set[str]:
    """The variables a text asks for; none where it cannot be read."""
    try:
        return set(_lenient.from_string(text).analyze().globals)
    except LiquidError:
        return set()


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with these values; "" when it cannot be filled in: a wording must never hold a mail back."""
    try:
        return str(_lenient.from_string(text).render(**values)).strip()
    except LiquidError:
        return ""
