"""A step that is repeated is told again until somebody takes it up, whichever of its notices he takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.alerts import services as alerts
from yingnuo.alerts import steps
from yingnuo.alerts.models import Notice
from yingnuo.engine.terms import ladder
from yingnuo.journey import sweep
from yingnuo.ledger.models import Event
from yingnuo.promises.models import Promise, TermsCopy
from yingnuo.promises.standards import copies_of, terms_of
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LADDER = [
    {"step": "broken", "after": 0, "to": ["holder"], "by": ["in_app"], "ack": "5m", "repeat": "10m", "times": 3},
    {"step": "broken-up", "unacknowledged": "broken", "to": ["lead"], "by": ["in_app"]},
]


def _ticket(house: House) -> Ticket:
    """Due after 15 minutes, then told of at 0, 10 and 20 minutes."""
    ticket = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)
    Promise.objects.filter(ticket=ticket).exclude(milestone="first_response").delete()
    promise = Promise.objects.get(ticket=ticket)
    spec = {**terms_of(promise.terms_id).to_spec(), "ladder": [step.to_spec() for step in ladder(LADDER)]}
    terms = type(terms_of(promise.terms_id)).from_spec(spec)
    copy = TermsCopy.objects.get(pk=copies_of({terms})[terms])
    Promise.objects.filter(pk=promise.pk).update(terms=copy, first_terms=copy, next_at=promise.due_at)
    return ticket


def _steps() -> list[str]:
    return list(Notice.objects.filter(staff__username="alice").order_by("id").values_list("step", flat=True))


def _sweep(*minutes: int) -> None:
    for minute in minutes:
        sweep.run_once(now=MONDAY + minute * MINUTE)


def _take_up(house: House, step: str, minute: int) -> None:
    notice = Notice.objects.get(staff=house.alice, step=step)
    alerts.acknowledge(factories.actor(house.alice), notice=notice.pk, now=MONDAY + minute * MINUTE)


def test_it_is_told_again_while_nobody_takes_it_up() -> None:
    house = factories.house()
    _ticket(house)
    _sweep(16, 26, 36, 46)
    assert _steps() == ["broken", "broken.2", "broken.3"]
    assert Notice.objects.filter(staff=house.bo, step="broken-up").count() == 1


def test_taken_up_it_is_not_told_again_and_the_ledger_says_so() -> None:
    house = factories.house()
    ticket = _ticket(house)
    _sweep(16)
    _take_up(house, "broken", 17)
    _sweep(26, 36)
    assert _steps() == ["broken"]
    skipped = Event.objects.filter(ticket_id=ticket.pk, code="notice.skipped", params__reason="acknowledged")
    assert [e.params["step"] for e in skipped] == ["broken.2", "broken.3"]
    assert not Notice.objects.filter(step="broken-up").exists()


def test_taking_up_a_repeat_takes_up_all_of_them() -> None:
    house = factories.house()
    _ticket(house)
    _sweep(16, 26)
    _take_up(house, "broken.2", 27)
    assert not Notice.objects.filter(staff=house.alice, acked_at=None).exists()
    _sweep(36)
    assert _steps() == ["broken", "broken.2"]


def test_what_was_taken_up_before_the_step_came_anew_counts_no_more() -> None:
    house = factories.house()
    _ticket(house)
    _sweep(16)
    _take_up(house, "broken", 17)
    promise = Promise.objects.get()
    promise.fired["broken"] = int((MONDAY + 20 * MINUTE).timestamp())  # the due moment moved, and it broke again
    promise.save(update_fields=["fired"])
    _sweep(26)
    assert "broken.2" in _steps()


@pytest.mark.parametrize(
    ("code", "base"),
    [("broken", "broken"), ("broken.2", "broken"), ("broken.12", "broken"), ("broken.1", "broken.1"),
     ("broken.0", "broken.0"), ("a.b", "a.b"), ("a.b.3", "a.b"), (".2", ".2")],
)  # fmt: skip
def test_the_base_of_a_code(code: str, base: str) -> None:
    assert steps.base(code) == base
    assert steps.is_repeat(code) == (code != base)
