"""How are statements sent without waiting for the answer to each?

PostgreSQL's pipeline mode: what is only written goes out together, and the first read, the commit or the end of the
block waits for all of it. Half of what a small statement costs is the waiting of both sides for each other.

An error shows where the waiting is done, as Django's exception. Row counts are not known in between: whatever saves or
updates through the ORM and looks at how many rows it met does not belong inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg.pq import TransactionStatus


@contextmanager
def opened() -> Iterator[None]:
    """Inside, in a transaction that has begun, nobody waits for answers; elsewhere it changes nothing."""
    driver: Any = connection.connection
    if driver is None or driver.pgconn.transaction_status != TransactionStatus.INTRANS:
        yield  # a BEGIN that nobody waited for would be taken for no transaction, and never be committed
        return
    with connection.wrap_database_errors, driver.pipeline():
        yield
