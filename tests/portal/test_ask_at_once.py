"""Is a form that arrives twice at the same moment one request?"""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.portal.conftest import ASK, filled
from yingnuo.channels.models import Raw
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_posts_at_once_open_one_ticket() -> None:
    factories.house()
    form, gate, answers = filled(Client()), threading.Barrier(4), []

    def send() -> None:
        gate.wait()
        answers.append(Client().post(ASK, form).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 4
    assert Ticket.objects.count() == Raw.objects.filter(channel__code="portal").count() == 1
