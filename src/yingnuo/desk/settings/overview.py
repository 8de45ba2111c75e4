"""What in the settings needs somebody's attention?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import policy_faces, words
from yingnuo.desk.settings.frame import GROUPS, show
from yingnuo.desk.settings.rules import problem
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.people.models import Department, Role, Staff, Team
from yingnuo.promises import public_holidays
from yingnuo.promises.models import Calendar, CalendarVersion, Policy, PolicyVersion
from yingnuo.routing import rules
from yingnuo.routing.models import Rule

NOTICE_MONTH = 11  # the State Council publishes next year's holidays in November at the latest
_MOST = 8


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to look at: a sentence, how grave it is, and where it is put right."""

    text: str
    tone: str
    href: str


@signed_in_who_may("settings.view")
def overview(request: DeskRequest) -> HttpResponseBase:
    """What needs attention, and every settings page."""
    matters = [*_channels(), *_policies(), *_calendars(request.now), *_teams(), *_rules(), *_people()]
    context = {"matters": sorted(matters, key=lambda m: m.tone != "red"), "groups": GROUPS[1:]}
    return show(request, "overview.html", context, section="overview")


def _channels() -> Iterator[Matter]:
    for row in Channel.objects.filter(active=True).exclude(problem=""):
        said = _("%(name)s does not work: %(problem)s") % {"name": row.name, "problem": row.problem}
        yield Matter(said, "red", reverse("desk:settings_channels"))
    for kind, text in ((ChannelKind.MAIL, _("No mailbox is set up: mail of customers is not taken in.")),
                       (ChannelKind.SMS, _("No SMS gateway is set up: warnings by SMS wait."))):  # fmt: skip
        if not Channel.objects.filter(kind=kind, active=True).exists():
            yield Matter(text, "orange", reverse("desk:settings_channels"))


def _policies() -> Iterator[Matter]:
    policies = list(Policy.objects.filter(active=True))
    if not policies:
        yield Matter(
            _("No standard is in force: nothing is promised to anybody."), "red", reverse("desk:settings_policies")
        )
    for policy in policies:
        version = PolicyVersion.objects.get(policy=policy, number=policy.current)
        for f in EnginePolicy.from_spec(version.spec).lint():
            if f.code in policy_faces.GRAVE:
                yield Matter(words.finding(f), "orange", reverse("desk:settings_policy", args=[policy.code]))


def _calendars(now: datetime) -> Iterator[Matter]:
    for calendar in Calendar.objects.order_by("name"):
        spec = CalendarVersion.objects.get(calendar=calendar, number=calendar.current).spec
        asked = spec.get(public_holidays.KEY)
        if not isinstance(asked, dict):
            continue
        place = reverse("desk:settings_calendar", args=[calendar.code])
        names = {"calendar": calendar.name}
        for year in sorted(_uncovered(asked, now)):
            said = _("%(calendar)s has no public holidays for %(year)s. Tick the year and save.")
            yield Matter(said % {**names, "year": year}, "red" if year == now.year else "orange", place)
        soon = now.year + 1 if now.month >= NOTICE_MONTH else now.year
        late = [year for year in public_holidays.missing_years(spec) if now.year <= year <= soon]
        for year in late:
            said = _("%(calendar)s: the official notice for %(year)s (调休) is not loaded yet. Update Yingnuo.")
            yield Matter(said % {**names, "year": year}, "orange", place)


def _uncovered(asked: dict[str, object], now: datetime) -> set[int]:
    """This year, and from November on the next one, as far as the calendar does not name them."""
    years = asked.get("years")
    known = set(years) if isinstance(years, list) else set()
    needed = {now.year} | ({now.year + 1} if now.month >= NOTICE_MONTH else set())
    return needed - known


def _teams() -> Iterator[Matter]:
    rows = Team.objects.filter(active=True).annotate(
        people=Count("members", filter=Q(members__active=True)) + Count("guests", filter=Q(guests__active=True))
    )
    calendars = set(Calendar.objects.values_list("code", flat=True))
    for team in rows.select_related("lead").order_by("name"):
        place, name = reverse("desk:settings_team", args=[team.pk]), {"team": team.name}
        if team.lead is None or not team.lead.active:
            yield Matter(
                _("Team %(team)s has no lead: warnings go to the head of its department.") % name, "orange", place
            )
        if not team.people:
            yield Matter(_("Team %(team)s has nobody in it: its tickets wait for ever.") % name, "red", place)
        if team.calendar not in calendars:
            yield Matter(_("Team %(team)s has a service time that does not exist.") % name, "orange", place)
    for department in Department.objects.filter(head=None).order_by("name"):
        said = _("Department %(department)s has no head.") % {"department": department.name}
        yield Matter(said, "orange", reverse("desk:settings_department", args=[department.pk]))


def _rules() -> Iterator[Matter]:
    active = Rule.objects.filter(active=True)
    if not active.filter(team__isnull=False, when={}, keywords=[]).exists():
        said = _("No dispatch rule takes every ticket: some reach no team. Add one at the end.")
        yield Matter(said, "orange", reverse("desk:settings_rules"))
    names = dict(active.values_list("pk", "name"))
    for f in rules.lint()[:_MOST]:
        said = _("Dispatch rule %(rule)s: %(problem)s") % {"rule": names[f.rule], "problem": problem(f.code)}
        yield Matter(said, "orange", reverse("desk:settings_dispatch", args=[f.rule]))


def _people() -> Iterator[Matter]:
    active = Staff.objects.filter(active=True)
    homeless = active.filter(team=None, role=Role.AGENT).count()
    if homeless:
        said = _("%(count)s agents are in no team and get no tickets.") % {"count": homeless}
        yield Matter(said, "orange", reverse("desk:settings_staff"))
    mute = active.filter(phone="", role__in=(Role.LEAD, Role.MANAGER)).count()
    if mute:
        said = _("%(count)s leads have no phone number: warnings by SMS do not reach them.") % {"count": mute}
        yield Matter(said, "orange", reverse("desk:settings_staff"))
