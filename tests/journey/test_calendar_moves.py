"""What does a new version of a service time do to promises that were given under an earlier one?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.journey import closing, moving, reply
from yingnuo.kit import bulk
from yingnuo.kit.errors import NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import moving as promises_moving
from yingnuo.promises import standards, versions, zone_data
from yingnuo.promises.models import Calendar, CalendarVersion, Mark, Promise
from yingnuo.promises.moving import Tally
from yingnuo.promises.runs import Recompute
from yingnuo.promises.scenario import Scenario
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def house() -> House:
    return factories.house()


def _spec(**more: object) -> dict[str, object]:
    return CalendarVersion.objects.get(calendar__code="office", number=1).spec | more


def _closed_tomorrow() -> CalendarVersion:
    """A day off that nobody had written down: Tuesday, the third of March."""
    spec = _spec(overrides={"2026-03-03": []})
    return versions.save_calendar(SYSTEM, code="office", name="Office", spec=spec, now=MONDAY + HOUR)


def _solution(ticket: Ticket) -> Promise:
    return Promise.objects.get(ticket=ticket, milestone="resolution")


def _preview() -> promises_moving.Moves:
    scenario = Scenario(calendars={"office": ("office@2", standards.calendar("office@2"))})
    return promises_moving.preview(scenario, now=MONDAY + 2 * HOUR)


def _move() -> int:
    run = moving.move(SYSTEM, kind="calendar", code="office", now=MONDAY + 2 * HOUR)
    assert run.state == "done"
    return int(run.counts["tickets"])


def test_a_new_version_moves_nothing_by_itself_and_the_preview_says_what_it_would_move(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)  # solution in 23 h of working time
    before = _solution(ticket).due_at
    _closed_tomorrow()
    assert _solution(ticket).due_at == before
    [move] = [m for m in _preview().rows if m.milestone == "resolution"]
    assert (move.ticket, move.before, move.after, move.by) == (ticket.pk, before, before + 24 * HOUR, 86_400)
    assert not Mark.objects.exists()


def test_an_unsaved_version_can_be_previewed(house: House) -> None:
    factories.ticket(house, agent=house.alice, at=MONDAY)
    calendar = standards.compile_calendar(_spec(overrides={"2026-03-03": []}))
    scenario = Scenario(calendars={"office": ("office@new", calendar)})
    found = promises_moving.preview(scenario, now=MONDAY + MINUTE).all
    assert (found.looked, found.later, found.sooner) == (2, 1, 0)


def test_moved_promises_carry_their_time_over_and_the_ledger_says_why(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    other = factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=MONDAY)  # round the clock
    due, untouched = _solution(ticket).due_at, Promise.objects.filter(ticket=other).values()
    kept = list(untouched)
    _closed_tomorrow()
    assert _move() == 1
    solution = _solution(ticket)
    assert due is not None
    assert (solution.due_at, solution.standing) == (due + 24 * HOUR, "running")
    assert standards.terms_of(solution.terms_id).calendar == "office@2"
    told = Event.objects.get(code="promise.retargeted", subject=f"promise:{solution.pk}")
    assert (told.ticket_id, told.params["reason"]) == (ticket.pk, "calendar")
    assert Event.objects.filter(code="setting.changed", params__moved=1).exists()
    assert list(untouched.all()) == kept
    assert _preview().all == Tally(stays_broken=1)  # the first response


def test_what_stands_still_and_what_is_broken_or_ended_is_not_shown_as_moving(house: House) -> None:
    alice = factories.actor(house.alice)
    still, over, done = (factories.ticket(house, agent=house.alice, at=MONDAY) for _ in range(3))
    closing.pause(alice, ticket_id=still.pk, reason="waiting_parts", now=MONDAY + MINUTE)
    reply.answer(alice, ticket_id=done.pk, said=reply.Said("Done.", then="resolve"), now=MONDAY + MINUTE)
    _closed_tomorrow()
    assert {m.ticket for m in _preview().rows} == {over.pk}
    first = _preview().by_milestone["first_response"]
    assert (first.looked, first.stays_broken) == (0, 2)  # broken by now
    _move()
    closing.resume(alice, ticket_id=still.pk, now=MONDAY + 3 * HOUR)
    assert standards.terms_of(_solution(still).terms_id).calendar == "office@2"
    moved = Mark.objects.filter(kind="retargeted")
    assert not moved.filter(promise__ticket=done).exists()
    assert not moved.filter(promise__milestone="first_response").exists()  # overdue: its breach is dated already


def test_the_ticket_is_due_when_its_promise_is(house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice, at=MONDAY)
    alice = factories.actor(house.alice)
    reply.answer(alice, ticket_id=ticket.pk, said=reply.Said("On it."), now=MONDAY + MINUTE)
    Promise.objects.filter(ticket=ticket, milestone="progress_update").delete()
    _closed_tomorrow()
    _move()
    ticket.refresh_from_db()
    assert ticket.due_at == _solution(ticket).due_at


def test_two_thousand_promises_are_one_pass(house: House) -> None:
    first = factories.ticket(house, agent=house.alice, at=MONDAY)
    template, values = _solution(first), Ticket.objects.filter(pk=first.pk).values().get()
    del values["id"]
    tickets = list(bulk.create([Ticket(**values) for _ in range(2_000)]))
    fields: dict[str, Any] = Promise.objects.filter(pk=template.pk).values().get()
    del fields["id"]
    bulk.create([Promise(**fields | {"ticket_id": t.pk}) for t in tickets])
    _closed_tomorrow()
    asked = _queries(lambda: _preview().all.looked)
    assert _queries(_move) < 80  # two pieces
    assert asked < 20
    assert Promise.objects.filter(milestone="resolution", due_at=template.due_at).count() == 0
    assert Event.objects.filter(code="promise.retargeted").count() >= 2_001


def _queries(act: Callable[[], int]) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert act() >= 2_000
    return len(asked)


def test_only_who_may_edit_settings_moves_promises(house: House) -> None:
    factories.ticket(house, agent=house.alice, at=MONDAY)
    _closed_tomorrow()
    with pytest.raises(NotAllowed):
        moving.move(factories.actor(house.alice), kind="calendar", code="office", now=MONDAY)
    assert not Mark.objects.exists()
    assert not Recompute.objects.exists()


def test_other_zone_data_are_noticed_and_a_new_version_makes_up_for_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert versions.with_other_zone_data() == []
    monkeypatch.setattr(zone_data, "digest", lambda zone, year: f"new rules of {zone}"[:16])
    assert "office" in {v.calendar.code for v in versions.with_other_zone_data()}
    for row in Calendar.objects.all():
        spec = CalendarVersion.objects.get(calendar=row, number=row.current).spec
        versions.save_calendar(SYSTEM, code=row.code, name=row.name, spec=spec, now=MONDAY)
    assert versions.with_other_zone_data() == []


def test_a_version_made_before_zone_data_were_kept_alarms_nobody(house: House) -> None:
    CalendarVersion.objects.update(zone_digest="", zone_release="")
    assert versions.with_other_zone_data() == []


def test_a_zone_is_known_by_its_rules() -> None:
    assert zone_data.digest("Europe/Berlin", 2026) == zone_data.digest("Europe/Paris", 2026)
    assert zone_data.digest("Europe/Berlin", 2026) != zone_data.digest("Asia/Shanghai", 2026)
    assert zone_data.release()
