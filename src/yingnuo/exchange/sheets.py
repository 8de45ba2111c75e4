"""How does a list leave the house as a table: CSV for spreadsheets, or XLSX, row by row and harmless?

A text that a spreadsheet would run as a formula gets an apostrophe before it in CSV; in XLSX it is stored as a text.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from django.http import FileResponse, StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

FORMS = ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARK = "\ufeff"  # spreadsheets take UTF-8 for Latin without it
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST_CELL = 32_767
_IN_MEMORY = 4 * 1024 * 1024
Cell = str | int | float | None
Answer = StreamingHttpResponse | FileResponse


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula: what could begin one gets an apostrophe before it."""
    return f"'{text}" if text[:1] in _DANGEROUS and text else text


def line(cells: Sequence[Cell]) -> str:
    """One row of a table, as CSV; texts as they are."""
    out = io.StringIO()
    csv.writer(out).writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The whole table, a line at a time; texts are made harmless, numbers stay numbers."""
    yield _MARK + line(head)
    for row in rows:
        yield line([plain(cell) if isinstance(cell, str) else cell for cell in row])


def xlsx(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str) -> IO[bytes]:
    """The whole table as a workbook, written row by row to a file that is gone when it is closed."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "1")
    sheet.freeze_panes = "A2"
    sheet.append([_text(sheet, name, bold=True) for name in head])
    for row in rows:
        sheet.append([_text(sheet, cell) if isinstance(cell, str) else cell for cell in row])
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed by the response
    book.save(file)
    file.seek(0)
    return file


def _text(sheet: Any, text: str, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=_UNKEEPABLE.sub("", text)[:_LONGEST_CELL])
    cell.data_type = "s"  # a text that begins with "=" would be stored as a formula
    if bold:
        cell.font = Font(bold=True)
    return cell


def answer(form: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Answer:
    """The table as a download, `name` without its ending. What is not "xlsx" is CSV."""
    if form == "xlsx":
        return FileResponse(
            xlsx(head, rows, title=name), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
        )
    response = StreamingHttpResponse(csv_lines(head, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
