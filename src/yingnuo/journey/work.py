"""What is one unit of work? A durable transaction whose ledger rows are written in one statement at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from yingnuo.ledger import services as ledger


@contextmanager
def unit() -> Iterator[None]:
    """All inside happens together or not at all, and is on disk when it returns; never nested."""
    with transaction.atomic(durable=True), ledger.together():
        yield
