"""Where is a calendar, a team or a product line used, so that nobody changes it unawares?"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from yingnuo.people.models import Staff, Team
from yingnuo.promises.models import Policy, PolicyVersion


@dataclass(frozen=True, slots=True)
class Use:
    """One user of a setting: its name and its page."""

    name: str
    href: str


def of_calendar(code: str) -> list[Use]:
    """Policies, teams and people that go by this calendar."""
    found = [
        Use(policy.name, reverse("desk:settings_policy", args=[policy.code]))
        for policy in Policy.objects.filter(active=True).order_by("position")
        if code in calendars_in(policy)
    ]
    found += [Use(t.name, reverse("desk:settings_team", args=[t.pk])) for t in Team.objects.filter(calendar=code)]
    people = Staff.objects.filter(calendar=code, active=True).order_by("name")[:20]
    return [*found, *(Use(s.name, reverse("desk:settings_person", args=[s.pk])) for s in people)]


def calendars_in(policy: Policy) -> set[str]:
    """The calendars that the current version of a policy names."""
    version = PolicyVersion.objects.filter(policy=policy, number=policy.current).first()
    rules = version.spec.get("rules", ()) if version else ()
    promises = [p for rule in rules for p in rule.get("promises", {}).values() if p]
    return {str(p.get("calendar", "")) for p in promises}
