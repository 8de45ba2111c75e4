"""Do open promises move as foretold, whoever works on it, is killed at it, or is in its way?"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.journey import closing, moving, reply, sweep
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import batches, marking, recompute, standards, versions
from yingnuo.promises import moving as promised
from yingnuo.promises.models import CalendarVersion, Mark, Outcome, Policy, PolicyVersion, Promise
from yingnuo.promises.moving import Moves, Tally
from yingnuo.promises.runs import Recompute
from yingnuo.promises.scenario import Scenario
from yingnuo.tickets.models import Ticket

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = MONDAY + 2 * HOUR
OTHERS = ("looked", "later", "sooner", "breaks", "saved", "stays_broken", "ended", "given", "tickets")


@pytest.fixture
def house() -> House:
    return factories.house(now=MONDAY - DAY)


def _closed_tomorrow() -> None:
    spec = CalendarVersion.objects.get(calendar__code="office", number=1).spec
    spec = {**spec, "overrides": {"2026-03-03": []}}
    versions.save_calendar(SYSTEM, code="office", name="Office", spec=spec, now=MONDAY + HOUR)


def _by_calendar() -> Scenario:
    return Scenario(calendars={"office": ("office@2", standards.calendar("office@2"))})


RULES: dict[str, Any] = {
    "code": "default", "title": "Stricter", "agreement": "sla",
    "ladders": {"warn": [{"step": "warn", "before": "30m", "share": 0.5, "to": ["holder"], "by": ["in_app"]}]},
    "rules": [
        {"code": "none", "title": "No hand-off", "when": {"kind": "enquiry"}, "promises": {"handoff": None}},
        {"code": "all", "title": "All", "when": {}, "promises": {
            "first_response": {"target": "3h", "calendar": "always", "ladder": "warn"},
            "handoff": {"target": "4h", "calendar": "office"},
            "resolution": {"target": "90m", "calendar": "always", "ladder": "warn", "pauses": "*"},
        }},
    ],
}  # fmt: skip


def _other_policy() -> None:
    versions.save_policy(SYSTEM, code="default", name="Stricter", spec=RULES, now=MONDAY + HOUR)


def _by_policy() -> Scenario:
    spec = PolicyVersion.objects.get(policy__code="default", number=2).spec
    return Scenario(policies={"default": EnginePolicy.from_spec(spec, 2)})


def _a_house_full(house: House) -> list[Ticket]:
    """Promises to which everything has happened that may: untouched, paused, over, retargeted, waiting, ended."""
    alice = factories.actor(house.alice)
    kinds = ("enquiry", "fault", "enquiry", "enquiry", "repair", "enquiry", "enquiry")
    made = [
        factories.ticket(house, kind=kind, agent=house.alice, at=MONDAY + n * MINUTE) for n, kind in enumerate(kinds)
    ]
    still, again, answered, over = made[2], made[3], made[4], made[5]
    for ticket in (still, again):
        closing.pause(alice, ticket_id=ticket.pk, reason="waiting_customer", now=MONDAY + 20 * MINUTE)
    closing.resume(alice, ticket_id=again.pk, now=MONDAY + 50 * MINUTE)
    reply.answer(alice, ticket_id=answered.pk, said=reply.Said("On it."), now=MONDAY + 30 * MINUTE)
    reply.answer(alice, ticket_id=over.pk, said=reply.Said("Done.", then="resolve"), now=MONDAY + 30 * MINUTE)
    closing.reopen(alice, ticket_id=over.pk, now=MONDAY + 40 * MINUTE)
    sweep.run_once(now=MONDAY + 90 * MINUTE)
    return made


def _counts(run: Recompute) -> dict[str, int]:
    return {name: run.counts[name] for name in OTHERS}


def _told(moves: Moves) -> dict[str, int]:
    return {name: getattr(moves.all, name) for name in OTHERS}


def _assert_true() -> None:
    """Every open promise stands as its marks say, and its ticket is due when the first of them is."""
    for p in Promise.objects.filter(ended_at=None):
        state = marking.state_of(p, now=LATER)
        assert state.terms == standards.terms_of(p.terms_id)
        if not state.broken:
            assert p.due_at == (None if state.due is None else instants.instant(state.due))
            assert (p.worked, p.remaining, p.standing) == (state.worked, state.remaining, state.standing.value)
    for ticket in Ticket.objects.all():
        dues = Promise.objects.filter(ticket=ticket, ended_at=None).exclude(due_at=None).order_by("due_at", "id")
        first = dues.first()
        assert (ticket.due_at, ticket.next_milestone) == ((first.due_at, first.milestone) if first else (None, ""))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["calendar", "policy"])
def test_promises_move_as_foretold(house: House, kind: str) -> None:
    _a_house_full(house)
    if kind == "calendar":
        _closed_tomorrow()
        code, scenario = "office", _by_calendar()
    else:
        _other_policy()
        code, scenario = "default", _by_policy()
    foretold = promised.preview(scenario, now=LATER)
    assert not Mark.objects.filter(kind="retargeted", reason=kind).exists()
    run = moving.move(SYSTEM, kind=kind, code=code, now=LATER)
    assert (run.state, _counts(run)) == ("done", _told(foretold))
    assert foretold.all.moved
    for move in foretold.rows:
        if move.promise:
            p = Promise.objects.get(pk=move.promise)
            assert p.due_at == move.after or (move.after is None and p.ended_at == LATER)
        else:
            assert Promise.objects.get(ticket=move.ticket, milestone=move.milestone).due_at == move.after
    _assert_true()


@pytest.mark.django_db
def test_after_a_move_nothing_is_left_to_move(house: House) -> None:
    _a_house_full(house)
    _closed_tomorrow()
    moving.move(SYSTEM, kind="calendar", code="office", now=LATER)
    before = list(Promise.objects.order_by("pk").values())
    assert promised.preview(_by_calendar(), now=LATER).changed == 0
    again = moving.move(SYSTEM, kind="calendar", code="office", now=LATER + MINUTE)
    assert (again.state, again.counts["looked"]) == ("done", 0)
    assert list(Promise.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_another_standard_breaks_saves_ends_and_gives(house: House) -> None:
    _a_house_full(house)
    _other_policy()
    foretold = promised.preview(_by_policy(), now=LATER).all
    assert min(foretold.breaks, foretold.stays_broken, foretold.ended) > 0
    moving.move(SYSTEM, kind="policy", code="default", now=LATER)
    ended = Promise.objects.filter(ended_at=LATER)
    assert ended.count() == foretold.ended
    assert Outcome.objects.filter(promise__in=ended).count() == ended.count()
    broken = [t.pk for t in batches.tickets_of(SYSTEM, Recompute.objects.get().broken_tickets)]
    assert broken
    for pk in broken:
        p = Promise.objects.filter(ticket=pk, milestone="resolution", ended_at=None).get()
        assert p.due_at == LATER
    sweep.run_once(now=LATER + MINUTE)
    assert Promise.objects.filter(ticket__in=broken, broken_at=LATER).count() == len(broken)


@pytest.mark.django_db
def test_finished_promises_and_those_of_no_standard_keep_their_terms(house: House) -> None:
    ticket = factories.ticket(house, kind="fault", agent=house.alice, at=MONDAY)
    done = Promise.objects.get(ticket=ticket, milestone="first_response")
    reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=reply.Said("Yes."), now=MONDAY + MINUTE)
    given = Promise.objects.get(ticket=ticket, milestone="resolution")
    own = standards.terms_of(given.terms_id)
    copies = standards.copies_of({replace(own, policy="")})
    Promise.objects.filter(pk=given.pk).update(terms=next(iter(copies.values())))
    _other_policy()
    moving.move(SYSTEM, kind="policy", code="default", now=LATER)
    assert Promise.objects.get(pk=done.pk).terms_id == done.terms_id
    assert Promise.objects.get(pk=given.pk).due_at == given.due_at


@pytest.mark.django_db
def test_who_may_not_edit_settings_begins_stops_and_resumes_nothing(house: House) -> None:
    factories.ticket(house, agent=house.alice, at=MONDAY)
    _closed_tomorrow()
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    bo, events = factories.actor(house.bo), Event.objects.count()
    for act in (moving.stop, moving.go_on):
        with pytest.raises(NotAllowed):
            act(bo, run=run.pk, now=LATER)
    with pytest.raises(NotAllowed):
        moving.begin(bo, kind="calendar", code="hotline", now=LATER)
    assert (Recompute.objects.get().state, Event.objects.count()) == ("waiting", events)
    assert not Mark.objects.exists()


@pytest.mark.django_db
def test_a_batch_is_not_begun_twice_and_an_older_one_gives_way(house: House) -> None:
    factories.ticket(house, agent=house.alice, at=MONDAY)
    _closed_tomorrow()
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    assert moving.begin(SYSTEM, kind="calendar", code="office", now=LATER + MINUTE).pk == run.pk
    moving.step(now=LATER)
    _closed_tomorrow()
    other = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER + MINUTE)
    run.refresh_from_db()
    assert (run.state, run.problem, other.version) == ("stopped", "superseded", 3)
    with pytest.raises(Conflict):
        moving.go_on(SYSTEM, run=run.pk, now=LATER + MINUTE)


@pytest.mark.django_db
def test_a_version_that_comes_into_force_meanwhile_stops_the_batch(house: House) -> None:
    factories.ticket(house, agent=house.alice, at=MONDAY)
    _closed_tomorrow()
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    moving.step(now=LATER)
    _closed_tomorrow()
    while moving.step(now=LATER + MINUTE):
        pass
    run.refresh_from_db()
    assert (run.state, run.problem) == ("stopped", "superseded")
    assert not Mark.objects.exists()


@pytest.mark.django_db
def test_a_standard_out_of_force_moves_nothing(house: House) -> None:
    Policy.objects.update(active=False)
    with pytest.raises(Conflict):
        moving.begin(SYSTEM, kind="policy", code="default", now=LATER)
    assert not Recompute.objects.exists()


@pytest.fixture
def many(house: House, monkeypatch: pytest.MonkeyPatch) -> list[Ticket]:
    """Twelve tickets in pieces of three, and a calendar that has changed."""
    monkeypatch.setattr(batches, "PIECE", 3)
    made = [factories.ticket(house, agent=house.alice, at=MONDAY + n * MINUTE) for n in range(12)]
    _closed_tomorrow()
    return made


def _moved() -> int:
    return Mark.objects.filter(kind="retargeted", promise__milestone="resolution").count()


@pytest.mark.django_db
def test_a_batch_is_stopped_in_the_middle_and_goes_on(many: list[Ticket]) -> None:
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    assert [moving.step(now=LATER) for _ in range(3)] == [True] * 3  # cut, and two pieces
    stopped = moving.stop(SYSTEM, run=run.pk, now=LATER)
    assert (moving.step(now=LATER), _moved(), stopped.done, stopped.counts["later"]) == (False, 6, 6, 6)
    with pytest.raises(Conflict):
        moving.stop(SYSTEM, run=run.pk, now=LATER)
    moving.go_on(SYSTEM, run=run.pk, now=LATER + MINUTE)
    while moving.step(now=LATER + MINUTE):
        pass
    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.counts["later"], _moved()) == ("done", 12, 12, 12, 12)
    _assert_true()


@pytest.mark.django_db
def test_who_is_killed_in_a_piece_has_done_nothing_and_the_next_one_does_it(
    many: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    moving.step(now=LATER)
    moving.step(now=LATER)

    def killed(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batches, "note", killed)  # everything of the piece is written by then
        with pytest.raises(KeyboardInterrupt):
            moving.step(now=LATER)
    assert _moved() == 3
    while moving.step(now=LATER):
        pass
    run.refresh_from_db()
    assert (run.state, _moved(), Event.objects.filter(code="promise.retargeted").count()) == (
        "done", 12, run.counts["looked"],
    )  # fmt: skip


@pytest.mark.django_db
def test_a_piece_that_cannot_be_done_fails_the_batch_and_only_itself(
    many: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    real = recompute.move

    def broken(*args: Any, tickets: list[int], **more: Any) -> recompute.Moved:
        if many[0].pk in tickets:
            raise LookupError("no such copy")
        return real(*args, tickets=tickets, **more)

    with monkeypatch.context() as patch:
        patch.setattr(recompute, "move", broken)
        for minutes in range(4):
            while moving.step(now=LATER + minutes * MINUTE):
                pass
    run.refresh_from_db()
    assert (run.state, run.problem, run.done, _moved()) == ("failed", "LookupError: no such copy", 9, 9)
    moving.go_on(SYSTEM, run=run.pk, now=LATER + 5 * MINUTE)
    while moving.step(now=LATER + 5 * MINUTE):
        pass
    run.refresh_from_db()
    assert (run.state, run.problem, _moved()) == ("done", "", 12)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_batch_and_do_nothing_twice(many: list[Ticket]) -> None:
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    done: list[int] = []

    def work() -> None:
        try:
            count = 0
            while not Recompute.objects.filter(pk=run.pk, state="done").exists():
                count += moving.step(now=LATER)
            done.append(count)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    run.refresh_from_db()
    assert len(done) == 2
    assert (run.done, run.counts["later"], _moved()) == (12, 12, 12)
    assert Event.objects.filter(code="promise.retargeted", params__milestone="resolution").count() == 12
    assert Event.objects.filter(code="setting.changed", params__recompute="done").count() == 1
    _assert_true()


@pytest.mark.django_db(transaction=True)
def test_an_agent_at_work_on_a_ticket_waits_for_nobody_and_nobody_for_him(many: list[Ticket], house: House) -> None:
    run = moving.begin(SYSTEM, kind="calendar", code="office", now=LATER)
    held, let_go = threading.Event(), threading.Event()

    def agent() -> None:
        try:
            with transaction.atomic():
                Ticket.objects.select_for_update(of=("self",)).get(pk=many[4].pk)
                held.set()
                assert let_go.wait(60)
        finally:
            connections["default"].close()

    thread = threading.Thread(target=agent)
    thread.start()
    assert held.wait(60)
    while moving.step(now=LATER):
        pass
    run.refresh_from_db()
    assert (run.state, _moved(), batches.progress_of(run).done) == ("running", 11, 11)
    let_go.set()
    thread.join(60)
    reply.answer(  # and works on it before the batch comes again
        factories.actor(house.alice), ticket_id=many[4].pk, said=reply.Said("Done.", then="resolve"), now=LATER
    )
    while moving.step(now=LATER + MINUTE):
        pass
    run.refresh_from_db()
    assert (run.state, run.done, run.counts["later"], _moved()) == ("done", 12, 11, 11)


@pytest.mark.django_db
def test_the_preview_tells_milestones_shifts_and_the_first_moves(house: House) -> None:
    made = [factories.ticket(house, agent=house.alice, at=MONDAY + n * HOUR) for n in range(3)]
    _closed_tomorrow()
    found = promised.preview(_by_calendar(), now=MONDAY + 2 * HOUR - MINUTE, listed=2)
    assert found.by_milestone["resolution"] == Tally(looked=3, later=3)
    assert (found.median_s, found.longest_s) == (86_400, 86_400)
    assert [m.ticket for m in found.rows] == [t.pk for t in made[:2]]
    assert found.rows[0].by == 86_400


@pytest.mark.django_db
def test_how_many_are_left_behind_is_asked_of_the_few_copies_of_terms(house: House) -> None:
    factories.ticket(house, agent=house.alice, at=MONDAY)
    assert promised.left_behind("office", key="office@1") == 0
    _closed_tomorrow()
    assert promised.left_behind("office", key="office@2") == 2
    moving.move(SYSTEM, kind="calendar", code="office", now=MONDAY + HOUR)
    assert promised.left_behind("office", key="office@2") == 0
