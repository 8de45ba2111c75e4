"""Are service times read, tried, changed, and refused with a word at the field?"""

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.desk.settings import calendar_forms as forms
from yingnuo.desk.settings import drafts, inputs
from yingnuo.journey import moving, standards
from yingnuo.kit import instants
from yingnuo.promises.models import Calendar, CalendarVersion, Promise
from yingnuo.promises.standards import terms_of
from yingnuo.promises.versions import Sort

OFFICE = {
    "do": "save", "name": "Office", "timezone": "Asia/Shanghai", "weekly_mon": "9:00-12:00，13:30~18:00",
    "weekly_fri": "22:00–06:00", "country": "CN", "years": ["2026"], "note": "Fridays at night",
    "special_date": ["2026-12-31", "12-24", ""], "special_what": ["open", "yearly", "closed"],
    "special_hours": ["09:00-12:00", "", ""], "special_name": ["Stocktaking", "", ""],
}  # fmt: skip


HOME = "/settings/calendars/office/"


def at() -> str:
    return drafts.of("office", Sort.CALENDAR).token


def keep(client: Client, **more: object) -> object:
    return client.post(HOME, {**OFFICE, "at": at(), **more})


def approve(author: Client, other: Client, **more: str) -> CalendarVersion:
    author.post(f"{HOME}propose", {"justification": "Fridays at night.", "at": at(), **more})
    row = CalendarVersion.objects.get(state="proposed")
    other.post(f"{HOME}{row.number}/", {"do": "approve"})
    return CalendarVersion.objects.get(pk=row.pk)


def test_keeping_makes_a_draft_and_another_person_puts_it_in_force(lead: Client, manager: Client, house: House) -> None:
    answer = lead.post(HOME, {**OFFICE, "at": at()})
    version = CalendarVersion.objects.get(calendar__code="office", number=2)
    assert answer.status_code == 302
    assert version.spec["weekly"] == {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], "fri": [["22:00", "06:00"]]}
    assert version.spec["overrides"] == {"2026-12-31": [["09:00", "12:00"]]}
    assert version.spec["holidays_yearly"] == ["12-24"]
    assert (version.created_by, version.state) == (house.bo, "draft")
    assert Calendar.objects.get(code="office").current == 1
    page = lead.get(HOME).content.decode()
    assert "Friday: 09:00–12:00, 13:30–18:00 → 22:00–06:00" in page
    approve(lead, manager)
    office = Calendar.objects.get(code="office")
    assert (office.current, office.name) == (2, "Office")


def test_a_form_opened_before_a_colleagues_change_undoes_nothing(lead: Client, manager: Client) -> None:
    opened = at()
    keep(lead)
    answer = manager.post(HOME, {**OFFICE, "at": opened, "weekly_mon": "08:00-12:00"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Bo changed the draft after you opened it." in page
    assert "Monday: 09:00–12:00, 13:30–18:00 → 08:00–12:00" in page
    assert CalendarVersion.objects.get(state="draft").spec["weekly"]["mon"] == [["09:00", "12:00"], ["13:30", "18:00"]]


def test_a_new_service_time_begins_as_a_draft(lead: Client, manager: Client) -> None:
    lead.post("/settings/calendars/new", {**OFFICE, "code": "shop", "name": "Shop"})
    assert Calendar.objects.get(code="shop").current == 0
    assert "No version of this service time" not in lead.get("/settings/calendars/office/").content.decode()
    assert "Shop" in lead.get("/settings/calendars/").content.decode()
    assert "shop" not in dict(inputs.calendars())
    token = drafts.of("shop", Sort.CALENDAR).token
    lead.post("/settings/calendars/shop/propose", {"justification": "It opened.", "at": token})
    manager.post("/settings/calendars/shop/1/", {"do": "approve"})
    assert "shop" in dict(inputs.calendars())


def test_somebody_is_named_to_answer_for_the_holidays(manager: Client, lead: Client, house: House) -> None:
    manager.post(f"{HOME}owner", {"owner": str(house.alice.pk)})
    assert Calendar.objects.get(code="office").owner == house.alice
    assert "Alice" in lead.get(HOME).content.decode()
    assert lead.post(f"{HOME}owner", {"owner": ""}).status_code == 403
    assert manager.post(f"{HOME}owner", {"owner": "999999"}).status_code == 422
    assert Calendar.objects.get(code="office").owner == house.alice
    manager.post(f"{HOME}owner", {"owner": ""})
    assert Calendar.objects.get(code="office").owner is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weekly_mon": "9-25"}, "is no time of day"),
        ({"weekly_mon": "09:00-12:00, 11:00-13:00"}, "overlap"),
        ({"timezone": "Mars/Base"}, "is no time zone"),
        ({"weekly_mon": "", "weekly_fri": "", "special_date": ["", "", ""]}, "never opens"),
        ({"special_date": ["2026-02-30", "12-24", ""]}, "is no date"),
        ({"special_date": ["2026-12-31", "2026-12-31", ""], "special_what": ["open", "open", ""]}, "used twice"),
        ({"years": []}, "at least one year"),
        ({"name": ""}, "Give the calendar a name"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_kept(manager: Client, wrong: dict[str, object], said: str) -> None:
    answer = manager.post("/settings/calendars/office/", {**OFFICE, "at": at(), **wrong})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert CalendarVersion.objects.filter(calendar__code="office").count() == 1


def test_a_look_shows_the_year_and_saves_nothing(manager: Client) -> None:
    answer = manager.post(
        "/settings/calendars/office/", {**OFFICE, "do": "look", "start": "2026-12-31T08:00", "span": "3h"}
    )
    page = answer.content.decode()
    assert "Stocktaking" in page
    assert "2026-12-31 Thu 12:00" in page
    assert Calendar.objects.get(code="office").current == 1


def test_make_up_workdays_are_listed_by_name(manager: Client) -> None:
    page = manager.get("/settings/calendars/office/?year=2026").content.decode()
    assert "2026-02-14" in page
    assert "调休上班" in page


def test_a_file_comes_back_as_it_went(manager: Client) -> None:
    text = manager.get("/settings/calendars/office/export").content.decode()
    answer = manager.post("/settings/calendars/load", {"text": text})
    versions = CalendarVersion.objects.filter(calendar__code="office").order_by("number")
    assert answer.status_code == 302
    assert versions[0].spec == versions[1].spec


def test_times_and_dates_without_quotes_are_not_turned_into_numbers(manager: Client) -> None:
    text = "code: shop\nspec:\n  timezone: UTC\n  overrides:\n    2026-05-04: [[12:30, 18:00]]\n"
    manager.post("/settings/calendars/load", {"text": text})
    assert CalendarVersion.objects.get(calendar__code="shop").spec["overrides"] == {"2026-05-04": [["12:30", "18:00"]]}


@pytest.mark.parametrize("text", ["a: &x [1]\nb: *x", "[", "- 1", "code: x\nspec: !!python/name:os.system", "a: .nan"])
def test_a_bad_file_is_refused(manager: Client, text: str) -> None:
    answer = manager.post("/settings/calendars/load", {"text": text})
    assert answer.status_code == 422
    assert CalendarVersion.objects.count() == 3


def test_the_form_keeps_every_rule_of_a_calendar() -> None:
    spec = {
        "timezone": "Asia/Shanghai", "weekly": {"mon": [["09:00", "18:00"]]}, "holidays": ["2026-05-04"],
        "holidays_yearly": ["12-24"], "overrides": {"2026-12-31": [["09:00", "12:00"]]},
        "breaks": {"2026-03-02": [["12:00", "13:00"]]}, "names": {"2026-05-04": "Company day", "2026-06-01": "Fair"},
        "public_holidays": {"country": "CN", "years": [2026], "makeup_windows": [["10:00", "16:00"]]},
    }  # fmt: skip
    assert forms.spec_of(forms.sheet_of("x", "X", spec)) == spec


def test_what_would_move_is_shown_before_and_moved_on_a_word(lead: Client, manager: Client, house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    solution = Promise.objects.get(ticket=ticket, milestone="resolution")
    night = {f"weekly_{day}": "00:00–24:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    said = {**OFFICE, **night, "country": "", "special_date": []}
    page = lead.post(HOME, {**said, "do": "moves"}).content.decode()
    assert "sooner" in page
    assert f"YN-{ticket.pk}" in page
    assert not CalendarVersion.objects.filter(state="draft").exists()
    lead.post(HOME, {**said, "at": at()})
    assert f"YN-{ticket.pk}" in lead.get(f"{HOME}propose").content.decode()
    approve(lead, manager)
    kept = Promise.objects.get(pk=solution.pk)
    assert kept.due_at == solution.due_at
    assert "2 open promises still go by earlier versions." in manager.get(HOME).content.decode()
    assert "Move them" in manager.get(f"{HOME}?moves=1").content.decode()
    moved = manager.post(f"{HOME}move", follow=True).content.decode()
    assert "Promises of 1 ticket moved." in moved
    assert "still go" not in moved
    now = Promise.objects.get(pk=solution.pk).due_at
    assert now is not None
    assert solution.due_at is not None
    assert now < solution.due_at


def test_open_promises_follow_when_that_was_proposed(lead: Client, manager: Client, house: House) -> None:
    ticket = factories.ticket(house, agent=house.alice)
    keep(lead)
    approve(lead, manager, moves="follow")
    assert standards.follow(now=instants.now()) == 1
    while moving.step():
        pass
    solution = Promise.objects.get(ticket=ticket, milestone="resolution")
    assert terms_of(solution.terms_id).calendar == "office@2"
    assert standards.follow(now=instants.now()) == 0


def test_changed_rules_of_the_zone_are_told(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "have changed since" not in manager.get("/settings/calendars/office/").content.decode()
    monkeypatch.setattr("yingnuo.promises.zone_data.digest", lambda zone, year: "other")
    page = manager.get("/settings/calendars/office/").content.decode()
    assert "The rules of the time zone Asia/Shanghai have changed since" in page
