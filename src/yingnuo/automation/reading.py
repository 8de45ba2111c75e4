"""How does each settled row of the ledger become one run of each rule that it sets off, once?

As webhooks do: one process at a time holds the mark up to which the ledger was read, the runs and the moved mark are
one transaction, and the key (rule, event) would refuse a second one besides. A rule of time makes a run that is due
later; what ends its waiting takes the run away again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from yingnuo.automation import triggers
from yingnuo.automation.models import Reading, Rule, Run, RunState
from yingnuo.engine.automation import Trigger, read_trigger
from yingnuo.engine.errors import EngineError
from yingnuo.kit import revisions
from yingnuo.ledger.models import Event
from yingnuo.promises.standards import standards

BATCH = 500


@dataclass(frozen=True, slots=True)
class _Listening:
    rule: Rule
    trigger: Trigger


def read_on(up_to: int) -> bool:
    """Reads on to the settled row `up_to`; True when there is more to do at once."""
    if not Reading.objects.filter(up_to__lt=up_to).exists() and Reading.objects.exists():
        return False
    with transaction.atomic(durable=True):
        mark = _mark()
        if mark is None or mark.up_to >= up_to:
            return False
        rules = _listening()
        # what all rules are too young for need not be read: of a first rule that is the whole past
        after = max(mark.up_to, min((one.rule.since_id for one in rules), default=up_to))
        reached = _between(rules, after, up_to) if after < up_to else up_to
        Reading.objects.filter(pk=mark.pk).update(up_to=reached)
    return reached < up_to


def _mark() -> Reading | None:
    """The mark, locked; None while another process has it."""
    if not Reading.objects.exists():
        Reading.objects.get_or_create(pk=1)
    return Reading.objects.select_for_update(skip_locked=True).first()


def _listening() -> list[_Listening]:
    return [_Listening(rule, read_trigger(rule.when)) for rule in Rule.objects.filter(active=True)]


def _between(rules: Sequence[_Listening], after: int, up_to: int) -> int:
    """Runs of the next rows; the id up to which that was done."""
    wanted = {code for one in rules for code in triggers.codes(one.trigger.event, one.trigger.since)}
    rows = Event.objects.filter(pk__gt=after, pk__lte=up_to, code__in=sorted(wanted), ticket_id__isnull=False)
    events = list(rows.order_by("pk")[:BATCH])
    for event in events:
        _heard(event, [one for one in rules if event.pk > one.rule.since_id])
    return events[-1].pk if len(events) == BATCH else up_to


def _heard(event: Event, rules: Sequence[_Listening]) -> None:
    over = [one.rule.pk for one in rules if one.trigger.since and triggers.ends(one.trigger.since, event.code)]
    if over:
        Run.objects.filter(ticket_id=event.ticket_id or 0, rule__in=over, state=RunState.PENDING).delete()
    runs = [run for one in rules if (run := _run(event, one)) is not None]
    if runs:
        Run.objects.bulk_create(runs, ignore_conflicts=True)


def _run(event: Event, one: _Listening) -> Run | None:
    t = one.trigger
    fits = triggers.sets_off(t.event, event.code, event.params) if t.event else triggers.begins(t.since, event.code)
    if not fits:
        return None
    due = moment(t, event.at) if t.since else event.at
    if due is None:
        return None
    return Run(
        rule=one.rule, event_id=event.pk, ticket_id=event.ticket_id or 0, position=one.rule.position, code=event.code,
        by=event.actor_kind, due_at=due, chain=event.params.get("chain", []),
    )  # fmt: skip


def moment(t: Trigger, at: datetime) -> datetime | None:
    """When a rule of time looks that counts from `at`; None where its service time is gone or never opens."""
    if not t.calendar:
        return at + timedelta(seconds=t.seconds)
    book = standards.at(revisions.current())
    if t.calendar not in book.calendars:
        return None
    try:
        return book.calendar(t.calendar).add(at, t.seconds)
    except EngineError:  # it never opens again within the horizon
        return None
