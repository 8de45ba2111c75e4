"""How do rules act by themselves? The work process's loop over automation.

Settled rows of the ledger become runs (`automation.reading`); each run that is due is one transaction: the run, the
ticket and the rule are locked, the conditions asked, the actions done, the trace written. Killed at any point it has
done all or nothing, and no run is done twice. Of one ticket the runs are done in the order of what happened, then of
the rules; of different tickets any number of processes do them at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, connection

from yingnuo.alerts import matters
from yingnuo.alerts import services as alerts
from yingnuo.alerts.rules import IN_APP
from yingnuo.automation import reading, rules
from yingnuo.automation.facts import FACTS, facts_of, newest_words
from yingnuo.automation.models import Rule, Run, RunState
from yingnuo.engine import automation as engine
from yingnuo.engine import conditions
from yingnuo.journey import acting, reactions, work
from yingnuo.journey.acting import Did, Doing
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.ledger.settled import Settling
from yingnuo.people.roles import SYSTEM, those_who_may
from yingnuo.tickets.models import Ticket

_log = structlog.get_logger(__name__)
LONGEST_SLEEP_S = 0.5
BATCH = 50  # runs before the ledger is read on
KEPT = timedelta(days=90)  # runs that are over
_ACTED = (RunState.DONE, RunState.PARTLY)
_CLAIM = """
SELECT r.id FROM automation_run r WHERE r.state = 'pending' AND r.due_at <= %s AND NOT EXISTS (
    SELECT 1 FROM automation_run e WHERE e.ticket_id = r.ticket_id AND e.state = 'pending' AND e.due_at <= %s
    AND (e.event_id, e.position, e.id) < (r.event_id, r.position, r.id))
ORDER BY r.due_at, r.id LIMIT 1 FOR UPDATE SKIP LOCKED
"""


class Round:
    """The loop of one work process."""

    def __init__(self) -> None:
        self._settling = Settling()
        self._purged: datetime | None = None

    def step(self) -> float:
        """Reads on and does what is due; seconds to sleep: none while there is more."""
        more = reading.read_on(self._settling.look())
        now = instants.now()
        for _turn in range(BATCH):
            if not do_next(now=now):
                break
            more = True
        self._purge(now)
        return 0.0 if more else LONGEST_SLEEP_S

    def _purge(self, now: datetime) -> None:
        if self._purged is None or now - self._purged >= timedelta(hours=1):
            Run.objects.filter(at__lt=now - KEPT).delete()
            self._purged = now


def do_next(*, now: datetime) -> bool:
    """Does the next run that is due; False when there is none."""
    if not Run.objects.filter(state=RunState.PENDING, due_at__lte=now).exists():
        return False
    run: Run | None = None
    try:
        with work.unit():
            run = _claimed(now)
            if run is not None:
                _do(run, now)
    except (DatabaseError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001  # one rule that cannot be done must not keep all others waiting
        _log.exception("automation.trouble", run=run.pk if run else 0)
        _failed(run, now)
    return run is not None


def _claimed(now: datetime) -> Run | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, now])
        row = cursor.fetchone()
    return Run.objects.get(pk=row[0]) if row else None


def _do(run: Run, now: datetime) -> None:
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company", "agent", "team")
    found = ticket.filter(pk=run.ticket_id).first()
    rule = Rule.objects.select_for_update().get(pk=run.rule_id)
    if found is None or not rule.active or not _fits(rule, _facts(found, run.by)):
        run.delete()
        return
    if why := engine.why_held(rule.pk, run.chain, today=_today(run, now), most=rule.most_per_day):
        _close(run, RunState.HELD, now, why=why)
        return
    _act(run, rule, found, now)
    if rule.stop:
        later = Run.objects.filter(ticket_id=run.ticket_id, event_id=run.event_id, state=RunState.PENDING)
        later.exclude(pk=run.pk).delete()


def _facts(ticket: Ticket, by: str) -> dict[str, object]:
    return facts_of(ticket, by=by, said=newest_words([ticket.pk]).get(ticket.pk, ""))


def _fits(rule: Rule, facts: Mapping[str, object]) -> bool:
    return conditions.parse(rule.conditions, "if", FACTS).matches(facts)


def _today(run: Run, now: datetime) -> int:
    rows = Run.objects.filter(ticket_id=run.ticket_id, rule=run.rule_id, at__gt=now - timedelta(days=1))
    return rows.filter(state__in=_ACTED).count()


def _act(run: Run, rule: Rule, ticket: Ticket, now: datetime) -> None:
    doing = Doing(SYSTEM, ticket, f"rule-{rule.pk}-{run.event_id}", now)
    with ledger.caused_by([*run.chain, rule.pk]):
        did = acting.perform(doing, engine.read_actions(rule.actions))
        ledger.record(
            SYSTEM, [trace(Code.AUTOMATION_RAN, ticket.pk, {"rule": rule.pk, "name": rule.name}, did)], now=now
        )
    refused = [[name, error.code] for name, error in did.refused]
    state = RunState.DONE if not refused else RunState.PARTLY if did.done else RunState.FAILED
    _close(run, state, now, done=list(did.done), refused=refused)
    _judge(rule, ": ".join(refused[0]) if state == RunState.FAILED else "", now)


def trace(code: Code, ticket: int, params: Mapping[str, str | int], did: Did) -> Entry:
    """The ledger's row about actions that were done."""
    return Entry(code, ticket, "", {**params, "done": list(did.done), "refused": [name for name, _why in did.refused]})


def _close(run: Run, state: RunState, now: datetime, **found: object) -> None:
    Run.objects.filter(pk=run.pk).update(state=state, at=now, **found)


def _failed(run: Run | None, now: datetime) -> None:
    """Keeps that it could not be done at all, so that it is not tried forever."""
    if run is None:
        return
    with work.unit():
        rule = Rule.objects.select_for_update().filter(pk=run.rule_id).first()
        if rule is not None and Run.objects.filter(pk=run.pk, state=RunState.PENDING).exists():
            _close(run, RunState.FAILED, now, refused=[["", "trouble"]])
            _judge(rule, "trouble", now)


def _judge(rule: Rule, problem: str, now: datetime) -> None:
    if not rules.acted(rule, problem=problem, now=now):
        return
    admins = those_who_may("admin").values_list("pk", flat=True)
    people = [rule.owner_id] if rule.owner_id else list(admins)
    about = matters.about_automation(rule.pk, rule.name, now)
    if alerts.write([matters.notice(about, pk, way, now) for pk in people for way in (IN_APP, "mail")], now=now):
        reactions.noticed(people)
