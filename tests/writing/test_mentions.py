"""Are names after @ found, and shown as they are now?"""

from __future__ import annotations

import pytest

from yingnuo.writing import mentions
from yingnuo.writing.mentions import Colleague

PEOPLE = [Colleague(1, ("李娜", "lina", "组长")), Colleague(2, ("李娜娜", "nana")), Colleague(3, ("Bo", "bo"))]


@pytest.mark.parametrize(
    ("text", "coded"),
    [
        ("请@李娜看一下", "请@[1]看一下"),
        ("@李娜娜和@组长", "@[2]和@[1]"),
        ("@bo, please", "@[3], please"),
        ("@Bob is a stranger", "@Bob is a stranger"),
        ("nobody", "nobody"),
    ],
)
def test_names_become_codes(text: str, coded: str) -> None:
    assert mentions.coded(text, PEOPLE) == coded


def test_codes_are_shown_by_name() -> None:
    assert mentions.named("@[1] @[9]", {1: "李娜"}.get) == "@李娜 @?"  # type: ignore[arg-type]
    assert mentions.ids("@[1] and @[3]") == {1, 3}
