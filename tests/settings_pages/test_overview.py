"""Does the overview name what needs attention?"""

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.factories import House
from yingnuo.channels.models import Channel
from yingnuo.desk.settings import overview
from yingnuo.people.models import Team
from yingnuo.promises.models import CalendarVersion, PolicyVersion
from yingnuo.routing.models import Rule


def page(client: Client) -> str:
    return client.get("/settings/").content.decode()


def test_a_team_without_a_lead_is_named(lead: Client, house: House) -> None:
    assert "Team Strangers has no lead" in page(lead)
    Team.objects.filter(pk=house.strangers.pk).update(lead=house.dee)
    assert "Team Strangers has no lead" not in page(lead)


def test_a_broken_mailbox_is_named(lead: Client) -> None:
    Channel.objects.create(code="m", name="Support", kind="mail", problem="imap_auth")
    assert "Support does not work: imap_auth" in page(lead)


def test_missing_chinese_holidays_are_named(house: House) -> None:
    CalendarVersion.objects.filter(calendar__code="office").update(
        spec={
            "timezone": "UTC",
            "always_open": False,
            "weekly": {"mon": [["09:00", "18:00"]]},
            "public_holidays": {"country": "CN", "years": [2026]},
        }
    )
    texts = [str(matter.text) for matter in overview._calendars(datetime(2026, 11, 20, tzinfo=UTC))]
    assert any("no public holidays for 2027" in text for text in texts)
    assert not list(overview._calendars(datetime(2026, 5, 1, tzinfo=UTC)))


@pytest.mark.parametrize("keywords", [["x"]])
def test_tickets_that_reach_no_team_are_named(lead: Client, keywords: list[str]) -> None:
    Rule.objects.update(keywords=keywords)
    assert "No dispatch rule takes every ticket" in page(lead)


def test_what_waits_for_somebody_is_named(lead: Client, house: House) -> None:
    row = PolicyVersion.objects.get(state="in_force")
    at = row.created_at
    waits = {"spec": row.spec, "created_at": at, "proposed_at": at, "base": 1}
    PolicyVersion.objects.create(policy=row.policy, number=2, state="proposed", **waits)
    CalendarVersion.objects.filter(calendar__code="hotline").update(review_on=at.date())
    seen = page(lead)
    assert "version 2 is proposed and waits for a decision." in seen
    assert "version 1 was to be looked at again by now." in seen
