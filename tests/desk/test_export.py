"""Does a list leave the desk whole, bounded and harmless?"""

from __future__ import annotations

import csv
import io

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from openpyxl import load_workbook

from tests import factories
from tests.factories import House
from yingnuo.exchange.sheets import plain
from yingnuo.ledger.models import Event


def _table(client: Client, query: str) -> list[list[str]]:
    answer = client.get(f"/tickets/export{query}")
    assert isinstance(answer, StreamingHttpResponse)
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]  # a synchronous stream
    return list(csv.reader(io.StringIO(text)))


def test_the_filter_in_use_is_what_leaves(house: House, alice: Client) -> None:
    factories.ticket(house, subject="Other")
    mine = factories.ticket(house, subject="=1+1", agent=house.alice)
    head, *rows = _table(alice, "?scope=mine")
    assert head[:2] == ["Number", "Subject"]
    assert [row[:4] for row in rows] == [[f"YN-{mine.pk}", "'=1+1", "Enquiry", "General"]]


def test_a_stranger_gets_only_the_head(house: House, dee: Client) -> None:
    factories.ticket(house)
    assert len(_table(dee, "?scope=all&state=any")) == 1


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_nothing_is_taken_for_a_formula(text: str) -> None:
    assert plain(text) == f"'{text}"


def test_plain_words_stay_plain() -> None:
    assert plain("冰箱 = cold") == "冰箱 = cold"


def test_it_leaves_as_a_workbook_too_and_leaves_a_trace(house: House, alice: Client) -> None:
    factories.ticket(house, subject="=1+1", agent=house.alice)
    answer = alice.get("/tickets/export?scope=mine&form=xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    assert [cell.value for cell in book.worksheets[0][2]][1:3] == ["=1+1", "Enquiry"]
    assert book.worksheets[0]["B2"].data_type == "s"
    told = Event.objects.get(code="export.taken")
    assert (told.actor_id, told.params["what"], told.params["form"]) == (house.alice.pk, "tickets", "xlsx")


def test_a_form_that_is_none_is_refused_without_a_trace(house: House, alice: Client) -> None:
    assert alice.get("/tickets/export?form=exe").status_code == 422
    assert not Event.objects.filter(code="export.taken").exists()


def test_customers_leave_with_whole_numbers_for_managers_alone(house: House, alice: Client) -> None:
    mia = factories.sign_in(Client(), house.mia)
    text = b"".join(mia.get("/customers/export?q=Chen")).decode("utf-8-sig")  # type: ignore[arg-type]
    [_head, row] = csv.reader(io.StringIO(text))
    assert row[1:4] == ["Chen", "chen@harbour.example", "'+8613800002210"]
    assert alice.get("/customers/export").status_code == 403
    assert Event.objects.filter(code="export.taken").count() == 1
