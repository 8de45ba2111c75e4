"""How do many processes keep settings in memory and still see every change at once?

Whatever is read often and changed seldom (calendars, policies, teams, rules) is kept in a `Book` stamped with the
revision it was read at. A command reads the revision once (one tiny query) and opens its books at it; whoever edits a
setting calls `bump` in the same transaction. Numbers come from a sequence, so a rolled-back edit never lends its number
to another content.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

from django.db import connection

T = TypeVar("T")
_books: list[Book[object]] = []
_held: ContextVar[int | None] = ContextVar("revision", default=None)


@contextmanager
def steady(number: int) -> Iterator[None]:
    """Inside, the revision is this one, without asking: a page is drawn from one state of the settings."""
    token = _held.set(number)
    try:
        yield
    finally:
        _held.reset(token)


def current() -> int:
    """The revision as this transaction sees it; one query, none inside `steady`."""
    held = _held.get()
    if held is not None:
        return held
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM kit_revision LIMIT 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def bump() -> None:
    """Makes every book stale when the caller's transaction commits."""
    _held.set(None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kit_revision SET number = nextval('kit_revision_number')")


def forget() -> None:
    """Empties every book; for tests that write rows behind the services' back and roll back."""
    for book in _books:
        book.forget()


class Book(Generic[T]):
    """Something loaded once per revision. Thread safe: at worst two threads load the same thing."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        _books.append(self)  # type: ignore[arg-type]
        self._lock = threading.Lock()
        self._kept: tuple[str, int, T] | None = None

    def at(self, revision: int) -> T:
        """The content at this revision; loads when another revision (or another database) was kept."""
        name = str(connection.settings_dict["NAME"])
        kept = self._kept
        if kept is not None and kept[0] == name and kept[1] == revision:
            return kept[2]
        content = self._load()
        with self._lock:
            self._kept = (name, revision, content)
        return content

    def kept(self) -> T:
        """The content that a command of this process asked for last: for telling what it did, without asking anew."""
        return self._kept[2] if self._kept is not None else self.at(current())

    def forget(self) -> None:
        """Drops what is kept."""
        self._kept = None
