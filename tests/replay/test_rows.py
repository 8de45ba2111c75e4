"""Are wrong files refused before anything starts, and wrong rows told by number?"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.replay import logs
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.rows import Sheet, Tally

GOOD = "T1,09:00,New,2,Desk,-,Tel,c1,08:55,-,yes"


def _rows(path: Path, bad_rows: str = "stop") -> tuple[list[str], Tally]:
    tally = Tally()
    return [row.id for row in Sheet(path, logs.read(), bad_rows).rows(tally)], tally


def test_a_missing_column_is_told_with_what_there_is(tmp_path: Path) -> None:
    path = logs.log(tmp_path, header="id,at,status,level")
    with pytest.raises(ReplayError) as refused:
        Sheet(path, logs.read()).check()
    assert "state (state)" in str(refused.value)
    assert "There is: id, at, status, level" in str(refused.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="No such file"):
        Sheet(tmp_path / "none.csv", logs.read()).check()


def test_an_empty_file_lacks_every_column(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    with pytest.raises(ReplayError, match="There is: nothing"):
        Sheet(path, logs.read()).check()


def test_something_else_named_gz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_text("not packed")
    with pytest.raises(ReplayError, match=r"log\.encoding"):
        Sheet(path, logs.read()).check()


def test_a_packed_log_is_read_like_a_plain_one(tmp_path: Path) -> None:
    plain = logs.log(tmp_path, GOOD)
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert _rows(packed)[0] == _rows(plain)[0] == ["T1"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("T1,4 March,New,2,Desk,-,Tel,c1,08:55,-,yes", "row 3, column at: '4 March' is no time of the form"),
        ("T1,-,New,2,Desk,-,Tel,c1,08:55,-,yes", "row 3, column at: is empty"),
        ("-,09:00,New,2,Desk,-,Tel,c1,08:55,-,yes", "row 3, column id: is empty"),
        ("T1,09:00,Lost,2,Desk,-,Tel,c1,08:55,-,yes", "row 3, column state: the state 'Lost' is not in"),
        ("T1,09:00,New,2,Desk,-,Pigeon,c1,08:55,-,yes", "row 3, column way: 'Pigeon' is not in `channel.values`"),
        ("T1,09:00,New,2", "row 3: has 4 cells where the header has 11"),
        ("T1,1066-10-14 09:00,New,2,Desk,-,Tel,c1,-,-,yes", "outside the years"),
    ],
)
def test_a_bad_row_is_told_by_number_and_column(tmp_path: Path, row: str, said: str) -> None:
    path = logs.log(tmp_path, GOOD, row)
    with pytest.raises(ReplayError) as refused:
        _rows(path)
    assert said in str(refused.value)
    assert "--bad-rows skip" in str(refused.value)


def test_bad_rows_can_be_left_out_and_are_counted(tmp_path: Path) -> None:
    ids, tally = _rows(logs.log(tmp_path, GOOD, "T2,never", GOOD), "skip")
    assert ids == ["T1", "T1"]
    assert (tally.rows, tally.bad, tally.examples[0].number) == (2, 1, 3)


def test_times_are_read_in_the_logs_zone(tmp_path: Path) -> None:
    mapping = logs.read(logs.MAPPING.replace("time_zone: UTC", "time_zone: Asia/Shanghai"))
    [row] = Sheet(logs.log(tmp_path, GOOD), mapping).rows(Tally())
    assert row.at % 86_400 == 3_600  # 09:00 in Shanghai is 01:00 UTC
