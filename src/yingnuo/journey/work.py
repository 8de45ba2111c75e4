"""What is one unit of work? A durable transaction whose ledger rows are written in one statement at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from django.db import transaction

from yingnuo.kit import pipeline
from yingnuo.ledger import services as ledger


@contextmanager
def unit() -> Iterator[Callable[[], None]]:
    """All inside happens together or not at all, and is on disk when it returns; never nested.

    It gives a function to call where only rows are still written (no ORM saves): from there on nobody waits for the
    answers before the commit. The ledger's rows and the commit always go out together.
    """
    with ExitStack() as until_committed, transaction.atomic(durable=True), ledger.together():

        def only_writing() -> None:
            until_committed.enter_context(pipeline.opened())

        yield only_writing
        only_writing()
