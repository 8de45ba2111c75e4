"""Do statements that are written out read what a queryset reads?"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from yingnuo.kit import instants, reading
from yingnuo.ledger.models import Event

pytestmark = pytest.mark.django_db


class Pair(NamedTuple):
    first: int
    second: str


def _event(code: str) -> Event:
    return Event.objects.create(at=instants.now(), code=code, actor_kind="system", params={"a": [1, None]})


def test_rows_have_the_names_of_their_shape() -> None:
    assert reading.rows(Pair._make, "SELECT n, 'x' FROM generate_series(1, %s) n", [2])[1] == Pair(2, "x")


def test_instances_are_those_of_a_queryset_json_included() -> None:
    one = _event("a")
    _event("b")
    [found] = reading.instances(Event, "WHERE code = %s", ["a"])
    assert found == one
    assert (found.params, found.at, found._state.adding) == (one.params, one.at, False)


def test_by_id_passes_over_nothing_and_asks_nothing_for_it() -> None:
    one, other = _event("a"), _event("b")
    assert reading.by_id(Event, [other.pk, None, one.pk, one.pk]) == {one.pk: one, other.pk: other}
    assert reading.by_id(Event, [None]) == {}
