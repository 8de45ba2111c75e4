"""How many parts an SMS has, at every edge, in both alphabets."""

from __future__ import annotations

import pytest

from yingnuo.engine import segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("诺" * 70, 1), ("诺" * 71, 2), ("诺" * 134, 2), ("诺" * 135, 3),
        ("a" * 69 + "诺", 1), ("a" * 70 + "诺", 2),
        ("€" * 80, 1), ("€" * 81, 2),  # two septets each
        ("a" * 152 + "€" + "a" * 10, 2), ("a" * 152 + "€" + "a" * 151, 2), ("a" * 152 + "€" + "a" * 152, 3),
        ("😀" * 35, 1), ("😀" * 36, 2), ("😀" * 66, 2), ("😀" * 67, 3),  # 33 pairs in a part of 67
    ],
)  # fmt: skip
def test_parts(text: str, count: int) -> None:
    assert segments.parts(text) == count


def test_the_alphabet() -> None:
    assert segments.is_gsm("Hello @£$ {~} Ω é\n")
    assert not segments.is_gsm("ô")
    assert not segments.is_gsm("应诺")
