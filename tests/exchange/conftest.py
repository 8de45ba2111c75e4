"""What does every test of tables begin with?"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests import factories
from tests.factories import House
from yingnuo.exchange import batches
from yingnuo.exchange.models import Import, Row
from yingnuo.journey import importing
from yingnuo.kit import instants
from yingnuo.people.models import Staff


@pytest.fixture
def house(db: None) -> House:
    """The company of the tests."""
    return factories.house()


class Desk:
    """Somebody who takes tables in."""

    def __init__(self, person: Staff) -> None:
        self.actor = factories.actor(person)

    def checked(self, kind: str, text: str, mapping: Mapping[str, str] | None = None, **options: str) -> Import:
        """A table, uploaded and checked; its columns by their names, or as given."""
        now = instants.now()
        table = batches.upload(self.actor, kind=kind, file=f"{kind}.csv", content=text.encode(), now=now)
        batches.check(self.actor, pk=table.pk, mapping=mapping or table.mapping, options=options, now=now)
        return self._through(table)

    def taken(self, kind: str, text: str, mapping: Mapping[str, str] | None = None, **options: str) -> Import:
        """A table, taken in."""
        table = self.checked(kind, text, mapping, **options)
        batches.begin(self.actor, pk=table.pk, now=instants.now())
        return self._through(table)

    def undone(self, table: Import) -> Import:
        """The same table, taken back."""
        batches.undo(self.actor, pk=table.pk, now=instants.now())
        return self._through(table)

    def _through(self, table: Import) -> Import:
        while importing.advance(now=instants.now()):
            pass
        table.refresh_from_db()
        return table


def outcomes(table: Import) -> list[str]:
    """What each row came to, in order."""
    return list(table.rows.order_by("number").values_list("outcome", flat=True))


def problems(table: Import) -> dict[int, list[list[object]]]:
    """Line → problems of the rows that were refused."""
    return {row.number: row.problems for row in Row.objects.filter(table=table, outcome="refused")}


@pytest.fixture
def mia(house: House) -> Desk:
    """The manager."""
    return Desk(house.mia)
