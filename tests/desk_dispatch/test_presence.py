"""How does somebody say why he is not there, and who sees how long?"""

from __future__ import annotations

from django.test import Client

from tests.factories import House
from yingnuo.people.models import PresenceMark, PresenceReason, Staff, Team


def test_a_reason_is_said_in_the_menu_and_shown_there(house: House, alice: Client) -> None:
    page = alice.post("/presence/", {"presence": "away:training"}, headers={"HX-Request": "true"}).content.decode()
    assert "Away" in page
    assert "Training" in page
    assert Staff.objects.get(pk=house.alice.pk).presence_reason == "training"


def test_a_reason_of_another_presence_is_refused(house: House, alice: Client) -> None:
    assert alice.post("/presence/", {"presence": "online:meal"}, headers={"HX-Request": "true"}).status_code == 422
    assert not PresenceMark.objects.exists()


def test_an_agent_sees_his_own_times_whoever_he_asks_for(house: House, alice: Client, bo: Client) -> None:
    bo.post("/presence/", {"presence": "away:training"})
    assert (
        "Training" not in alice.get("/presence/history", {"who": house.bo.pk}).content.decode().split('id="history"')[1]
    )
    assert "Training" in bo.get("/presence/history", {"who": house.bo.pk, "days": "7"}).content.decode()


def test_the_list_of_reasons_is_edited_by_managers(house: House, root: Client, bo: Client) -> None:
    said = {"zh": "外出", "en": "Errand", "code": "errand", "presence": "away", "position": "5", "active": "on"}
    assert bo.post("/settings/presence/new", said).status_code == 403
    assert not PresenceReason.objects.filter(code="errand").exists()
    assert root.post("/settings/presence/new", said).status_code == 302
    assert "外出" in root.get("/settings/presence/").content.decode()


def test_a_team_gets_its_strategy_on_its_page(house: House, root: Client) -> None:
    said = {
        "name": "Front line", "code": "front", "department_id": house.service.pk, "tier": "1", "calendar": "office",
        "kind": "internal", "active": "on", "strategy": "sticky", "away_after": "3", "asks_note": "on",
    }  # fmt: skip
    assert root.post(f"/settings/teams/{house.front.pk}/", said).status_code == 422
    assert root.post(f"/settings/teams/{house.front.pk}/", said | {"away_after": "10"}).status_code == 302
    team = Team.objects.get(pk=house.front.pk)
    assert (team.strategy, team.away_after, team.asks_note) == ("sticky", 10, True)


def test_levels_are_written_at_the_skills(house: House, root: Client) -> None:
    said = {
        "name": "Alice", "role": "agent", "team_id": house.front.pk, "capacity": "20", "skills": "pump:3, boiler",
        "language": "en", "time_zone": "UTC", "active": "on",
    }  # fmt: skip
    assert root.post(f"/settings/staff/{house.alice.pk}/", said).status_code == 302
    alice = Staff.objects.get(pk=house.alice.pk)
    assert (alice.skills, alice.levels) == (["pump", "boiler"], {"pump": 3})
    assert "pump:3, boiler" in root.get(f"/settings/staff/{house.alice.pk}/").content.decode()
