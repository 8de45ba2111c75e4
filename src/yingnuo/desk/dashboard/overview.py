"""What needs a lead now?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.alerts.models import Notice
from yingnuo.desk import choices, faces, rows
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.rail import TONES
from yingnuo.desk.setup import steps
from yingnuo.kit.templatetags import ui
from yingnuo.people.models import Presence
from yingnuo.scorecards import periods, standing
from yingnuo.scorecards.queries import VERB
from yingnuo.scorecards.standing import Broken, Colleague, Standing, TeamLine

SHORT = 6  # rows of the lists of tickets


@dataclass(frozen=True, slots=True)
class Tile:
    """One count over the page; a count of nothing has no colour."""

    label: str
    value: str
    href: str
    tone: str


@require_safe
@signed_in_who_may(VERB)
def overview(request: DeskRequest) -> HttpResponse:
    """The page; its part `now` is fetched again whenever a ticket changes."""
    context = _context(request) | {"founding_steps": steps.of(request.actor)}
    return render(request, "desk/dashboard/overview.html", context)


@require_safe
@signed_in_who_may(VERB)
def live(request: DeskRequest) -> HttpResponse:
    """The part of the page that changes."""
    return render(request, "desk/dashboard/_now.html", _context(request))


def _context(request: DeskRequest) -> dict[str, Any]:
    actor, now, known = request.actor, request.now, choices.names()
    stands = standing.standing(actor, now=now)
    today = periods.midnight(timezone.localtime(now).date(), timezone.get_current_timezone())
    lists = {"overdue": standing.overdue, "at_risk": standing.at_risk, "unassigned": standing.unassigned}
    found: dict[str, Any] = {
        name: {"rows": rows.listed(tickets(actor, now=now), now=now, most=SHORT) if stands.counts[name].n else []}
        for name, tickets in lists.items()
    }
    broken = standing.broken_today(actor, now=now, today=today)
    notices = standing.unacknowledged(actor, now=now)
    return found | {
        "now": now, "tiles": _tiles(stands), "teams": [_team(line, known) for line in stands.teams],
        "people": [_colleague(one, known) for one in stands.people],
        "due_next": {"rows": rows.listed(standing.due_next(actor, now=now), now=now, most=standing.LISTED)},
        "broken": [_broken(one, known) for one in broken], "notices": [_notice(one) for one in notices],
        "calm": not (notices or any(found[name]["rows"] for name in lists)), "tab": "now",
    }  # fmt: skip


def _tiles(stands: Standing) -> Sequence[Tile]:
    words = (
        ("overdue", _("Overdue"), "red"), ("at_risk", _("At risk"), "orange"),
        ("unassigned", _("Unassigned"), "yellow"), ("waiting", _("Waiting"), ""), ("open", _("Open"), ""),
    )  # fmt: skip
    return [
        Tile(word, str(stands.counts[code]), _queue(code), tone if stands.counts[code].n else "")
        for code, word, tone in words
    ]


def _queue(code: str, team: int | None = None) -> str:
    scope = {"scope": "unassigned" if code == "unassigned" else "all"}
    state = {"state": code} if code not in ("unassigned", "open") else {}
    return f"{reverse('desk:queue')}?{urlencode(scope | state | ({'team': str(team)} if team else {}))}"


def _team(line: TeamLine, known: Names) -> dict[str, Any]:
    rest = max(0, line.open - line.overdue - line.at_risk)
    codes = ("open", "overdue", "at_risk", "unassigned", "waiting")
    return {f"{code}_href": _queue(code, line.team) for code in codes} | {
        "name": known.team(line.team) or _("No team"), "open": f"{line.open:,}{'+' if line.more else ''}",
        "overdue": line.overdue, "at_risk": line.at_risk, "unassigned": line.unassigned, "waiting": line.waiting,
        "parts": _parts(line.overdue, line.at_risk, rest),
    }  # fmt: skip


def _parts(*counts: int) -> list[tuple[str, str, str]]:
    """Where each part of a bar 0 to 100 wide begins and how wide it is, with its colour."""
    whole, begins, parts = sum(counts) or 1, 0.0, []
    for count, tone in zip(counts, ("red", "orange", "blue"), strict=True):
        width = 100 * count / whole
        parts.append((f"{begins:.2f}", f"{width:.2f}", tone))
        begins += width
    return [part for part in parts if part[1] != "0.00"]


def _colleague(one: Colleague, known: Names) -> dict[str, Any]:
    presence = Presence(one.presence)
    share = 100 * one.load / one.capacity if one.capacity else 100 if one.load else 0
    tone = "red" if share > 100 else "orange" if share > 80 else "blue"
    return {
        "name": one.name, "team": known.team(one.team), "word": presence.label, "tone": TONES[presence],
        "load": one.load, "capacity": one.capacity, "share": min(100, share), "bar": tone,
        "href": f"{reverse('desk:queue')}?{urlencode({'scope': 'all', 'agent': one.id})}",
    }  # fmt: skip


def _broken(one: Broken, known: Names) -> dict[str, Any]:
    return {
        "ticket": one.ticket, "subject": one.subject, "milestone": faces.milestone(one.milestone),
        "holder": known.person(one.agent) or known.team(one.team) or _("nobody"), "due_at": one.due_at,
        "late": one.late, "owed": one.still_owed,
    }  # fmt: skip


def _notice(one: Notice) -> dict[str, Any]:
    return {
        "ticket": one.ticket_id, "who": one.staff.name, "milestone": faces.milestone(one.milestone),
        "why": faces.step(one.reason), "ack_by": one.ack_by, "over": ui.badge(_("late"), "red"),
    }  # fmt: skip
