"""Which notices are about no ticket, and what do they say? Those about standards: proposals, reviews, missing holidays;
and those about webhooks and rules that were switched off.

They are rows like all others, with promise and ticket 0. Their key makes each come once: for a version by its id, for
missing holidays by calendar and week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.alerts import swaps, wording
from yingnuo.alerts.models import Notice
from yingnuo.alerts.services import NewNotice
from yingnuo.alerts.wording import Worded
from yingnuo.kit import instants
from yingnuo.people.models import Staff
from yingnuo.promises import versions
from yingnuo.promises.holiday_watch import Lack
from yingnuo.promises.models import Calendar, Version
from yingnuo.promises.versions import Sort

HOLIDAYS, WEBHOOK, AUTOMATION = "holidays", "webhook_off", "automation_off"


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about: reason, and the two numbers of its key. `detail` is a year, where one matters."""

    reason: str
    step: str
    number: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a notice names: in words, and the address below the site's own."""

    name: str
    path: str


def about_version(version: Version, reason: str) -> About:
    """A version was proposed, decided about, came in force, or is to be reviewed."""
    return About(reason, f"{reason}-{versions.sort_of(version).value}", version.pk)


def about_holidays(lack: Lack, now: datetime) -> About:
    """Public holidays are missing, said again every (ISO) week."""
    year, week, _day = timezone.localdate(now).isocalendar()
    return About(HOLIDAYS, f"{HOLIDAYS}-{lack.calendar.pk}", year * 100 + week, str(lack.year))


def about_webhook(number: int, name: str, now: datetime) -> About:
    """A webhook was switched off by itself; said once a day at most."""
    return About(WEBHOOK, f"{WEBHOOK}-{number}", now.toordinal(), name[:20])


def about_automation(number: int, name: str, now: datetime) -> About:
    """A rule of automation turned itself off; said once a day at most."""
    return About(AUTOMATION, f"{AUTOMATION}-{number}", now.toordinal(), name[:20])


def notice(about: About, staff: int, way: str, now: datetime) -> NewNotice:
    """The notice to one person by one way."""
    return NewNotice(
        0, about.number, about.step, staff, way, "", about.reason, 0, about.detail, None, instants.seconds(now), None
    )


def of(notice: Notice) -> Matter:
    """What the notice names; LookupError when it is gone."""
    if notice.reason == swaps.CAP:
        return Matter(_("What SMS cost, and the caps"), reverse("desk:settings_notices"))
    if notice.reason == HOLIDAYS:
        calendar = Calendar.objects.get(pk=int(notice.step.rpartition("-")[2]))
        name = _("%(name)s: public holidays of %(year)s") % {"name": calendar.name, "year": notice.milestone}
        return Matter(name, reverse("desk:settings_calendar", args=[calendar.code]))
    if notice.reason == WEBHOOK:
        number = notice.step.rpartition("-")[2]
        return Matter(notice.milestone, reverse("desk:settings_webhooks") + f"{number}/")
    if notice.reason == AUTOMATION:
        return Matter(notice.milestone, reverse("desk:settings_automation") + f"{notice.step.rpartition('-')[2]}/log")
    sort = Sort(notice.step.rpartition("-")[2])
    version: Version = versions.rows(sort).get(pk=notice.generation)
    standard = versions.standard_of(version)
    name = _("%(name)s, version %(number)s") % {"name": standard.name, "number": version.number}
    return Matter(name, reverse(f"desk:settings_{sort.value}_version", args=[standard.code, version.number]))


def word(notice: Notice, reader: Staff, *, language: str = "", site: str) -> Worded:
    """The notice as a mail, in its reader's language."""
    with override(language or reader.language):
        about, headline = of(notice), wording.headline(notice.reason)
        return Worded(f"{headline}: {about.name}"[:200], f"{headline}:\n\n{about.name}\n\n{site}{about.path}")
