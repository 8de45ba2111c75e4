"""How are long words cut?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingnuo.channels.adapters import pieces


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("short", 10, ["short"]),
        ("no limit at all", 0, ["no limit at all"]),
        ("  ", 10, []),
        ("one two three", 9, ["one two", "three"]),
        ("第一句。第二句很长。", 6, ["第一句。", "第二句很长。"]),
        ("first\n\nsecond part", 12, ["first", "second part"]),
        ("字" * 25, 10, ["字" * 10, "字" * 10, "字" * 5]),
    ],
)
def test_it_is_cut_where_a_reader_would_pause(text: str, longest: int, expected: list[str]) -> None:
    assert pieces.of(text, longest) == expected


@given(st.text(alphabet="ab 。\n字", max_size=200), st.integers(1, 30))
def test_nothing_is_lost_and_nothing_too_long(text: str, longest: int) -> None:
    found = pieces.of(text, longest)
    assert all(0 < len(piece) <= longest for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())
