"""Is a table read whatever program wrote it, and refused when it is larger than it may be?"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook

from yingnuo.exchange import reading, sheets
from yingnuo.kit.errors import Invalid

TABLE = "姓名,邮箱,备注\n陈丽,chen@harbour.example,洗衣机客户，常打电话\n王强,wang@example.com,海尔滚筒\n"
OLD_TABLE = "姓名,信箱,備註\n陳麗,chen@harbour.example,洗衣機客戶，常打電話\n王強,wang@example.com,維修過兩次\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_simplified_chinese_is_read_in_every_usual_encoding(encoding: str) -> None:
    found = reading.read(TABLE.encode(encoding))
    assert found.head == ("姓名", "邮箱", "备注")
    assert found.rows[0] == (2, ("陈丽", "chen@harbour.example", "洗衣机客户，常打电话"))


def test_big5_is_told_from_gb18030() -> None:
    found = reading.read(OLD_TABLE.encode("big5"))
    assert (found.encoding, found.rows[1][1][0]) == ("big5", "王強")
    assert reading.read(OLD_TABLE.encode("gb18030")).encoding == "gb18030"


def test_a_chosen_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        reading.read(TABLE.encode("gb18030"), encoding="utf-8")
    assert refused.value.code == "wrong_encoding"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_sign_between_columns_is_found(mark: str) -> None:
    found = reading.read(f'name{mark}note\nChen{mark}"a, b; c"\n'.encode())
    assert (found.delimiter, found.rows[0][1]) == (mark, ("Chen", "a, b; c"))


def test_lines_are_those_of_the_file() -> None:
    found = reading.read(b'name,note\n"Chen","two\nlines"\n\nWang,x\n')
    assert [number for number, _cells in found.rows] == [2, 5]


def _xlsx(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_as_text() -> None:
    moment = datetime(2026, 3, 2, 10, 30)  # noqa: DTZ001  # as workbooks have them
    found = reading.read(_xlsx(["name", "phone", "at", "ok"], ["陈丽", 13800002210.0, moment, True], [None] * 4))
    assert found.rows == ((2, ("陈丽", "13800002210", "2026-03-02 10:30:00", "yes")),)


@pytest.mark.parametrize(("content", "code"), [
    (b"", "empty"), (b"name\n", "no_rows"), (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old_excel"),
    (b"PK\x03\x04 and nonsense", "bad_xlsx"), (b"a,b\n" + b"x" * 40_000 + b",y\n", "cell_too_long"),
    (b",".join(b"c%d" % n for n in range(101)) + b"\nx\n", "too_many_columns"),
])  # fmt: skip
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        reading.read(content)
    assert refused.value.code in (code, "bad_csv" if code == "cell_too_long" else code)


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    with pytest.raises(Invalid) as refused:
        reading.read(b"name\n" + b"x\n" * 4)
    assert refused.value.code == "too_many_rows"


def _packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(f"xl/{name}.xml", content)
    return out.getvalue()


BOMBS = {
    "ratio": _packed(sheet=b"0" * 30_000_000), "dtd": _packed(a=b'<?xml version="1.0"?><!DOCTYPE x []>'),
    "members": _packed(**{f"m{n}": b"" for n in range(2_001)}),
}  # fmt: skip


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_not_unpacked(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        reading.read(content)
    assert refused.value.code == "unpacks_too_large"


def test_what_we_export_comes_back_as_it_was() -> None:
    rows = [["=1+1", "陈丽"], ["+86 138", "plain"], ["-", "@x"]]
    table = "".join(sheets.csv_lines(["a", "b"], rows)).encode()
    assert [list(cells) for _line, cells in reading.read(table).rows] == rows
    book = sheets.xlsx(["a", "b"], rows, title="t").read()
    assert [list(cells) for _line, cells in reading.read(book).rows] == rows


def test_a_workbook_of_ours_holds_no_formula() -> None:
    with zipfile.ZipFile(sheets.xlsx(["a"], [["=HYPERLINK(1)"]], title="t")) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
