"""What does a line of search ask for, and does any text at all leave it whole?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingnuo.engine import asking
from yingnuo.engine.asking import Asked, Term

TODAY = date(2026, 3, 10)
WORDS = {
    "status": {"waiting": "waiting", "等待中": "waiting", "open": "open"},
    "kind": {"fault": "fault", "故障": "fault"},
}


def read(text: str) -> Asked:
    return asking.read(text, vocabulary=WORDS, today=TODAY)


def test_words_alone_are_words() -> None:
    assert read("洗衣机 E3") == Asked(words="洗衣机 E3")


@pytest.mark.parametrize("text", ["from:王芳 状态:等待中", "客户：王芳 status:waiting", 'FROM:"王芳" 狀態:WAITING'])
def test_operators_go_by_names_of_three_languages(text: str) -> None:
    assert read(text).terms == (Term("from", ("王芳",)), Term("status", ("waiting",)))


def test_several_values_are_alternatives_and_a_minus_turns_round() -> None:
    assert read("-status:open,waiting -漏水").terms == (Term("status", ("open", "waiting"), without=True),)
    assert read("-status:open -漏水").without == ("漏水",)


def test_a_phrase_stands_in_quotes_of_any_kind() -> None:
    assert read('"exact phrase" “再来一次” 「又一次」').phrases == ("exact phrase", "再来一次", "又一次")
    assert read('"never closed').phrases == ("never closed",)


def test_what_makes_no_sense_is_searched_as_words_and_said() -> None:
    asked = read("status:nonsense before:13-45 E3")
    assert (asked.words, asked.terms, asked.unread) == (
        "status nonsense before 13-45 E3", (), ("status:nonsense", "before:13-45"),
    )  # fmt: skip


def test_what_only_looks_like_an_operator_is_a_word() -> None:
    assert read("https://example.com 12:30 re: hi-fi").words == "https://example.com 12:30 re: hi-fi"
    assert read("https://example.com").unread == ()


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026-03-01", date(2026, 3, 1), date(2026, 3, 2)), ("2026年3月1日", date(2026, 3, 1), date(2026, 3, 2)),
        ("3-1", date(2026, 3, 1), date(2026, 3, 2)), ("12月24日", date(2025, 12, 24), date(2025, 12, 25)),
        ("2025-12", date(2025, 12, 1), date(2026, 1, 1)), ("昨天", date(2026, 3, 9), date(2026, 3, 10)),
        ("7天", date(2026, 3, 3), date(2026, 3, 4)),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text: str, first: date, after: date) -> None:
    assert asking.day(text, today=TODAY) == (first, after)


@pytest.mark.parametrize("text", ["", "tomorrowish", "0000-01-01", "2026-02-30", "99999d9"])
def test_no_day_is_none(text: str) -> None:
    assert asking.day(text, today=TODAY) is None


PIECES = ["-", '"', ":", "from", "is", "\u202e", "🙂", " ", "9999", "d"]


@given(st.text(max_size=700) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_read(text: str) -> None:
    asked = read(text)
    assert len(asked.words) <= asking.LONGEST * 2
    assert asked.cut == (len(text) > asking.LONGEST)


def test_what_is_being_written_is_the_last_part() -> None:
    assert asking.ending('E3 from:"王 芳') == 'from:"王 芳'
    assert asking.ending("E3 ") == ""
