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
    ("settings_calendar_move", ("office",), {}),
    ("settings_recompute_begin", (), {"kind": "calendar", "code": "office"}),
    ("settings_recompute_steer", ("1",), {"do": "stop"}),
    ("settings_calendar_owner", ("office",), {"owner": ""}),
    ("settings_policy_switch", ("default",), {"to": "off"}),
    ("settings_policy_version", ("default", 1), {"do": "approve"}),
    ("settings_calendar_version", ("office", 1), {"do": "reject", "note": "No, no."}),
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


@pytest.mark.parametrize("code", sorted(PAGES.keys() - {"macros"}))
def test_an_agent_may_read_none_but_his_macros(house: House, client: Client, code: str) -> None:
    assert factories.sign_in(client, house.alice).get(PAGES[code].href).status_code == 403


@pytest.mark.parametrize(("name", "args", "posted"), CHANGES, ids=[name for name, _args, _posted in CHANGES])
def test_a_lead_may_change_nothing(
    house: House, lead: Client, name: str, args: tuple[str | int, ...], posted: dict[str, str]
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


DRAFTS = [
    ("settings_calendar_new", (), {"do": "save", "name": "Shop", "code": "shop", "timezone": "UTC", "always": "on"}),
    ("settings_calendar", ("office",), {"do": "save", "name": "Office", "timezone": "UTC", "always": "on"}),
    ("settings_calendar_load", (), {"text": "code: shop\nspec: {timezone: UTC, always_open: true}"}),
    ("settings_policy_propose", ("default",), {"justification": "because"}),
    ("settings_policy_load", (), {"text": "code: x"}),
    ("settings_policy_do", ("default", 1), {"do": "redraft"}),
    ("settings_rule_delete", ("default", "urgent"), {"at": "v1"}),
    ("settings_cell", ("default", "urgent", "first_response"), {"mode": "none", "at": "v1"}),
]


@pytest.mark.parametrize(("name", "args", "posted"), DRAFTS, ids=[name for name, _args, _posted in DRAFTS])
def test_an_agent_drafts_nothing(
    house: House, client: Client, name: str, args: tuple[str | int, ...], posted: dict[str, str]
) -> None:
    before = Event.objects.count(), CalendarVersion.objects.count(), PolicyVersion.objects.count()
    answer = factories.sign_in(client, house.alice).post(reverse(f"desk:{name}", args=args), posted)
    assert answer.status_code == 403
    assert (Event.objects.count(), CalendarVersion.objects.count(), PolicyVersion.objects.count()) == before


def test_a_stranger_is_sent_to_the_sign_in_page(house: House, client: Client) -> None:
    assert client.get("/settings/").url.startswith("/login/")  # type: ignore[attr-defined]
