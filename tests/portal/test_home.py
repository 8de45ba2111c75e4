"""Do the public pages say what the standard says, and nothing else?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import MONDAY, House
from tests.portal.conftest import counts
from yingnuo.kit import instants, revisions
from yingnuo.people.roles import SYSTEM
from yingnuo.portal import published
from yingnuo.promises import versions


def test_the_table_has_the_figures_of_the_standard(house: House) -> None:
    lines = published.table(revisions.current(), now=MONDAY)
    urgent = lines[0]
    assert [(a.ways, a.offer.seconds) for a in urgent.answers if a.offer] == [
        ("here or by mail", 900),
        ("by phone", 300),
    ]
    assert urgent.solution is not None
    assert urgent.solution.seconds == 86_400


def test_a_changed_standard_changes_the_table(house: House, client: Client) -> None:
    promise = {"target": "11m", "calendar": "always"}
    spec = {"code": "default", "rules": [{"code": "all", "when": {}, "promises": {"first_response": promise}}]}
    versions.save_policy(SYSTEM, code="default", name="x", spec=spec, now=instants.now())
    assert b"11 min" in client.get("/portal/").content


def test_kinds_with_a_first_answer_of_their_own_have_a_line(house: House) -> None:
    words = [str(line.word) for line in published.table(revisions.current(), now=MONDAY)]
    assert words[3:] == ["A complaint", "A suggestion"]


def test_service_hours_in_words(house: House) -> None:
    with timezone.override("Asia/Shanghai"):
        told = published.hours(published.table(revisions.current(), now=MONDAY))
    assert told == ("Mon–Fri 08:30–20:30; Sat–Sun 09:00–18:00", "Mon–Fri 09:00–12:00, 13:30–18:00")


def test_a_reader_in_another_zone_is_told_whose_hours_they_are(client: Client, house: House) -> None:
    client.cookies["yn_zone"] = "Europe/Berlin"
    assert "13:30–18:00, Beijing time (UTC+8)" in client.get("/portal/").content.decode()


def test_without_a_standard_nothing_is_promised(client: Client, db: None) -> None:
    revisions.forget()
    assert b"What we promise" not in client.get("/portal/").content


def test_preview_counts_service_hours(house: House) -> None:
    late = datetime(2026, 3, 2, 9, 45, tzinfo=UTC)  # 17:45 in Shanghai: 15 min are left, 45 min follow on Tuesday
    told = published.preview(revisions.current(), kind="enquiry", urgency="general", now=late)
    assert told.answer_by == datetime(2026, 3, 3, 1, 45, tzinfo=UTC)


def test_preview_follows_the_ticks(house: House) -> None:
    told = published.preview(revisions.current(), kind="fault", urgency="urgent", now=MONDAY)
    assert told.answer_by is not None
    assert (told.answer_by - MONDAY).total_seconds() == 900


@pytest.mark.parametrize("query", ["", "kind=nonsense&impact=nonsense", "kind=fault&impact=danger", "region=%00"])
def test_preview_takes_anything(client: Client, house: House, query: str) -> None:
    before = counts()
    answer = client.get(f"/portal/ask/preview/?{query}")
    assert answer.status_code == 200
    assert b"answers you by" in answer.content
    assert counts() == before


@pytest.mark.parametrize("address", ["/portal/", "/portal/ask/", "/portal/find/"])
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_pages_open_in_each_language(client: Client, house: House, address: str, language: str) -> None:
    client.cookies["yn_language"] = language
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Language"] == language
