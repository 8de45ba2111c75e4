"""How do the figures of a period leave the desk, for spreadsheets and for programs?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.dashboard import asked
from yingnuo.exchange import sheets
from yingnuo.scorecards import listing
from yingnuo.scorecards.listing import Figure
from yingnuo.scorecards.queries import VERB, summary

_HEAD = ("formula", "part", "of", "value", "unit", "n", "low", "high")


@require_safe
@signed_in_who_may(VERB)
def export(request: DeskRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """The figures of the asked period as `csv` or `json`, by the names of their formulas; 404 for any other form."""
    if form not in ("csv", "json"):
        raise Http404
    wanted = asked.read(request.GET, zone=listing.zone(timezone.get_current_timezone_name()), now=request.now)
    found = summary(request.actor, wanted.period, wanted.filters, group_by=wanted.group_by, now=request.now)
    name = f"figures-{wanted.period.first_day}-{wanted.period.last_day}.{form}"
    response: HttpResponse | StreamingHttpResponse
    if form == "csv":
        response = StreamingHttpResponse(
            sheets.csv_lines(_HEAD, _rows(listing.figures(found))), content_type="text/csv; charset=utf-8"
        )
    else:
        response = HttpResponse(json.dumps(listing.document(found), indent=1), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _rows(figures: Iterable[Figure]) -> Iterator[tuple[sheets.Cell, ...]]:
    for f in figures:
        yield (f.formula, f.part, f.of, f.value, f.unit, f.n, f.low, f.high)
