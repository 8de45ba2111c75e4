"""Are fields made in three languages, taken out of use, and forms arranged, by who may?"""

from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.journey import upkeep
from yingnuo.kit import instants, revisions
from yingnuo.tickets import forms
from yingnuo.tickets.models import Field, Form

POSTED = {
    "name": "颜色", "name_en": "Colour", "code": "colour", "type": "choice", "position": "0", "needed": "resolve",
    "choices": "红 | 紅 | red\n蓝", "help": "看外壳",
}  # fmt: skip


def test_a_field_is_made_in_three_languages(manager: Client) -> None:
    manager.post("/settings/fields/new", POSTED)
    row = Field.objects.get()
    assert (row.choices, row.needed, row.help) == (["红", "蓝"], "resolve", "看外壳")
    assert row.words == {"zh-hant": {"choices": {"红": "紅"}}, "en": {"name": "Colour", "choices": {"红": "red"}}}
    page = manager.get(f"/settings/fields/{row.pk}/").content.decode()
    assert "红 | 紅 | red\n蓝" in page


def test_what_excludes_itself_is_refused(manager: Client) -> None:
    for more in ({"type": "number", "least": "5", "most": "4"}, {"type": "text", "pattern": "("},
                 {"type": "text", "pattern": "(a+)+"}, {"type": "number", "default": "many"}):  # fmt: skip
        assert manager.post("/settings/fields/new", {**POSTED, **more}).status_code == 422, more
    assert not Field.objects.exists()


def test_a_change_over_somebody_elses_is_refused(manager: Client) -> None:
    manager.post("/settings/fields/new", POSTED)
    row = Field.objects.get()
    manager.post(f"/settings/fields/{row.pk}/", {**POSTED, "name": "一", "version": "1"})
    assert manager.post(f"/settings/fields/{row.pk}/", {**POSTED, "name": "二", "version": "1"}).status_code == 422
    assert Field.objects.get().name == "一"


def test_a_field_that_tickets_carry_is_retired_not_deleted(manager: Client, house: House) -> None:
    manager.post("/settings/fields/new", POSTED)
    row, ticket = Field.objects.get(), factories.ticket(house)
    upkeep.fill(factories.actor(house.alice), ticket_id=ticket.pk, said={"colour": "红"}, now=instants.now())
    assert manager.post(f"/settings/fields/{row.pk}/delete").status_code == 409
    manager.post(f"/settings/fields/{row.pk}/retire")
    assert Field.objects.get().retired_at is not None
    assert "red" in manager.get(f"/tickets/{ticket.pk}/").content.decode()
    manager.post(f"/settings/fields/{row.pk}/retire")
    assert Field.objects.get().retired_at is None


def two() -> None:
    Field.objects.create(code="a", name="Alpha", type="choice", choices=["x", "y"], position=1)
    Field.objects.create(code="b", name="Beta", on_portal=True, position=2)
    revisions.bump()


def order() -> list[list[str]]:
    return [[i.field.code for i in s.items] for s in forms.of_kind("fault").sections]


def test_a_form_is_arranged_button_by_button(manager: Client) -> None:
    two()
    address = "/settings/fields/forms/fault/"
    manager.post(address, {"do": "up", "field": "b", "version": "0"})
    assert order() == [["b", "a"]]
    manager.post(address, {"do": "add_section", "version": "1"})
    manager.post(address, {"do": "down", "field": "a", "version": "2"})
    assert order() == [["b"], ["a"]]
    manager.post(address, {"do": "rename", "section": "1", "name": "用途", "name_en": "Use", "version": "3"})
    assert forms.of_kind("fault").sections[1].words == {"en": "Use"}
    manager.post(address, {"do": "take", "field": "b", "version": "4"})
    manager.post(address, {"do": "add", "add": "b", "version": "5"})
    assert order() == [[], ["a", "b"]]
    manager.post(address, {"do": "condition", "field": "b", "show_field": "a", "show_values": "x, y", "version": "6"})
    [_first, second] = Form.objects.get().sections[1]["fields"]
    assert second["show"] == {"field": "a", "values": ["x", "y"]}
    manager.post(address, {"do": "forget"})
    assert order() == [["a", "b"]]


def test_a_form_that_somebody_changed_meanwhile_is_not_written_over(manager: Client) -> None:
    two()
    address = "/settings/fields/forms/fault/"
    manager.post(address, {"do": "up", "field": "b", "version": "0"})
    assert manager.post(address, {"do": "up", "field": "a", "version": "0"}).status_code == 422
    assert order() == [["b", "a"]]


def test_a_lead_looks_and_does_not_arrange(lead: Client) -> None:
    two()
    assert lead.get("/settings/fields/forms/fault/").status_code == 200
    assert lead.post("/settings/fields/forms/fault/", {"do": "up", "field": "b", "version": "0"}).status_code in (
        403,
        422,
    )
    assert not Form.objects.exists()


def test_the_preview_shows_customers_only_what_they_are_asked(manager: Client) -> None:
    two()
    page = manager.get("/settings/fields/forms/fault/").content.decode()
    assert 'id="in-fields.a"' in page
    assert 'id="p-in-fields.b"' in page
    assert 'id="p-in-fields.a"' not in page
