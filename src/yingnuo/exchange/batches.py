"""How does a table come in: kept, its columns named, checked row by row, taken in, and if need be undone?

Nothing is written before somebody has seen what would be. Checking, taking in and undoing go in pieces: each is one
transaction, each row in it a savepoint of its own, so that one that cannot be written stops no other and a killed
worker loses at most a piece, which the next one does again. One process at a time works on a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from yingnuo.exchange import fields, reading, values
from yingnuo.exchange.fields import KINDS, Kind
from yingnuo.exchange.models import UNDER_WAY, Import, Key, Outcome, Row, State
from yingnuo.exchange.takers import Plan, Taker
from yingnuo.exchange.values import Values, Wrong
from yingnuo.kit import bulk
from yingnuo.kit.errors import Conflict, Invalid, NotFound, Refused
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import ApiToken, Staff
from yingnuo.people.roles import Actor, actor_for_staff, actor_for_token, require

_log = structlog.get_logger(__name__)
VERB = "import.run"
PIECE = 100
KEPT_FOR = timedelta(days=30)
PROMISES = ("now", "none")  # for open tickets: given from the moment of the import, or not at all


def upload(
    actor: Actor, *, kind: str, file: str, content: bytes, encoding: str = "", delimiter: str = "", now: datetime
) -> Import:
    """Keeps a table with a proposal of what its columns are; nothing of it is taken in yet."""
    what = _kind(kind)
    _may(actor, what)
    table = reading.read(content, encoding=encoding, delimiter=delimiter)
    with transaction.atomic(durable=True):
        row = Import.objects.create(
            kind=kind, file=file[:200] or "table", form=table.form, encoding=table.encoding, delimiter=table.delimiter,
            head=list(table.head), mapping=fields.proposed(what, table.head), total=len(table.rows),
            by_kind=actor.kind, by_id=actor.id, created_at=now,
        )  # fmt: skip
        bulk.create([Row(table=row, number=number, cells=list(cells)) for number, cells in table.rows])
    return row


def _kind(code: str) -> Kind:
    if code not in KINDS:
        raise NotFound(_("There is no such kind of table."), code="kind_not_found")
    return KINDS[code]


def _may(actor: Actor, kind: Kind) -> None:
    for verb in (VERB, *kind.verbs):
        require(actor, verb)


def get(actor: Actor, pk: int) -> Import:
    """The table; NotFound when there is none, or its kind is none of the actor's business."""
    row = Import.objects.filter(pk=pk).first()
    require(actor, VERB)
    if row is None or not all(actor.may(verb) for verb in KINDS[row.kind].verbs):
        raise NotFound(_("There is no such import."), code="import_not_found")
    return row


def check(actor: Actor, *, pk: int, mapping: Mapping[str, str], options: Mapping[str, str], now: datetime) -> Import:
    """Names the columns and has every row checked."""
    get(actor, pk)
    with transaction.atomic(durable=True):
        row = _locked(pk, State.MAPPING, State.CHECKED)
        row.mapping, row.options = _checked_mapping(row, mapping), _checked_options(options)
        row.state, row.problem = State.CHECKING, ""
        row.save(update_fields=["mapping", "options", "state", "problem"])
        fields.remember(row.kind, row.head, row.mapping)
        row.rows.update(pending=True, outcome="", problems=[], key="")
    return row


def _checked_mapping(row: Import, mapping: Mapping[str, str]) -> dict[str, str]:
    kind = KINDS[row.kind]
    chosen = {place: code for place, code in mapping.items() if code}
    places = {str(place) for place in range(len(row.head))}
    if chosen.keys() - places or any(kind.field(code) is None for code in chosen.values()):
        raise Invalid(_("There is no such column or field."), fields={"mapping": _("Choose from the list.")})
    if len(set(chosen.values())) < len(chosen):
        twice = _("Two columns are the same field.")
        raise Invalid(twice, fields={"mapping": twice})
    lacking = [field for field in kind.fields if field.needed and field.code not in chosen.values()]
    if lacking or not chosen:
        said = _("Say which column is “%(field)s”.") % {"field": (lacking or kind.fields)[0].word}
        raise Invalid(said, fields={"mapping": said})
    return chosen


def _checked_options(options: Mapping[str, str]) -> dict[str, str]:
    promises = options.get("promises", PROMISES[0]) or PROMISES[0]
    if promises not in PROMISES:
        raise Invalid(_("Choose from the list."), fields={"promises": _("Choose from the list.")})
    return {"promises": promises}


def begin(actor: Actor, *, pk: int, now: datetime) -> Import:
    """Has the rows that were not refused taken in; with the rights of whoever begins it."""
    get(actor, pk)
    with transaction.atomic(durable=True):
        row = _locked(pk, State.CHECKED, State.STOPPED)
        waiting = row.rows.exclude(outcome=Outcome.REFUSED)
        if row.state == State.STOPPED:
            waiting = waiting.filter(object_id=None)
        waiting.update(pending=True)
        row.state, row.by_kind, row.by_id, row.ended_at, row.problem = State.RUNNING, actor.kind, actor.id, None, ""
        row.save(update_fields=["state", "by_kind", "by_id", "ended_at", "problem"])
    return row


def stop(actor: Actor, *, pk: int, now: datetime) -> Import:
    """Ends it after the piece under way: what is taken in stays, the rest can be gone on with."""
    get(actor, pk)
    with transaction.atomic(durable=True):
        row = _locked(pk, *UNDER_WAY)
        row.state = State.MAPPING if row.state == State.CHECKING else State.STOPPED
        row.ended_at = now
        row.rows.filter(pending=True).update(pending=False)
        row.save(update_fields=["state", "ended_at"])
    return row


def undo(actor: Actor, *, pk: int, now: datetime) -> Import:
    """Has it taken back: every row that nothing else has touched since."""
    get(actor, pk)
    with transaction.atomic(durable=True):
        row = _locked(pk, State.DONE, State.STOPPED)
        row.rows.filter(outcome__in=[Outcome.NEW, Outcome.CHANGED], object_id__isnull=False).update(pending=True)
        row.state, row.by_kind, row.by_id, row.ended_at = State.UNDOING, actor.kind, actor.id, None
        row.save(update_fields=["state", "by_kind", "by_id", "ended_at"])
    return row


def discard(actor: Actor, *, pk: int) -> None:
    """Forgets a table of which nothing was taken in, or that is done with; what was taken in stays."""
    get(actor, pk)
    with transaction.atomic(durable=True):
        row = _locked(pk, *(state for state in State if state not in UNDER_WAY))
        row.delete()


def _locked(pk: int, *states: str) -> Import:
    row = Import.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such import."), code="import_not_found")
    if row.state not in states:
        raise Conflict(_("It has come further in the meantime; look again."), code="import_state")
    return row


def counts(row: Import) -> dict[str, int]:
    """How many rows have come to what; rows that are not judged yet under ""."""
    found = row.rows.values_list("outcome").annotate(n=Count("id")).order_by()
    return {outcome.value: 0 for outcome in Outcome} | dict(found)


def progress(row: Import) -> int:
    """Hundredths of the present step that are done."""
    if row.state not in UNDER_WAY:
        return 100
    waiting = row.rows.filter(pending=True).count()
    return 100 - round(100 * waiting / max(row.total, 1))


# --- what workers do


def advance(takers: Mapping[str, Taker], *, only: int | None = None, now: datetime) -> bool:
    """Does one piece of the oldest table under way (or of this one); False when there is nothing to do."""
    with transaction.atomic(durable=True):
        waiting = Import.objects.select_for_update(skip_locked=True).filter(state__in=UNDER_WAY)
        table = (waiting if only is None else waiting.filter(pk=only)).order_by("pk").first()
        if table is None:
            return False
        actor = _actor(table)
        if actor is None or not all(actor.may(verb) for verb in (VERB, *KINDS[table.kind].verbs)):
            _end(table, State.FAILED, "not_allowed", now)
            return True
        rows = list(table.rows.filter(pending=True).order_by(*_ORDER[State(table.state)])[:PIECE])
        for row in rows:
            _row(actor, takers[table.kind], table, row, now)
        if len(rows) < PIECE:
            _finish(actor, table, now)
    return True


_ORDER = {State.CHECKING: ("number",), State.RUNNING: ("number",), State.UNDOING: ("-number",)}


def _actor(table: Import) -> Actor | None:
    """Whoever began it, with the rights he has now."""
    if table.by_kind == "staff":
        person = Staff.objects.filter(pk=table.by_id, active=True).first()
        return actor_for_staff(person) if person else None
    token = ApiToken.objects.filter(pk=table.by_id, revoked_at=None).first()
    return actor_for_token(token) if token else None


def _row(actor: Actor, taker: Taker, table: Import, row: Row, now: datetime) -> None:
    """One row, all of it or nothing; what it came to is kept with it."""
    row.pending = False
    try:
        with transaction.atomic(), ledger.together():
            _STEPS[State(table.state)](actor, taker, table, row, now)
    except Wrong as wrong:
        _refuse(row, wrong)
    except Refused as error:
        _refuse(row, values.refused(error))
    except (OperationalError, InterfaceError):
        raise  # the database is away: the piece is done again
    except (DatabaseError, ValueError, LookupError) as error:
        _log.exception("import.row_failed", table=table.pk, row=row.number)
        _refuse(row, Wrong([("", "trouble", {"said": type(error).__name__})]))
    row.save(update_fields=["pending", "outcome", "problems", "key", "object_id", "before", "after"])


def _refuse(row: Row, wrong: Wrong) -> None:
    row.outcome = Outcome.REFUSED
    row.problems = [list(problem) for problem in wrong.problems]


def _plan(taker: Taker, table: Import, row: Row) -> Plan:
    named = {code: row.cells[int(place)] for place, code in table.mapping.items()}
    plan = taker.plan(Values(named), table)
    row.key = plan.key[:250]
    earlier = table.rows.filter(key=row.key, number__lt=row.number).exclude(outcome=Outcome.REFUSED)
    first = earlier.values_list("number", flat=True).first() if row.key else None
    if first is not None:
        raise Wrong([("", "twice", {"line": first})])
    return plan


def _check(actor: Actor, taker: Taker, table: Import, row: Row, now: datetime) -> None:
    row.outcome, row.problems = _plan(taker, table, row).outcome, []


def _take(actor: Actor, taker: Taker, table: Import, row: Row, now: datetime) -> None:
    plan = _plan(taker, table, row)
    row.outcome, row.problems = plan.outcome, []
    pk = plan.object_id
    if plan.outcome != Outcome.SAME:
        pk = taker.write(actor, plan, table, now)
        row.object_id = pk
        row.before = dict(plan.before) if plan.before is not None else None
        row.after = dict(plan.after)
    key = _external(table, row)
    if key and pk:
        Key.objects.update_or_create(kind=table.kind, key=key, defaults={"object_id": pk})


def _external(table: Import, row: Row) -> str:
    place = next((place for place, code in table.mapping.items() if code == "key"), None)
    return row.cells[int(place)][:200] if place is not None else ""


def _undo(actor: Actor, taker: Taker, table: Import, row: Row, now: datetime) -> None:
    made = row.before is None
    if taker.undo(actor, row, now):
        row.outcome = Outcome.UNDONE
        if made:
            Key.objects.filter(kind=table.kind, object_id=row.object_id or 0).delete()
    else:
        row.outcome = Outcome.KEPT


_STEPS = {State.CHECKING: _check, State.RUNNING: _take, State.UNDOING: _undo}
_NEXT = {State.CHECKING: State.CHECKED, State.RUNNING: State.DONE, State.UNDOING: State.UNDONE}


def _finish(actor: Actor, table: Import, now: datetime) -> None:
    found = counts(table)
    told: dict[str, ledger.Value] = {"what": table.kind, "file": table.file}
    if table.state == State.RUNNING:
        told |= {name: found[name] for name in ("new", "changed", "refused")}
        told["count"] = found[Outcome.NEW] + found[Outcome.CHANGED]
        ledger.record(actor, [Entry(Code.IMPORT_DONE, 0, f"import:{table.pk}", told)], now=now)
    elif table.state == State.UNDOING:
        told |= {"count": found[Outcome.UNDONE], "kept": found[Outcome.KEPT]}
        ledger.record(actor, [Entry(Code.IMPORT_UNDONE, 0, f"import:{table.pk}", told)], now=now)
    _end(table, _NEXT[State(table.state)], "", now)


def _end(table: Import, state: State, problem: str, now: datetime) -> None:
    table.state, table.problem, table.ended_at = state, problem, now
    table.save(update_fields=["state", "problem", "ended_at"])


def purge(*, now: datetime) -> int:
    """Forgets tables that are older than KEPT_FOR with all their rows: they are full of personal data."""
    ended = Import.objects.filter(created_at__lt=now - KEPT_FOR).exclude(state__in=UNDER_WAY)
    with transaction.atomic(durable=True):
        return Import.objects.filter(pk__in=list(ended.values_list("pk", flat=True)[:10])).delete()[0]
