"""A small demonstration, loaded once for all tests of this folder and rolled back at their end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from yingnuo.demo import history, services
from yingnuo.journey import beginnings
from yingnuo.kit import instants, revisions
from yingnuo.promises import standards

SCALE = 0.04


def _refused(*_: object) -> None:
    raise AssertionError("the demonstration reaches for the network")


@pytest.fixture(scope="package")
def company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[datetime]:
    """Loads everything into a fresh installation, the network forbidden; the moment it was made for."""
    now = instants.now()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        whole = transaction.atomic()
        whole._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase: durable blocks may stand in it
        with whole:
            _begin_anew()
            beginnings.prepare(now=now)
            patch.setattr(socket.socket, "connect", _refused)
            services.load(scale=SCALE, now=now)
            services.load_history(now=now)
            patch.undo()
            yield now
            transaction.set_rollback(True)
    _forget()


@pytest.fixture
def demo(company: datetime, db: None) -> datetime:
    """The loaded demonstration; what a test changes in it is undone."""
    return company


def _begin_anew() -> None:
    _forget()
    with connection.cursor() as cursor:
        for model in history.MOVED:  # other tests have drawn numbers; a fresh installation has not
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1, false)", [model._meta.db_table])
        cursor.execute("INSERT INTO kit_revision (number) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM kit_revision)")


def _forget() -> None:
    revisions.forget()
    standards.forget()
