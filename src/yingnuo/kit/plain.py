"""How are rows of a model read by a statement of our own, without building a queryset each time?

TICKET, CONTACT = Plain(Ticket, "t"), Plain(Contact, "c")
SELECT {TICKET.columns}, {CONTACT.columns} FROM {TICKET.table} JOIN {CONTACT.table} ON c.id = t.contact_id …
ticket, contact = split(row, TICKET, CONTACT)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models


class Plain:
    """A model under a short name in hand-written SQL: its columns, and its instances made from them."""

    def __init__(self, model: type[models.Model], alias: str, without: Sequence[str] = ()) -> None:
        fields = [f for f in model._meta.concrete_fields if f.name not in without]
        self._model = model
        self._names = [f.attname for f in fields]
        self._turned = [(i, f.from_db_value) for i, f in enumerate(fields) if hasattr(f, "from_db_value")]
        self.columns = ", ".join(f'{alias}."{f.column}"' for f in fields)
        self.table = f'"{model._meta.db_table}" {alias}'
        self.count = len(fields)

    def instance(self, values: Sequence[Any]) -> Any:
        """The instance of these columns; None for a row that an outer join did not find."""
        if values[0] is None:
            return None
        if self._turned:
            values = list(values)
            for place, turn in self._turned:
                values[place] = turn(values[place], None, connection)
        return self._model.from_db(connection.alias, self._names, values)


def split(row: Sequence[Any], *parts: Plain) -> Iterator[Any]:
    """The instances of a row whose columns are those of these models, one after the other."""
    start = 0
    for part in parts:
        yield part.instance(row[start : start + part.count])
        start += part.count
