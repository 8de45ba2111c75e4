"""What does a list of tickets show of each, and how many are in the lists beside it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from yingnuo.desk.faces import Faces
from yingnuo.desk.filters import View
from yingnuo.people.roles import Actor
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket

SIZE = 50
MOST_COUNTED = 100  # a chip says "99+": nobody needs to know more, and the database need not walk further
_COLUMNS = (
    "id", "subject", "kind", "urgency", "via", "status", "waiting_for", "tier", "due_at", "risk_at", "next_milestone",
    "resolved_at", "closed_at", "urged", "contact__name", "contact__email", "contact__phone", "contact__handle",
    "team__name", "agent__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in a list, ready to be shown."""

    id: int
    number: str
    subject: str
    customer: str
    kind: str
    channel: SafeString
    avatar: SafeString
    urgency: SafeString
    status: SafeString
    tier: SafeString
    holder: str
    team: str
    milestone: str
    due: datetime | None
    risk: datetime | None
    still: SafeString
    urged: int
    over: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One screen of a list; there is no total, since nobody counts a million rows for a page."""

    rows: list[Row]
    number: int = 1
    more: bool = False


def page_of(actor: Actor, view: View, *, now: datetime, size: int = SIZE) -> Page:
    """The rows of a view's page; one query."""
    start = (view.page - 1) * size
    found = list(_values(queries.queue(actor, view.filter, now=now))[start : start + size + 1])
    look = Faces(now)
    return Page([_row(t, look) for t in found[:size]], view.page, len(found) > size)


def listed(tickets: QuerySet[Ticket], *, now: datetime, most: int) -> list[Row]:
    """The first rows of any list of tickets."""
    look = Faces(now)
    return [_row(t, look) for t in _values(tickets)[:most]]


def _values(tickets: QuerySet[Ticket]) -> QuerySet[Ticket, dict[str, Any]]:
    rows: QuerySet[Ticket, dict[str, Any]] = tickets.values(*_COLUMNS)
    return rows


def _row(t: dict[str, Any], look: Faces) -> Row:
    customer = t["contact__name"] or t["contact__email"] or t["contact__phone"] or t["contact__handle"]
    return Row(
        id=t["id"], number=f"YN-{t['id']}", subject=t["subject"], customer=customer, kind=look.kind(t["kind"]),
        channel=look.channel(t["via"]), avatar=look.avatar(customer), urgency=look.urgency(t["urgency"]),
        status=look.status(t["status"]), tier=look.tier(t["tier"]), holder=t["agent__name"] or "",
        team=t["team__name"] or "", milestone=look.milestone(t["next_milestone"]) if t["due_at"] else "",
        due=t["due_at"], risk=t["risk_at"], still=_still(t, look), urged=t["urged"],
        over=bool(t["due_at"] and t["due_at"] < look.now),
    )  # fmt: skip


def _still(t: dict[str, Any], look: Faces) -> SafeString:
    """What stands where nothing ticks: why it waits, or when it ended."""
    if t["due_at"]:
        return SafeString("")
    ended = t["closed_at"] or t["resolved_at"]
    return look.paused(t["waiting_for"]) if t["waiting_for"] else look.when(ended) if ended else SafeString("")


_SCOPES = {"mine": _("Mine"), "unassigned": _("Unassigned"), "all": _("All")}
_STATES = {
    "open": _("Open"), "at_risk": _("At risk"), "overdue": _("Overdue"), "waiting": _("Waiting"),
    "resolved": _("Resolved"), "closed": _("Closed"), "any": _("Any state"),
}  # fmt: skip
_COUNTED = ("open", "at_risk", "overdue", "waiting")
_TONES = {"at_risk": "orange", "overdue": "red"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One chip over a list: a word, where it leads, whether it is chosen; `count` "" says nothing."""

    word: object
    href: str
    active: bool
    count: str = ""
    tone: str = ""


def chips(actor: Actor, view: View, *, now: datetime) -> tuple[list[Choice], list[Choice]]:
    """The chips of scopes and of states with their counts; one query, none at all while somebody searches."""
    wanted = [replace(view.filter, scope=s) for s in _SCOPES] + [replace(view.filter, state=s) for s in _COUNTED]
    counts = [None] * len(wanted) if view.filter.words else _counts(actor, wanted, now)
    by_state = dict(zip(_COUNTED, counts[len(_SCOPES) :], strict=True))
    scopes = [
        Choice(word, view.address(scope=code), view.filter.scope == code, _shown(n))
        for (code, word), n in zip(_SCOPES.items(), counts, strict=False)
    ]
    states = [
        Choice(word, view.address(state=code), view.filter.state == code, _shown(by_state.get(code)), _tone(code, n))
        for (code, word), n in ((item, by_state.get(item[0])) for item in _STATES.items())
    ]
    return scopes, states


def scopes(view: View) -> list[Choice]:
    """The chips of scopes without counts, for the narrow list beside a ticket."""
    return [Choice(word, view.address(scope=code), view.filter.scope == code) for code, word in _SCOPES.items()]


def _tone(code: str, count: int | None) -> str:
    return _TONES.get(code, "") if count else ""


def _shown(count: int | None) -> str:
    if count is None:
        return ""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


def _counts(actor: Actor, wanted: Sequence[queries.Filter], now: datetime) -> list[int | None]:
    """How many tickets each filter finds, up to MOST_COUNTED: sub-selects with a limit, in one round trip."""
    parts, params = [], list[Any]()
    for f in wanted:
        some = queries.queue(actor, f, now=now).order_by().values("pk")[:MOST_COUNTED]
        sql, own = some.query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS part)")  # noqa: S608 - our own queries, values apart
        params += own
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        return list(cursor.fetchone())
