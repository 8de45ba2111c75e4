"""Are product lines, fields and wordings changed, and bad wordings refused?"""

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.alerts.models import Template
from yingnuo.tickets.models import Field, ProductLine


def test_a_product_line_is_added_and_taken_away(manager: Client) -> None:
    manager.post("/settings/lines/new", {"name": "Dryers", "code": "dryer", "skill": "dryers"})
    row = ProductLine.objects.get(code="dryer")
    manager.post(f"/settings/lines/{row.pk}/delete")
    assert not ProductLine.objects.filter(code="dryer").exists()


def test_a_product_line_that_tickets_carry_stays(manager: Client, house: House) -> None:
    factories.ticket(house, product_line="washer")
    row = ProductLine.objects.get(code="washer")
    assert manager.post(f"/settings/lines/{row.pk}/delete").status_code == 409
    assert ProductLine.objects.filter(pk=row.pk).exists()


def test_the_code_of_a_line_never_changes(manager: Client) -> None:
    row = ProductLine.objects.get(code="washer")
    assert manager.post(f"/settings/lines/{row.pk}/", {"name": "W", "code": "other"}).status_code == 422
    assert ProductLine.objects.filter(code="washer").exists()


def test_a_choice_needs_choices(manager: Client) -> None:
    posted = {"name": "Colour", "code": "colour", "type": "choice", "position": "0"}
    assert manager.post("/settings/fields/new", posted).status_code == 422
    manager.post("/settings/fields/new", {**posted, "choices": "red\nblue", "kinds": ["fault"]})
    assert (Field.objects.get().choices, Field.objects.get().kinds) == (["red", "blue"], ["fault"])


WORDING = "/settings/wording/broken/mail/en/"


def test_an_own_wording_is_saved_and_forgotten(manager: Client) -> None:
    manager.post(WORDING, {"do": "save", "subject": "{{ number }}", "body": "Late: {{ due }}"})
    assert Template.objects.get().body == "Late: {{ due }}"
    manager.post(WORDING, {"do": "forget"})
    assert not Template.objects.exists()


def test_a_wording_is_previewed_and_not_saved(manager: Client) -> None:
    page = manager.post(WORDING, {"do": "look", "subject": "", "body": "Hurry, {{ customer }}!"}).content.decode()
    assert "Hurry, Harbour Laundry!" in page
    assert not Template.objects.exists()


@pytest.mark.parametrize("body", ["{{ number", "{% if %}", "{{ password }}", "  "])
def test_a_wording_that_cannot_be_filled_is_refused(manager: Client, body: str) -> None:
    assert manager.post(WORDING, {"do": "save", "subject": "", "body": body}).status_code == 422
    assert not Template.objects.exists()
