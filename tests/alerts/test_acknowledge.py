"""Only staff take notices up, whatever number a customer or a program has."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY
from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.journey import sweep
from yingnuo.kit.errors import NotAllowed
from yingnuo.people.roles import Actor

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(minutes=8)


@pytest.mark.parametrize("kind", ["contact", "token"])
def test_a_notice_of_the_same_number_is_not_theirs(kind: str) -> None:
    house = factories.house()
    factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)
    sweep.run_once(now=LATER)
    notice = Notice.objects.filter(staff=house.alice, way="in_app")[0]
    program = Actor(kind=kind, id=house.alice.pk, teams=None, verbs=frozenset({"notice.ack"}))
    with pytest.raises(NotAllowed):
        alerts.acknowledge(program, notice=notice.pk, now=LATER)
    with pytest.raises(NotAllowed):
        alerts.see(program, up_to=notice.pk, now=LATER)
    notice.refresh_from_db()
    assert (notice.acked_at, notice.seen_at) == (None, None)
