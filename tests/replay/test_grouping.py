"""Do a ticket's rows come together in order, whatever the order of the file?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay import logs
from yingnuo.replay import grouping
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.rows import Row, Sheet, Tally

ROW = "{id},{at},New,2,Desk,-,Tel,c1,-,-,yes"
SCATTERED = [("B", "09:00"), ("A", "09:05"), ("B", "08:00"), ("C", "10:00"), ("A", "09:01")]


def _rows(folder: Path) -> list[Row]:
    path = logs.log(folder, *(ROW.format(id=name, at=at) for name, at in SCATTERED))
    return list(Sheet(path, logs.read()).rows(Tally()))


def test_scattered_rows_are_gathered_and_sorted(tmp_path: Path) -> None:
    found = {ticket[0].id: [row.number for row in ticket] for ticket in grouping.by_ticket(_rows(tmp_path), "any")}
    assert found == {"A": [6, 3], "B": [4, 2], "C": [5]}


def test_a_ticket_that_comes_again_is_refused_where_rows_should_stand_together(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="row 4: B comes again"):
        list(grouping.by_ticket(_rows(tmp_path), "grouped"))


def test_rows_that_stand_together_are_only_sorted(tmp_path: Path) -> None:
    rows = sorted(_rows(tmp_path), key=lambda row: row.id)
    found = [[row.number for row in ticket] for ticket in grouping.by_ticket(rows, "grouped")]
    assert found == [[6, 3], [4, 2], [5]]
