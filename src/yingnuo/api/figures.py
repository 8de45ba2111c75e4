"""What do the dashboard's figures say, which cases are behind them, and how does it stand now?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Path, Query, Router

from yingnuo.api import render
from yingnuo.api import told_figures as out
from yingnuo.api.asked_house import BehindQuery, FigureQuery, RiskQuery
from yingnuo.api.organisation import id_of, staff_id
from yingnuo.api.refused import READING
from yingnuo.api.tokens import Asked
from yingnuo.api.told_more import RiskOut, Risks
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Team
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import require
from yingnuo.scorecards import behind, links, listing, periods, standing
from yingnuo.scorecards.periods import Period
from yingnuo.scorecards.queries import summary
from yingnuo.scorecards.sight import Filters
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES

router = Router(tags=["figures"])
FigurePath = Annotated[Literal[behind.FIGURES], Path()]  # type: ignore[valid-type]


@router.get("/figures", response={200: out.FiguresOut, **READING}, summary="Every figure (dashboard.view)")
def read_figures(request: Asked, asked: Query[FigureQuery]) -> HttpResponse:
    """The figures of a period with n, interval and the period before; formulas are named in the reference."""
    require(request.auth, "dashboard.view")
    now = instants.now()
    found = summary(request.auth, _period(asked, now), _filters(asked), group_by=asked.by, now=now)
    return render.answer(out.FiguresOut.model_validate(listing.document(found)))


def _period(asked: FigureQuery, now: datetime) -> Period:
    if asked.zone not in available_timezones():
        text = _("There is no such time zone.")
        raise Invalid(text, fields={"zone": _("Write it like Asia/Shanghai.")})
    zone, since, until = ZoneInfo(asked.zone), asked.since, asked.until
    if since or until:
        days = [day for day in (since, until) if day]
        if not all(2000 <= day.year <= 2199 for day in days):
            raise Invalid(_("This value cannot be used."), fields={"since": _("Choose a day of our time.")})
        return periods.between(days[0], until or now.astimezone(zone).date(), zone=zone, now=now)
    return periods.recent(asked.period, zone=zone, now=now)


def _filters(asked: FigureQuery) -> Filters:
    named: dict[str, Any] = {
        name: getattr(asked, name)
        for name in ("milestone", "agreement", "urgency", "via", "kind", "region", "tier", "product_line", "excused")
    }
    return Filters(team=id_of(Team, asked.team, "team"), agent=staff_id(asked.agent, "agent"), **named)


@router.get("/figures/{figure}/cases", response={200: out.Cases, **READING}, summary="Behind a figure (dashboard.view)")
def list_cases(request: Asked, figure: FigurePath, asked: Query[BehindQuery]) -> HttpResponse:
    """The tickets and promises that a figure counts, 50 a page."""
    require(request.auth, "dashboard.view")
    now = instants.now()
    screen = behind.behind(
        request.auth, figure, _period(asked, now), _filters(asked), page=asked.page, now=now
    )  # fmt: skip
    items = [
        out.CaseOut(ticket=i.ticket, at=i.at, milestone=i.milestone, standing=i.standing, late=i.late, waited=i.waited)
        for i in screen.items
    ]
    return render.answer(out.Cases(items=items, next=str(screen.number + 1) if screen.more else ""))


@router.get("/breaches-by-link", response={200: out.ByLinkOut, **READING}, summary="By link (dashboard.view)")
def breaches_by_link(request: Asked, asked: Query[FigureQuery]) -> HttpResponse:
    """The breaches of a period by the team whose link used their time."""
    require(request.auth, "dashboard.view")
    now, org = instants.now(), organisation.at(revisions.current())
    found = links.by_link(request.auth, _period(asked, now), _filters(asked), now=now)
    items = [
        out.BlamedOut(
            team=_team(line.team, org), breaches=line.share.hits, share=line.share.value, used_seconds=line.used,
            over_budget=line.over_budget, over_seconds=line.over,
        )
        for line in found.lines
    ]  # fmt: skip
    return render.answer(out.ByLinkOut(items=items, n=found.n, more=found.more))


def _team(pk: int | None, org: Organisation) -> Any:
    return render.team(org.teams.get(pk or 0))


@router.get("/standing", response={200: out.StandingOut, **READING}, summary="How it stands (dashboard.view)")
def read_standing(request: Asked) -> HttpResponse:
    """Open tickets, teams and people at this moment, as the wall shows them."""
    require(request.auth, "dashboard.view")
    org = organisation.at(revisions.current())
    found = standing.standing(request.auth, now=instants.now())
    counts = {name: out.CountOut(n=count.n, more=count.more) for name, count in found.counts.items()}
    teams = [
        out.TeamLineOut(
            team=_team(t.team, org), open=t.open, overdue=t.overdue, at_risk=t.at_risk, unassigned=t.unassigned,
            waiting=t.waiting,
        )
        for t in found.teams
    ]  # fmt: skip
    people = [
        out.ColleagueOut(
            person=render.person(org.staff.get(c.id)), team=_team(c.team, org), presence=c.presence, load=c.load,
            capacity=c.capacity,
        )
        for c in found.people
    ]  # fmt: skip
    return render.answer(out.StandingOut(**counts, teams=teams, people=people))


@router.get("/risk", response={200: Risks, **READING}, summary="Breach risk (ticket.view)")
def read_risk(request: Asked, asked: Query[RiskQuery]) -> HttpResponse:
    """The open tickets within sight with the greatest chance that a promise breaks; judged once a minute."""
    require(request.auth, "ticket.view")
    rows = queries.visible_to(request.auth).filter(status__in=OPEN_STATUSES, risk__gte=asked.least)
    items = [
        RiskOut(
            ticket=t.pk, number=t.number, subject=t.subject, risk=t.risk or 0.0, why=t.risk_why or {}, due_at=t.due_at,
            milestone=t.next_milestone,
        )
        for t in rows.defer("search").order_by("-risk", "due_at", "id")[: asked.limit]
    ]  # fmt: skip
    return render.answer(Risks(items=items))
