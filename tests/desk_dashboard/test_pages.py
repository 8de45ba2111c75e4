"""Who may open the overview and the figures, and do the pages say what is so?"""

from __future__ import annotations

import csv
import io
import json

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import MONDAY, House
from tests.scorecards.situations import NOON, five
from yingnuo.desk.dashboard import words
from yingnuo.exchange import sheets
from yingnuo.people.models import Region
from yingnuo.scorecards.behind import FIGURES
from yingnuo.scorecards.formulas import FORMULAS
from yingnuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
PAGES = (
    "/dashboard/", "/dashboard/live", "/dashboard/figures/", "/dashboard/figures/export.csv",
    "/dashboard/figures/export.json", "/dashboard/figures/broken/tickets/", "/dashboard/formulas/",
    "/dashboard/formulas/attainment/",
)  # fmt: skip


@pytest.fixture
def house() -> House:
    house = factories.house()
    five(house)
    return house


@pytest.fixture
def lead(house: House, client: Client) -> Client:
    return factories.sign_in(client, house.bo)


@pytest.mark.parametrize("address", PAGES)
def test_a_lead_may_open_it_and_nothing_changes(lead: Client, address: str) -> None:
    before = list(Ticket.objects.order_by("pk").values_list("pk", "version"))
    assert lead.get(address).status_code == 200
    assert list(Ticket.objects.order_by("pk").values_list("pk", "version")) == before


@pytest.mark.parametrize("address", PAGES)
def test_an_agent_may_not(house: House, client: Client, address: str) -> None:
    assert factories.sign_in(client, house.alice).get(address).status_code == 403


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_sent_to_the_sign_in_page(house: House, client: Client, address: str) -> None:
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("address", [
    "/dashboard/figures/luck/tickets/", "/dashboard/figures/export.exe", "/dashboard/formulas/luck/",
])  # fmt: skip
def test_what_does_not_exist_is_not_found(lead: Client, address: str) -> None:
    assert lead.get(address).status_code == 404


@pytest.mark.parametrize("query", [
    "?period=x&by=x&team=x&since=2026-13-40&until=0001-01-01", "?since=2026-03-05&until=2026-03-01",
    "?page=-1&urgency='",
    "?team=99999999999999999&page=999999", "?since=2199-01-01",
])  # fmt: skip
def test_nonsense_in_an_address_is_left_out(lead: Client, query: str) -> None:
    assert lead.get(f"/dashboard/figures/{query}").status_code == 200
    assert lead.get(f"/dashboard/figures/kept/tickets/{query}").status_code == 200


def test_the_figures_are_on_the_page(lead: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        page = lead.get("/dashboard/figures/?period=today&milestone=first_response").content.decode()
    assert "50.0 %" in page
    assert "n = 4 · 95 % interval 15.0–85.0 %" in page
    assert "57 min 30 s" in page  # the mean overrun


@pytest.mark.parametrize("by", words.TRAITS)
def test_figures_split_by_every_trait(lead: Client, by: str) -> None:
    with time_machine.travel(NOON, tick=False):
        assert lead.get(f"/dashboard/figures/?period=today&by={by}").status_code == 200


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_has_its_page(lead: Client, figure: str) -> None:
    with time_machine.travel(NOON, tick=False):
        assert lead.get(f"/dashboard/figures/{figure}/tickets/?period=today").status_code == 200


@pytest.mark.parametrize("name", FORMULAS)
def test_every_formula_has_its_page(lead: Client, name: str) -> None:
    assert f"<code>{name}</code>" in lead.get(f"/dashboard/formulas/{name}/").content.decode()


def test_the_overview_names_what_broke_today(lead: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        page = lead.get("/dashboard/").content.decode()
    assert "1 h 45 min late" in page
    assert "still owed" in page


def test_an_empty_house_is_calm(client: Client) -> None:
    page = factories.sign_in(client, factories.house().bo).get("/dashboard/").content.decode()
    assert "Nothing needs you now" in page
    assert "Nobody is online." in page


@pytest.mark.parametrize("address", ["/dashboard/", "/dashboard/figures/"])
def test_few_queries(lead: Client, address: str) -> None:
    lead.get(address)  # the settings are in memory from now on
    with time_machine.travel(NOON, tick=False), CaptureQueriesContext(connection) as found:
        lead.get(address)
    assert len(found) <= 20, [q["sql"][:80] for q in found]


def test_csv_rows_and_no_formula_for_a_spreadsheet(lead: Client, house: House) -> None:
    Region.objects.create(code="bad", name="=1+1")
    Ticket.objects.update(region="=cmd|calc")
    with time_machine.travel(NOON, tick=False):
        response = lead.get("/dashboard/figures/export.csv?period=today&milestone=first_response")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["formula"] == "attainment"
    assert (rows[0]["value"], rows[0]["n"]) == ("0.5", "4")
    assert sheets.plain("=cmd|calc") == "'=cmd|calc"
    assert "-1.5" in "".join(sheets.csv_lines(["value"], [[-1.5]])).splitlines()


def test_json_by_the_names_of_formulas(lead: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        document = json.loads(lead.get("/dashboard/figures/export.json?period=today").content)
    assert document["period"]["start"] == MONDAY.replace(hour=0).isoformat()
    assert {f["formula"] for f in document["figures"]} == set(FORMULAS)
