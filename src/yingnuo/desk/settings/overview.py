"""What in the settings needs somebody's attention?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import words
from yingnuo.desk.settings.frame import GROUPS, show
from yingnuo.desk.settings.rules import problem
from yingnuo.desk.setup import steps
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.people import roles
from yingnuo.people.models import Department, Staff, Team
from yingnuo.people.queries import organisation
from yingnuo.people.role_models import Sight
from yingnuo.promises import holiday_watch, life, remarks, versions
from yingnuo.promises.models import Calendar, Policy, PolicyVersion, Version, VersionState
from yingnuo.routing import rules
from yingnuo.routing.models import Rule

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
    now = request.now
    matters = [
        *_channels(), *_policies(now), *_lives(now), *_calendars(now), *_teams(), *_rules(), *_people(),
    ]  # fmt: skip
    context = {
        "matters": sorted(matters, key=lambda m: m.tone != "red"), "groups": GROUPS[1:],
        "founding_steps": steps.of(request.actor),
    }  # fmt: skip
    return show(request, "overview.html", context, section="overview")


def _channels() -> Iterator[Matter]:
    for row in Channel.objects.filter(active=True).exclude(problem=""):
        said = _("%(name)s does not work: %(problem)s") % {"name": row.name, "problem": row.problem}
        yield Matter(said, "red", reverse("desk:settings_channels"))
    for kind, text in ((ChannelKind.MAIL, _("No mailbox is set up: mail of customers is not taken in.")),
                       (ChannelKind.SMS, _("No SMS gateway is set up: warnings by SMS wait."))):  # fmt: skip
        if not Channel.objects.filter(kind=kind, active=True).exists():
            yield Matter(text, "orange", reverse("desk:settings_channels"))


def _policies(now: datetime) -> Iterator[Matter]:
    policies = list(Policy.objects.filter(active=True).exclude(current=0))
    if not policies:
        yield Matter(
            _("No standard is in force: nothing is promised to anybody."), "red", reverse("desk:settings_policies")
        )
    lexicon = words.lexicon()
    for policy in policies:
        version = PolicyVersion.objects.get(policy=policy, number=policy.current)
        for remark in remarks.of(EnginePolicy.from_spec(version.spec), now=now):
            if remark.grave:
                said = remarks.sentence(remark, lambda condition: words.told(condition, lexicon))
                yield Matter(said, "orange", reverse("desk:settings_policy", args=[policy.code]))


def _lives(now: datetime) -> Iterator[Matter]:
    """Versions that wait for somebody: for a decision, or to be looked at again."""
    for sort in versions.Sort:
        for row in versions.rows(sort).filter(state=VersionState.PROPOSED):
            yield _life(row, _("%(name)s: version %(number)s is proposed and waits for a decision."))
    for row in life.to_review(on=timezone.localdate(now)):
        yield _life(row, _("%(name)s: version %(number)s was to be looked at again by now."))


def _life(row: Version, sentence: str) -> Matter:
    standard = versions.standard_of(row)
    place = reverse(f"desk:settings_{versions.sort_of(row).value}_version", args=[standard.code, row.number])
    return Matter(sentence % {"name": standard.name, "number": row.number}, "orange", place)


def _calendars(now: datetime) -> Iterator[Matter]:
    for lack in holiday_watch.lacking(now=now, yearly_only=False):
        place, names = reverse("desk:settings_calendar", args=[lack.calendar.code]), {"calendar": lack.calendar.name}
        said = _("%(calendar)s has no public holidays for %(year)s. Tick the year and propose it.")
        if lack.listed:
            said = _("%(calendar)s: the official notice for %(year)s (调休) is not loaded yet. Update Yingnuo.")
        grave = lack.year == now.year and not lack.listed
        yield Matter(said % {**names, "year": lack.year}, "red" if grave else "orange", place)


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


def _seeing(*sights: Sight) -> list[str]:
    """Roles that answer customers and see so far."""
    known = roles.standings(organisation.kept())
    return [role.code for role in known if role.sight in sights and "ticket.reply" in role.verbs]


def _people() -> Iterator[Matter]:
    active = Staff.objects.filter(active=True)
    homeless = active.filter(team=None, role__in=_seeing(Sight.TEAMS)).count()
    if homeless:
        said = _("%(count)s agents are in no team and get no tickets.") % {"count": homeless}
        yield Matter(said, "orange", reverse("desk:settings_staff"))
    mute = active.filter(phone="", role__in=_seeing(Sight.DEPARTMENT, Sight.BELOW)).count()
    if mute:
        said = _("%(count)s leads have no phone number: warnings by SMS do not reach them.") % {"count": mute}
        yield Matter(said, "orange", reverse("desk:settings_staff"))
