"""How does a run of the lab leave the house: one printable page without scripts, a table for spreadsheets?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from yingnuo.kit import formats, instants
from yingnuo.planning import showing
from yingnuo.planning.sheet import Sheet
from yingnuo.planning.showing import Name

LANGUAGES = ("en", "zh-hans", "zh-hant")


def page(
    sheet: Sheet, *, language: str, name: Name = showing.plain, shift: Callable[[str], str] = str
) -> str:  # fmt: skip
    """The report as HTML, times in the sheet's zone."""
    with override(language), timezone.override(ZoneInfo(sheet.zone)):
        context = {
            "language": {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}.get(language, language), "sheet": sheet,
            "begun": formats.day(instants.instant(sheet.begun)), "ended": formats.day(instants.instant(sheet.until)),
            **shown(sheet, name, shift),
        }  # fmt: skip
        return render_to_string("planning/report.html", context)


def shown(sheet: Sheet, name: Name, shift: Callable[[str], str]) -> dict[str, object]:
    """What the report and the desk's page show alike."""
    return {
        "names": showing.names(sheet),
        "grids": [showing.overall(sheet, name), *showing.splits(sheet, name)],
        "late": showing.lateness(sheet, name),
        "holders": showing.holders(sheet, name), "changed": showing.changed(sheet, name),
        "crews": showing.crews(sheet, name, shift), "costs": bool(sheet.hourly or sheet.penalty),
        "unjudged": showing.unjudged(sheet, name), "wanted": showing.percent(sheet.wanted),
        "folded": sum(column.folded for column in sheet.columns),
    }  # fmt: skip


_HEAD = (
    "standard", "dimension", "group", "promised", "kept", "broken", "overdue", "cancelled", "open", "share", "low",
    "high", "overrun_mean", "overrun_p90", "overrun_max", "saved", "lost",
)  # fmt: skip


def table(sheet: Sheet, name: Name = showing.plain) -> str:
    """Every line of every standard as CSV, codes in words; begins with a byte order mark for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEAD)
    for column, head in zip(sheet.columns, showing.names(sheet), strict=True):
        groups = [("all", "", (column.total,)), *((s.dimension, s.dimension, s.lines) for s in column.splits)]
        for dimension, words, lines in groups:
            for x in lines:
                ends = (x.share.interval.low, x.share.interval.high) if x.share.interval else (None, None)
                group = name(words, x.code) if words else ""
                cells = (
                    head, dimension, group, x.promised, x.kept, x.broken, x.overdue, x.cancelled, x.open,
                    x.share.value, *ends, x.mean, x.p90, x.longest, x.saved, x.lost,
                )  # fmt: skip
                writer.writerow(_safe(cells))
    return "\ufeff" + out.getvalue()


def _safe(cells: Iterable[object]) -> list[object]:
    """A text that a spreadsheet would run as a formula is made a text by an apostrophe."""
    return [f"'{c}" if isinstance(c, str) and c[:1] in ("=", "+", "-", "@", "\t", "\r") else c for c in cells]
