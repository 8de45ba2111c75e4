"""Who changed a field of a form last, and when?

One row for each field of each form's address, written over by the next: to tell two people who work at the same, never
as a record of what happened, which is the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from yingnuo.kit.models import Touch


@dataclass(frozen=True, slots=True)
class Touched:
    """By whom (the number of his account) and when."""

    by: int
    at: datetime


def note(place: str, fields: Iterable[str], *, by: int, at: datetime) -> None:
    """These fields of the form at this address were changed."""
    rows = [Touch(place=place[:200], field=field[:60], by=by, at=at) for field in fields]
    Touch.objects.bulk_create(rows, update_conflicts=True, unique_fields=["place", "field"], update_fields=["by", "at"])


def since(place: str, fields: Collection[str], at: datetime) -> Mapping[str, Touched]:
    """Who changed which of these fields at or after `at`."""
    rows = Touch.objects.filter(place=place[:200], field__in=[field[:60] for field in fields], at__gte=at)
    return {row.field: Touched(row.by, row.at) for row in rows}
