"""Does a list leave the desk whole, bounded and harmless?"""

from __future__ import annotations

import csv
import io

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.exchange.sheets import plain


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
