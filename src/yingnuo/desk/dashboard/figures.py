"""What do the figures of a period say, how is each counted, and which tickets stand behind it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.desk import choices, faces
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.dashboard import asked, charts, tiles, words
from yingnuo.desk.dashboard.asked import Asked
from yingnuo.kit.looks import Chip
from yingnuo.promises.models import MilestoneCode
from yingnuo.scorecards import behind, listing, periods
from yingnuo.scorecards.behind import Item
from yingnuo.scorecards.formulas import FORMULAS
from yingnuo.scorecards.queries import VERB, Line, summary
from yingnuo.tickets.models import Ticket


def _asked(request: DeskRequest) -> Asked:
    return asked.read(request.GET, zone=listing.zone(timezone.get_current_timezone_name()), now=request.now)


@require_safe
@signed_in_who_may(VERB)
def figures(request: DeskRequest) -> HttpResponse:
    """The figures of a period, compared with the one before."""
    wanted, known = _asked(request), choices.names()
    found = summary(request.actor, wanted.period, wanted.filters, group_by=wanted.group_by, now=request.now)
    name = words.value_of(wanted.group_by, known)
    context: dict[str, Any] = {
        "now": request.now, "asked": wanted, "summary": found, "tiles": tiles.of(found, wanted),
        "more": tiles.more(found, wanted), "pictures": charts.of(found, name), "periods": periods_of(wanted),
        "split": [_line(line, wanted.group_by, name(line.code), wanted) for line in found.groups],
        "milestones": [_line(m, "milestone", faces.milestone(m.code), wanted) for m in found.milestones],
        "trait": words.TRAITS[wanted.group_by], "traits": words.TRAITS.items(), "agreements": words.AGREEMENTS.items(),
        "all_milestones": MilestoneCode.choices, "tab": "figures", "here": wanted.address(),
        "splits": _splits(wanted), "excused": excused_of(wanted), "plain": reverse("desk:figures"),
    }  # fmt: skip
    return render(request, "desk/dashboard/figures.html", context | choices.for_queue(request.actor, request.names))


def periods_of(wanted: Asked) -> list[Chip]:
    """The periods to choose from."""
    named = {"today": _("Today"), "7d": _("7 days"), "30d": _("30 days"), "90d": _("90 days")}
    return [
        Chip(named[code], wanted.address(period=code, since="", until=""), wanted.period.code == code)
        for code in periods.CODES
    ]


def excused_of(wanted: Asked) -> list[Chip]:
    """With excused breaches, or without them."""
    out = wanted.filters.excused == "out"
    return [
        Chip(_("Excused breaches counted"), wanted.address(excused=""), not out),
        Chip(_("left out"), wanted.address(excused="out"), out),
    ]


def _splits(wanted: Asked) -> list[tuple[str, object]]:
    return [(wanted.address(by=code), word) for code, word in words.TRAITS.items() if code != wanted.group_by]


@dataclass(frozen=True, slots=True)
class Row:
    """One milestone or group in a table; `href` narrows the page to it, the others list the promises behind."""

    name: str
    href: str
    attainment: str
    share: float
    tone: str
    interval: str
    n: int
    kept: int
    broken: int
    overdue: int
    excused: int
    cancelled: int
    mean: str
    longest: str
    links: dict[str, str]


_LINKS = ("judged", "kept", "broken", "overdue", "excused", "cancelled")


def _line(line: Line, trait: str, name: str, wanted: Asked) -> Row:
    a, late = line.verdicts.judged(wanted.filters), line.verdicts.overrun
    own = wanted.narrowed_to(trait, line.code) if line.code else wanted
    links = {f: tiles.link(f, own) if line.code else "" for f in _LINKS}
    return Row(
        name, own.address() if line.code else "", words.percent(a.share.value), 100 * (a.share.value or 0),
        tiles.tone(a.share.value), words.interval(a.share), a.share.n, a.share.hits, a.broken, a.overdue,
        line.verdicts.excused, a.cancelled,
        words.span(late.mean), words.span(late.longest), links,
    )  # fmt: skip


@require_safe
@signed_in_who_may(VERB)
def tickets_behind(request: DeskRequest, figure: str) -> HttpResponse:
    """The promises or tickets that a figure counts, page by page; 404 for an unknown figure."""
    if figure not in behind.FIGURES:
        raise Http404
    wanted, known = _asked(request), choices.names()
    screen = behind.behind(request.actor, figure, wanted.period, wanted.filters, page=wanted.page, now=request.now)
    found = {t["id"]: t for t in _tickets(screen.items)}
    context = {
        "now": request.now, "asked": wanted, "screen": screen, "title": tiles.TITLES[figure],
        "rows": [_case(item, found[item.ticket], known) for item in screen.items],
        "back": f"{reverse('desk:figures')}{wanted.address()}", "previous": wanted.address(page=screen.number - 1),
        "following": wanted.address(page=screen.number + 1), "promises": any(i.milestone for i in screen.items),
        "tab": "figures", "waited": figure == "answered",
    }  # fmt: skip
    return render(request, "desk/dashboard/behind.html", context)


def _tickets(items: tuple[Item, ...]) -> list[dict[str, Any]]:
    rows = Ticket.objects.filter(pk__in={i.ticket for i in items})
    found = rows.values("id", "subject", "urgency", "team_id", "agent_id", "status", "waiting_for")
    return [dict(row) for row in found]


def _case(item: Item, ticket: dict[str, Any], known: Names) -> dict[str, Any]:
    holder = known.person(ticket["agent_id"]) or known.team(ticket["team_id"]) or words.NOTHING
    standing = "broken" if item.standing == "overdue" else item.standing
    return {
        "id": item.ticket, "subject": ticket["subject"], "urgency": ticket["urgency"], "holder": holder, "at": item.at,
        "milestone": faces.milestone(item.milestone) if item.milestone else "", "standing": standing,
        "owed": item.standing == "overdue", "late": item.late if standing == "broken" else None, "waited": item.waited,
        "status": faces.status(ticket["status"], ticket["waiting_for"]),
    }  # fmt: skip


@require_safe
@signed_in_who_may(VERB)
def formulas(request: DeskRequest) -> HttpResponse:
    """Every formula."""
    context = {"now": request.now, "formulas": FORMULAS.values(), "tab": "formulas"}
    return render(request, "desk/dashboard/formulas.html", context)


@require_safe
@signed_in_who_may(VERB)
def formula(request: DeskRequest, name: str) -> HttpResponse:
    """One formula; 404 for an unknown one."""
    if name not in FORMULAS:
        raise Http404
    context = {"now": request.now, "one": FORMULAS[name], "tab": "formulas"}
    return render(request, "desk/dashboard/formula.html", context)
