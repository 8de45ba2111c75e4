"""Who may open and who may change the settings?"""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.factories import House
from yingnuo.desk.settings.frame import PAGES
from yingnuo.ledger.models import Event
from yingnuo.promises.models import CalendarVersion, PolicyVersion
from yingnuo.routing.models import Rule

CHANGES = [
    ("settings_calendar_new", (), {"do": "save", "name": "Shop", "code": "shop", "timezone": "UTC", "always": "on"}),
    ("settings_calendar_move", ("office",), {}),
    ("settings_recompute_begin", (), {"kind": "calendar", "code": "office"}),
    ("settings_recompute_steer", ("1",), {"do": "stop"}),
    ("settings_calendar_load", (), {"text": "code: shop\nspec: {timezone: UTC, always_open: true}"}),
    ("settings_policy_save", ("default",), {"justification": "because"}),
    ("settings_policy_load", (), {"text": "code: x", "justification": "because"}),
    ("settings_policy_switch", ("default",), {"to": "off"}),
    ("settings_rule_delete", ("default", "urgent"), {}),
    ("settings_cell", ("default", "urgent", "first_response"), {"mode": "none"}),
    ("settings_dispatch_new", (), {"name": "x", "add_tags": "y"}),
    ("settings_rules_move", (), {"rule": "1", "to": "up"}),
    ("settings_rules_load", (), {"text": "name,tags\nx,y"}),
    ("settings_team_new", (), {"name": "x", "code": "x"}),
    ("settings_person_new", (), {"name": "x", "username": "x"}),
    ("settings_absences", (), {"staff_id": "1", "starts_at": "2026-03-02T09:00", "ends_at": "2026-03-03T09:00"}),
    ("settings_line_new", (), {"name": "x", "code": "x"}),
    ("settings_field_new", (), {"name": "x", "code": "x"}),
    ("settings_worded", ("broken", "sms", "en"), {"do": "save", "body": "x"}),
    ("settings_channel_new", ("mail",), {"name": "x"}),
    ("settings_tokens", (), {"name": "x", "scopes": "ticket.view"}),
]


@pytest.mark.parametrize("code", PAGES)
def test_a_lead_may_read_every_page(lead: Client, code: str) -> None:
    assert lead.get(PAGES[code].href).status_code == 200


@pytest.mark.parametrize("code", PAGES)
def test_an_agent_may_read_none(house: House, client: Client, code: str) -> None:
    assert factories.sign_in(client, house.alice).get(PAGES[code].href).status_code == 403


@pytest.mark.parametrize(("name", "args", "posted"), CHANGES, ids=[name for name, _args, _posted in CHANGES])
def test_a_lead_may_change_nothing(
    house: House, lead: Client, name: str, args: tuple[str, ...], posted: dict[str, str]
) -> None:
    if name == "settings_absences":
        posted = {**posted, "staff_id": str(house.alice.pk)}
    before = (
        Event.objects.count(),
        CalendarVersion.objects.count(),
        PolicyVersion.objects.count(),
        Rule.objects.count(),
    )
    answer = lead.post(reverse(f"desk:{name}", args=args), posted)
    after = (
        Event.objects.count(),
        CalendarVersion.objects.count(),
        PolicyVersion.objects.count(),
        Rule.objects.count(),
    )
    assert answer.status_code in (403, 422)
    assert after == before


def test_a_stranger_is_sent_to_the_sign_in_page(house: House, client: Client) -> None:
    assert client.get("/settings/").url.startswith("/login/")  # type: ignore[attr-defined]
