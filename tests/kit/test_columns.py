"""Do rows reach PostgreSQL as they are when each column travels as one text?"""

import pytest
from django.db import connection

from yingnuo.kit import columns

SHAPE = (("id", "bigint"), ("word", "text"), ("facts", "jsonb"))


def _there_and_back(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    values = list(zip(*rows, strict=True)) or [(), (), ()]
    statement = f"SELECT id, word, facts::text FROM {columns.source(SHAPE)}"  # noqa: S608  # the names above
    with connection.cursor() as cursor:
        cursor.execute(statement, columns.pack(SHAPE, values))
        return cursor.fetchall()


@pytest.mark.django_db
def test_rows_arrive_in_order_with_nothing_lost() -> None:
    rows = [(1, "", {}), (None, "a, {b} 'c' \\N 中文", {"x": "y"}), (3, None, {"due": None})]
    shown = ["{}", '{"x": "y"}', '{"due": null}']
    assert _there_and_back(rows) == [(*row[:2], text) for row, text in zip(rows, shown, strict=True)]


@pytest.mark.django_db
def test_one_empty_word_is_a_row_and_no_row_is_none() -> None:
    assert _there_and_back([(7, "", {})]) == [(7, "", "{}")]
    assert _there_and_back([]) == []


def test_a_text_that_holds_the_separator_is_refused() -> None:
    with pytest.raises(ValueError, match="separates values"):
        columns.pack((("word", "text"),), [["a\x1fb"]])
