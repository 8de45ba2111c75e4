"""Are rows stored with their ids, few and many, and do errors of statements nobody waits for still show?"""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from yingnuo.journey import work
from yingnuo.kit import bulk, instants, pipeline
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Region
from yingnuo.people.roles import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


def regions(count: int, prefix: str = "r") -> list[Region]:
    return [Region(code=f"{prefix}{n}", name=str(n)) for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, bulk.FEW - 1, bulk.FEW])
def test_rows_get_their_ids_in_order(count: int) -> None:
    rows = bulk.create(regions(count))
    assert [r.code for r in Region.objects.order_by("id")] == [r.code for r in rows]
    assert list(Region.objects.order_by("id").values_list("pk", flat=True)) == [r.pk for r in rows]


@pytest.mark.parametrize("count", [2, bulk.FEW])
def test_reserved_ids_are_used_up_and_more_are_drawn(count: int) -> None:
    with transaction.atomic(), bulk.reserved({Region: count}):
        rows = [*bulk.create(regions(1, "a")), *bulk.create(regions(count, "b"))]
    assert sorted(Region.objects.values_list("pk", flat=True)) == sorted({r.pk for r in rows})


def test_an_error_nobody_waited_for_shows_at_the_end_of_the_block_and_nothing_stays() -> None:
    Region.objects.create(code="a0", name="there")
    with pytest.raises(IntegrityError), transaction.atomic(), bulk.reserved({Region: 1}):
        bulk.create(regions(1, "a"))
    assert Region.objects.count() == 1
    assert bulk.create(regions(1, "b"))[0].pk


def a_unit_that_meets_what_is_there() -> None:
    with work.unit() as only_writing:
        bulk.create(regions(1, "b"))
        only_writing()
        bulk.create(regions(1, "a"))


def test_an_error_between_the_last_rows_and_the_commit_undoes_the_unit() -> None:
    Region.objects.create(code="a0", name="there")
    with pytest.raises(IntegrityError):
        a_unit_that_meets_what_is_there()
    assert list(Region.objects.values_list("code", flat=True)) == ["a0"]
    assert Event.objects.count() == 0


def test_a_unit_that_only_records_is_committed() -> None:
    with work.unit():
        ledger.record(SYSTEM, [Entry(Code.IMPORT_DONE, 0, "", {"count": 1})], now=instants.now())
    connection.close()
    assert Event.objects.count() == 1


def test_outside_a_transaction_everything_is_as_ever() -> None:
    with pipeline.opened():
        assert Region.objects.filter(code="none").update(name="x") == 0
