"""What does somebody want to try: which days, which standards side by side, which people?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yingnuo.desk import faces
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.kit.errors import Invalid
from yingnuo.people.queries import TeamCard
from yingnuo.planning import services
from yingnuo.planning.asking import Asked, Target, TeamAsked, Trial
from yingnuo.planning.past import VERB
from yingnuo.planning.ready import READY, Days
from yingnuo.promises.models import Calendar, CalendarVersion, MilestoneCode, PolicyVersion
from yingnuo.scorecards import listing
from yingnuo.tickets.models import Urgency

LETTERS = ("a", "b", "c")
SPANS = (7, 30, 90)
_USUAL_SPAN = 30


@dataclass(frozen=True, slots=True)
class Option:
    """A version that can be chosen: its key, and its name with its number."""

    key: str
    word: str


@require_http_methods(["GET", "POST"])
@signed_in_who_may(VERB)
def new(request: DeskRequest) -> HttpResponseBase:
    """The form; what is wrong in it is told beside the field, and nothing is stored."""
    problems: Mapping[str, Any] = {}
    if request.method == "POST":
        try:
            asked = _asked(request.POST, request)
            row = services.ask(request.actor, asked=asked, title=request.POST.get("title", "").strip(), now=request.now)
            return redirect("desk:lab_run", row.pk)
        except Invalid as refused:
            problems = dict(refused.fields) or {"": str(refused)}
    context = {
        "now": request.now, "tab": "lab", "given": request.POST, "problems": problems, "letters": _trial_forms(request),
        "teams": _team_forms(request), "spans": SPANS, "span": request.POST.get("span", str(_USUAL_SPAN)),
        "policies": _policies(), "calendars": _calendars(), "shifts": Calendar.objects.order_by("name"),
        "milestones": [(m, faces.milestone(m)) for m in MilestoneCode.values if m != MilestoneCode.PROMISED_DATE],
        "urgencies": Urgency.choices,
    }  # fmt: skip
    return render(request, "desk/lab/new.html", context, status=422 if problems else 200)


@require_POST
@signed_in_who_may(VERB)
def ready_made(request: DeskRequest, code: str) -> HttpResponseBase:
    """Asks a ready-made question about the last 30 days; 404 for an unknown one."""
    if code not in READY:
        raise Http404
    days = _last(_USUAL_SPAN, request)
    asked = READY[code].ask(Days(*days), _teams(request))
    row = services.ask(request.actor, asked=asked, title="", now=request.now)
    return redirect("desk:lab_run", row.pk)


def _teams(request: DeskRequest) -> list[TeamCard]:
    cards = sorted(request.names.organisation.teams.values(), key=lambda card: card.name)
    return [card for card in cards if request.actor.teams is None or card.id in request.actor.teams]


# What is offered


def _policies() -> list[Option]:
    rows = PolicyVersion.objects.select_related("policy").order_by("policy__position", "policy__name", "-number")
    return [_option(v.policy.code, v.policy.name, v.number) for v in rows]


def _calendars() -> list[Option]:
    rows = CalendarVersion.objects.select_related("calendar").order_by("calendar__name", "-number")
    return [_option(v.calendar.code, v.calendar.name, v.number) for v in rows]


def _option(code: str, name: str, number: int) -> Option:
    return Option(f"{code}@{number}", _("%(name)s, version %(n)s") % {"name": name, "n": number})


_TRIAL_FIELDS = ("name", "policy", "calendar", "saturdays", "milestone", "urgency", "minutes")
_TEAM_FIELDS = ("people", "shift", "extra", "begins", "ends")


def _trial_forms(request: DeskRequest) -> list[dict[str, str]]:
    return [
        {"letter": letter, "head": letter.upper(), **{f: request.POST.get(f"{f}-{letter}", "") for f in _TRIAL_FIELDS}}
        for letter in LETTERS
    ]


def _team_forms(request: DeskRequest) -> list[dict[str, Any]]:
    members = request.names.organisation.members
    return [
        {
            "card": card, "today": len(members.get(card.id, ())), "field": f"team-{card.code}",
            **{f: request.POST.get(f"{f}-{card.id}", "") for f in _TEAM_FIELDS},
        }
        for card in _teams(request)
    ]  # fmt: skip


# What is asked


def _asked(given: QueryDict, request: DeskRequest) -> Asked:
    trials = tuple(trial for letter in LETTERS if (trial := _trial(given, letter)).changes)
    teams = tuple(team for card in _teams(request) if (team := _team(given, card)).changes)
    if teams and not trials:
        trials = (Trial("ready:as_it_is"),)
    return Asked(
        *_days(given, request), trials, teams, wanted=_number(given, "wanted", 90) / 100,
        hourly=_number(given, "hourly", 0), penalty=_number(given, "penalty", 0),
    )  # fmt: skip


def _days(given: QueryDict, request: DeskRequest) -> tuple[str, str, str]:
    since, until = given.get("since", "").strip(), given.get("until", "").strip()
    first, last, zone = _last(int(given.get("span", "")) if given.get("span", "").isdecimal() else _USUAL_SPAN, request)
    return (since or first, until or last, zone) if since or until else (first, last, zone)


def _last(days: int, request: DeskRequest) -> tuple[str, str, str]:
    zone = listing.zone(timezone.get_current_timezone_name())
    today = request.now.astimezone(zone).date()
    return (today - timedelta(days=min(days, 400) - 1)).isoformat(), today.isoformat(), zone.key


def _trial(given: QueryDict, letter: str) -> Trial:
    said = {field: given.get(f"{field}-{letter}", "").strip() for field in _TRIAL_FIELDS}
    target = None
    if said["minutes"]:
        minutes = _number(given, f"minutes-{letter}", 0)
        target = Target(said["milestone"] or "first_response", said["urgency"], round(60 * minutes))
    return Trial(
        name=said["name"][:40] or letter.upper(), policies=(said["policy"],) if said["policy"] else (),
        calendars=(said["calendar"],) if said["calendar"] else (), target=target, saturdays=said["saturdays"] == "yes",
    )  # fmt: skip


def _team(given: QueryDict, card: TeamCard) -> TeamAsked:
    people = given.get(f"people-{card.id}", "").strip()
    return TeamAsked(
        card.code, people=round(_number(given, f"people-{card.id}", 0)) if people else None,
        shift=given.get(f"shift-{card.id}", ""), extra=round(_number(given, f"extra-{card.id}", 0)),
        begins=given.get(f"begins-{card.id}", ""), ends=given.get(f"ends-{card.id}", ""),
    )  # fmt: skip


def _number(given: QueryDict, field: str, otherwise: float) -> float:
    text = given.get(field, "").strip()
    if not text:
        return otherwise
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1_000_000_000:  # not a number, or endless
        raise Invalid(_("Write a number."), fields={field: _("Write a number.")}, code="no_number")
    return number
