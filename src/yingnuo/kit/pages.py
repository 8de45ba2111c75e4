"""How is one screen of a long list fetched, and how does a view answer a page and its parts with one call?"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from yingnuo.kit.errors import Invalid

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Keyset(Generic[Row]):
    """A screen that goes on where the last one ended; `next` is "" at the end. Right for long, moving lists."""

    rows: list[Row]
    next: str


@dataclass(frozen=True, slots=True)
class Numbered(Generic[Row]):
    """A screen with a number, for lists that somebody jumps about in; `numbers` has None for a gap."""

    rows: list[Row]
    number: int
    last_number: int
    total: int
    first_row: int
    last_row: int
    numbers: Sequence[int | None]


def keyset(rows: QuerySet[Row], *, by: Sequence[str], after: str, size: int = 50) -> Keyset[Row]:
    """The `size` rows after the cursor `after` ("" = from the start), ordered by the columns `by`.

    `by` names columns that are never null, the last one unique; "-" before each name turns the order (all or none).
    Invalid when the cursor was not made by this function.
    """
    names = [name.removeprefix("-") for name in by]
    ordered = rows.order_by(*by)
    try:
        if after:
            ordered = ordered.filter(_beyond(names, _read(after, len(names)), "lt" if by[0].startswith("-") else "gt"))
        found = list(ordered[: size + 1])
    except (ValidationError, ValueError) as error:  # a forged value that is no number, no date …
        raise Invalid(_("This page of the list does not exist."), code="bad_cursor") from error
    shown = found[:size]
    return Keyset(shown, _write(shown[-1], names) if len(found) > size else "")


def _beyond(names: Sequence[str], values: Sequence[str], way: str) -> Q:
    """(a, b) > (x, y) spelt as a > x or (a = x and b > y)."""
    beyond, same = Q(), Q()
    for name, value in zip(names, values, strict=True):
        beyond |= same & Q(**{f"{name}__{way}": value})
        same &= Q(**{name: value})
    return beyond


def _write(row: Model, names: Sequence[str]) -> str:
    values = [str(getattr(row, name)) for name in names]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(cursor: str, length: int) -> list[str]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise Invalid(_("This page of the list does not exist."), code="bad_cursor") from error
    if not isinstance(values, list) or len(values) != length or not all(isinstance(value, str) for value in values):
        raise Invalid(_("This page of the list does not exist."), code="bad_cursor")
    return values


def numbered(rows: QuerySet[Row], *, number: str, size: int = 50) -> Numbered[Row]:
    """Screen `number` (as it stands in the address; nonsense is 1, too far is the last) of an ordered query."""
    total = rows.count()
    last = max(1, -(-total // size))
    here = min(max(1, int(number)), last) if number.isascii() and number.isdigit() else 1
    start = (here - 1) * size
    shown = list(rows[start : start + size])
    return Numbered(shown, here, last, total, start + 1 if shown else 0, start + len(shown), window(here, last))


def window(here: int, last: int) -> list[int | None]:
    """Page numbers to offer: the ends, the neighbours, None for what is left out. window(6, 20) → 1 … 5 6 7 … 20."""
    wanted = sorted({1, last, here - 1, here, here + 1} & set(range(1, last + 1)))
    shown: list[int | None] = []
    for number in wanted:
        if shown and shown[-1] is not None and number - shown[-1] > 1:
            shown.append(None)
        shown.append(number)
    return shown


def show(
    request: HttpRequest,
    page: str,
    context: Mapping[str, Any],
    *,
    parts: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Renders `page`, or only the part that htmx asks for: `parts` maps the target's id to that part's template.

    The page includes the same templates, so that it also works without JavaScript.
    """
    asked = request.headers.get("HX-Target", "").rpartition("#")[2] if is_htmx(request) else ""
    response = render(request, (parts or {}).get(asked, page), dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx sent this request and will put the answer into an open page."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
