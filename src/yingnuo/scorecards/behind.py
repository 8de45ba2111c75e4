"""Which promises and tickets stand behind a figure? What is counted there is listed here, no more and no less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yingnuo.kit.errors import NotFound
from yingnuo.ledger.codes import Code
from yingnuo.people.roles import Actor, require
from yingnuo.scorecards import facts, sight
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.queries import VERB
from yingnuo.scorecards.sight import Filters, Where

SIZE = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One case: its ticket, when it counts, and for a promise its milestone, standing and lateness in seconds.

    `standing`: kept, broken, overdue, cancelled; "" for a ticket.
    """

    ticket: int
    at: datetime
    milestone: str = ""
    standing: str = ""
    late: int | None = None
    waited: int | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """One page of cases, the newest first; no total, since the figure has said it."""

    items: tuple[Item, ...]
    number: int
    more: bool


_PROMISES = {
    "judged": "o.standing IN ('kept', 'broken', 'overdue')", "kept": "o.standing = 'kept'",
    "broken": "o.standing IN ('broken', 'overdue')", "overdue": "o.standing = 'overdue'",
    "cancelled": "o.standing = 'cancelled'", "warned": "o.warned AND o.standing <> 'cancelled'",
    "warned_kept": "o.warned AND o.standing = 'kept'",
    "warned_broken": "o.warned AND o.standing IN ('broken', 'overdue')",
    "excused": f"o.standing IN ('broken', 'overdue') AND {facts.EXCUSED}",
}  # fmt: skip
_FORGIVING = ("judged", "broken", "overdue")  # figures that leave excused breaches out where the reader asked for it
_ASSIGNED = (
    "EXISTS (SELECT 1 FROM ledger_event e WHERE e.ticket_id = t.id AND e.code IN ('{routed}', '{assigned}') "
    "AND e.params->>'agent' IS NOT NULL)"
)
_EVENT = "EXISTS (SELECT 1 FROM ledger_event e WHERE e.ticket_id = t.id AND e.code = '{assigned}' AND {more})"
_TOUCHED = _EVENT.replace("{more}", "e.actor_kind = 'staff'")
_MOVED = _EVENT.replace("{more}", "e.params->>'from_agent' IS NOT NULL AND e.params->>'agent' IS NOT NULL")
_TICKETS = {
    "arrived": ("t.created_at", "TRUE"),
    "resolved": ("t.resolved_at", "TRUE"),
    "solved": ("t.created_at", "(t.resolved_at IS NOT NULL OR t.reopened > 0)"),
    "reopened": ("t.created_at", "t.reopened > 0"),
    "assigned": ("t.created_at", _ASSIGNED),
    "automatic": ("t.created_at", f"{_ASSIGNED} AND NOT {_TOUCHED}"),
    "touched": ("t.created_at", f"{_ASSIGNED} AND {_TOUCHED}"),
    "reassigned": ("t.created_at", _MOVED),
}
FIGURES = (*_PROMISES, *_TICKETS, "answered", "backlog")


def behind(actor: Actor, figure: str, period: Period, filters: Filters, *, page: int = 1, now: datetime) -> Screen:
    """A page of the cases of a figure of FIGURES; NotFound for any other."""
    require(actor, VERB)
    statement = _statement(actor, figure, period, filters, now)
    sql = f"SELECT * FROM ({statement.sql}) AS cases ORDER BY at DESC, ticket DESC LIMIT %s OFFSET %s"  # noqa: S608
    rows = sight.fetch(sql, [*statement.params, SIZE + 1, (max(1, page) - 1) * SIZE])
    return Screen(tuple(_item(*row) for row in rows[:SIZE]), max(1, page), len(rows) > SIZE)


def _item(at: datetime, ticket: int, *rest: Any) -> Item:
    return Item(ticket, at, *rest)


def _statement(actor: Actor, figure: str, period: Period, filters: Filters, now: datetime) -> Where:
    if figure in _PROMISES:
        return _promises(actor, _condition(figure, filters), period, filters, now)
    if figure == "answered":
        return _answered(actor, period, filters)
    if figure == "backlog":
        return _tickets("t.created_at", Where("t.status IN ('new', 'open', 'waiting')"), actor, filters)
    if figure not in _TICKETS:
        raise NotFound("There is no such figure.", code="figure_not_found")
    moment, condition = _TICKETS[figure]
    named = condition.format(routed=Code.TICKET_ROUTED.value, assigned=Code.TICKET_ASSIGNED.value)
    return _tickets(moment, sight.within(moment, period.start, period.end) & Where(named), actor, filters)


def _condition(figure: str, filters: Filters) -> Where:
    condition = Where(f"({_PROMISES[figure]})")
    if filters.excused == "out" and figure in _FORGIVING:
        return condition & Where(f"NOT (o.standing IN ('broken', 'overdue') AND {facts.EXCUSED})")
    return condition


def _tickets(moment: str, condition: Where, actor: Actor, filters: Filters) -> Where:
    where = condition & sight.of_tickets(actor, filters)
    return Where(f"SELECT {moment} AS at, t.id AS ticket FROM tickets_ticket t WHERE {where.sql}", where.params)  # noqa: S608


_COLUMNS = "o.ticket_id AS ticket, o.milestone, o.standing, o.overrun AS late, o.elapsed AS waited"
_OVERDUE = """
    SELECT p.due_at AS at, p.id AS promise_id, p.ticket_id, p.milestone, 'overdue' AS standing, NULL::bigint AS overrun,
        NULL::bigint AS elapsed, p.team_id, p.agent_id, c.spec->>'agreement' AS agreement, t.kind, t.urgency, t.via,
        t.tier, t.region, t.product_line,
        EXISTS (SELECT 1 FROM jsonb_each_text(p.fired) f WHERE f.value::bigint < extract(epoch FROM p.due_at)) AS warned
    FROM promises_promise p JOIN tickets_ticket t ON t.id = p.ticket_id JOIN promises_termscopy c ON c.id = p.terms_id
    WHERE p.ended_at IS NULL AND p.due_at < %s::timestamptz AND {moments}
"""


def _promises(actor: Actor, condition: Where, period: Period, filters: Filters, now: datetime) -> Where:
    where = condition & sight.of_promises(actor, filters)
    done = facts.ended(where, period.start, period.end, _COLUMNS)
    moments = sight.within("p.due_at", period.start, period.end)
    owed = _OVERDUE.format(moments=moments.sql)
    sql = f"{done.sql} UNION ALL SELECT o.at, {_COLUMNS} FROM ({owed}) AS o WHERE {where.sql}"  # noqa: S608
    return Where(sql, (*done.params, now, *moments.params, *where.params))


_GIVEN = """
    SELECT o.ended_at AS at, {columns} FROM promises_outcome o JOIN promises_promise p ON p.id = o.promise_id
    WHERE o.milestone = 'first_response' AND p.met_at IS NOT NULL AND o.standing IN ('kept', 'broken') AND {where}
"""


def _answered(actor: Actor, period: Period, filters: Filters) -> Where:
    where = sight.of_promises(actor, filters) & sight.within("o.ended_at", period.start, period.end)
    return Where(_GIVEN.format(columns=_COLUMNS, where=where.sql), where.params)
