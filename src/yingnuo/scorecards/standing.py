"""How does the work stand at this moment, and what needs somebody now?

Every count stops at MOST: "1,000+" says as much to a lead as a number that a million rows must be walked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, Q, QuerySet, When

from yingnuo.alerts.models import Notice
from yingnuo.alerts.services import IN_APP
from yingnuo.kit import revisions
from yingnuo.people.models import Presence, Staff
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import Actor, require
from yingnuo.promises.models import Promise
from yingnuo.scorecards import facts, sight
from yingnuo.scorecards.queries import VERB
from yingnuo.scorecards.sight import Filters
from yingnuo.tickets import queries as tickets
from yingnuo.tickets.models import OPEN_STATUSES, Ticket
from yingnuo.tickets.queries import Filter

MOST = 1_000
LISTED = 10
WATCHED = 300  # tickets at risk or overdue whose warnings are looked through, the next due first


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tickets; `more`: there are at least so many."""

    n: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.n:,}+" if self.more else f"{self.n:,}"


@dataclass(frozen=True, slots=True)
class TeamLine:
    """The open tickets of one team (None: of no team yet). `more`: the first MOST by due moment were counted."""

    team: int | None
    open: int
    overdue: int
    at_risk: int
    unassigned: int
    waiting: int
    more: bool


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who is there, with what he holds."""

    id: int
    name: str
    team: int | None
    presence: str
    load: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that broke today: who holds it, and by how many working seconds it was or is late."""

    ticket: int
    subject: str
    milestone: str
    team: int | None
    agent: int | None
    due_at: datetime
    late: int
    met_at: datetime | None
    still_owed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The counts, teams and people of one reader's sight at one moment."""

    counts: dict[str, Count]  # open, at_risk, overdue, unassigned, waiting
    teams: tuple[TeamLine, ...]
    people: tuple[Colleague, ...]


# Written out: the plan that PostgreSQL keeps for a prepared statement cannot tie a parameter to a partial index.
_OPEN = "t.status IN ('new', 'open', 'waiting')"
_COUNTED = {
    "open": _OPEN, "overdue": f"{_OPEN} AND t.due_at < now.at",
    "at_risk": f"{_OPEN} AND t.due_at >= now.at AND t.risk_at <= now.at",
    "unassigned": f"{_OPEN} AND t.agent_id IS NULL", "waiting": f"{_OPEN} AND t.status = 'waiting'",
}  # fmt: skip


def standing(actor: Actor, *, now: datetime) -> Standing:
    """Counts, teams and people; three statements besides the settings."""
    require(actor, VERB)
    org = organisation.at(revisions.current())
    teams = sorted(org.teams if actor.teams is None else actor.teams & org.teams.keys())
    return Standing(counts(actor, now=now), _teams(actor, teams, now), _people(org, teams))


def counts(actor: Actor, *, now: datetime) -> dict[str, Count]:
    """How many tickets are open, overdue, at risk, unassigned, waiting: the queue's own lists, in one statement."""
    where = sight.of_tickets(actor, Filters())
    found = f"SELECT 1 FROM tickets_ticket t WHERE {{condition}} AND {where.sql} LIMIT {MOST + 1}"  # noqa: S608
    parts = [f"(SELECT count(*) FROM ({found.format(condition=c)}) AS c)" for c in _COUNTED.values()]  # noqa: S608
    sql = f"SELECT {', '.join(parts)} FROM (SELECT %s::timestamptz AS at) AS now"  # noqa: S608
    [row] = sight.fetch(sql, [*where.params * len(parts), now])
    return {name: Count(min(n, MOST), n > MOST) for name, n in zip(_COUNTED, row, strict=True)}


_OF_TEAM = """
    SELECT count(*), count(*) FILTER (WHERE due_at < {at}), count(*) FILTER (WHERE due_at >= {at} AND risk_at <= {at}),
        count(*) FILTER (WHERE agent_id IS NULL), count(*) FILTER (WHERE status = 'waiting')
    FROM (
        SELECT t.due_at, t.risk_at, t.agent_id, t.status FROM tickets_ticket t
        WHERE {holder} AND {open} ORDER BY t.due_at LIMIT {most}
    ) AS found
"""


def _teams(actor: Actor, teams: Sequence[int], now: datetime) -> tuple[TeamLine, ...]:
    at = "%s::timestamptz"
    own = _OF_TEAM.format(at=at, open=_OPEN, holder="t.team_id = w.team", most=MOST + 1)
    sql = f"SELECT w.team, c.* FROM unnest(%s::bigint[]) AS w(team) CROSS JOIN LATERAL ({own}) AS c"  # noqa: S608
    params: list[object] = [list(teams), now, now, now]
    if actor.teams is None:
        nobodys = _OF_TEAM.format(at=at, open=_OPEN, holder="t.team_id IS NULL", most=MOST + 1)
        sql += f" UNION ALL SELECT NULL, c.* FROM ({nobodys}) AS c"  # noqa: S608
        params += [now, now, now]
    lines = [_line(*row) for row in sight.fetch(sql, params)]
    return tuple(sorted((line for line in lines if line.team or line.open), key=_pressing))


def _line(team: int | None, n: int, overdue: int, at_risk: int, unassigned: int, waiting: int) -> TeamLine:
    return TeamLine(team, min(n, MOST), overdue, at_risk, unassigned, waiting, n > MOST)


def _pressing(line: TeamLine) -> tuple[int, int, int]:
    return -line.overdue, -line.at_risk, -line.open


def _people(org: Organisation, teams: Sequence[int]) -> tuple[Colleague, ...]:
    ids = {pk for team in teams for pk in org.members.get(team, ())}
    places = [When(presence=code, then=place) for place, code in enumerate((Presence.ONLINE, Presence.BUSY))]
    rows = Staff.objects.filter(pk__in=ids, active=True).exclude(presence=Presence.OFFLINE)
    order = Case(*places, default=len(places), output_field=IntegerField())
    found = rows.order_by(order, "-load", "name").values_list("pk", "name", "team_id", "presence", "load", "capacity")
    return tuple(Colleague(*row) for row in found)


def due_next(actor: Actor, *, now: datetime) -> QuerySet[Ticket]:
    """Open tickets whose next promise is still to be kept, the next due first."""
    return tickets.queue(actor, Filter(), now=now).filter(due_at__gte=now)


def overdue(actor: Actor, *, now: datetime) -> QuerySet[Ticket]:
    """Open tickets with a broken promise, the longest overdue first."""
    return tickets.queue(actor, Filter(state="overdue"), now=now)


def at_risk(actor: Actor, *, now: datetime) -> QuerySet[Ticket]:
    """Open tickets inside their warning time, the next due first."""
    return tickets.queue(actor, Filter(state="at_risk"), now=now)


def unassigned(actor: Actor, *, now: datetime) -> QuerySet[Ticket]:
    """Open tickets that nobody has taken, the next due first."""
    return tickets.queue(actor, Filter(scope="unassigned"), now=now)


def unacknowledged(actor: Actor, *, now: datetime, most: int = LISTED) -> list[Notice]:
    """Warnings nobody has taken up, about the WATCHED most pressing tickets within sight; the oldest first.

    One row for each step and person; only of promises that are still owed.
    """
    pressing = tickets.visible_to(actor).filter(status__in=OPEN_STATUSES, risk_at__lte=now)
    ids = list(pressing.order_by("due_at", "id").values_list("pk", flat=True)[:WATCHED])
    owed = Promise.objects.filter(ticket_id__in=ids, ended_at=None).values("pk")
    rows = Notice.objects.filter(ticket_id__in=ids, way=IN_APP, ack_by__isnull=False, acked_at=None)
    return list(rows.filter(promise_id__in=owed).select_related("staff").order_by("ack_by", "id")[:most])


def broken_today(actor: Actor, *, now: datetime, today: datetime, most: int = LISTED) -> list[Broken]:
    """Promises whose due instant passed unmet since `today` (the reader's midnight), the latest first."""
    late_now = Q(broken_at__isnull=True, ended_at__isnull=True, due_at__gte=today, due_at__lt=now)  # not yet swept
    broken = Q(broken_at__gte=today, broken_at__lt=now) | late_now
    rows = Promise.objects.filter(facts.within_sight(actor, Filters()), broken)
    found = list(rows.select_related("ticket").defer("ticket__search").order_by("-due_at", "-id")[:most])
    owed = [p for p in found if p.ended_at is None]
    late = dict(zip((p.pk for p in owed), facts.overruns(owed, now=now), strict=True))
    return [_broken(p, late.get(p.pk, p.overrun)) for p in found]


def _broken(p: Promise, late: int) -> Broken:
    return Broken(
        p.ticket_id, p.ticket.subject, p.milestone, p.team_id, p.agent_id, p.broken_at or p.due_at or p.started_at,
        late, p.met_at, p.ended_at is None,
    )  # fmt: skip
