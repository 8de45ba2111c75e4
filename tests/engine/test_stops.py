"""Which SMS ask to be left alone, and which only sound like it?"""

from __future__ import annotations

import pytest

from yingnuo.engine import stops


@pytest.mark.parametrize(
    ("text", "word"),
    [("STOP", "stop"), (" td ", "td"), ("退订。", "退订"), ("“T”", "t"), ("Start!", "start"), ("恢复", "恢复"),
     ("Stop the leak", ""), ("不要退订", ""), ("", ""), ("cancel", ""), ("TDS value?", "")],
)  # fmt: skip
def test_only_a_message_that_is_nothing_else_counts(text: str, word: str) -> None:
    assert stops.word(text) == word


def test_words_that_ask_for_more_are_told_apart() -> None:
    assert [stops.is_again(word) for word in ("start", "恢复", "stop", "td")] == [True, True, False, False]
