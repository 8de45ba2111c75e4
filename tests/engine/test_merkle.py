"""Does one digest stand for many rows?"""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingnuo.engine import merkle


def _leaves(count: int) -> list[bytes]:
    return [merkle.leaf(f"row {n}") for n in range(count)]


def test_the_trees_of_one_two_and_three_rows_are_those_of_rfc_6962() -> None:
    a, b, c = (sha256(b"\x00" + text).digest() for text in (b"row 0", b"row 1", b"row 2"))
    ab = sha256(b"\x01" + a + b).digest()
    assert merkle.root(_leaves(0)) == sha256().digest()
    assert merkle.root(_leaves(1)) == a
    assert merkle.root(_leaves(2)) == ab
    assert merkle.root(_leaves(3)) == sha256(b"\x01" + ab + c).digest()


@given(st.integers(1, 70).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, count - 1))))
def test_every_path_leads_to_the_root(case: tuple[int, int]) -> None:
    count, place = case
    leaves = _leaves(count)
    assert merkle.climb(leaves[place], place, count, merkle.path(leaves, place)) == merkle.root(leaves)


@given(st.integers(2, 70), st.data())
def test_no_other_row_takes_a_path(count: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, count - 1))
    leaves = _leaves(count)
    way = merkle.path(leaves, place)
    assert merkle.climb(merkle.leaf("another"), place, count, way) != merkle.root(leaves)
    assert merkle.climb(leaves[place], place, count, way[:-1]) is None
    assert merkle.climb(leaves[place], place, count, [*way, way[0]]) is None


def test_a_place_that_is_none_is_refused() -> None:
    with pytest.raises(IndexError):
        merkle.path(_leaves(2), 2)
    assert merkle.climb(_leaves(1)[0], 1, 1, []) is None


def test_leaves_strung_together_come_apart_again() -> None:
    assert merkle.split(b"".join(_leaves(3))) == _leaves(3)
