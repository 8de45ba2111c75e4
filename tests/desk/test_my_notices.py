"""Everybody sets his own notices on a page of his; a lead looks, and changes nothing."""

from __future__ import annotations

from datetime import time

from django.test import Client

from tests.factories import House
from yingnuo.alerts.models import Preference, QuietHours
from yingnuo.alerts.quiet import Quiet
from yingnuo.alerts.rules import rules
from yingnuo.kit import revisions

FORM = {
    "quiet": "hours", "starts": "21:30", "ends": "06:30", "days": ["0", "1", "2", "3", "4"], "calendar": "office",
    "more": ["sms"], "language": "zh-hant", "digest_from": "3",
}  # fmt: skip


def test_the_menu_leads_to_a_page_with_examples(alice: Client) -> None:
    assert b'href="/notices/mine"' in alice.get("/notices/").content
    page = alice.get("/notices/mine").content.decode()
    assert "As the company has set" in page
    assert page.count(">at once<") == 6  # without quiet hours every example comes at once


def test_what_is_saved_holds(alice: Client, house: House) -> None:
    assert alice.post("/notices/mine", FORM).status_code == 302
    known = rules.at(revisions.current())
    assert known.quiet_of(house.alice.pk) == Quiet("hours", time(21, 30), time(6, 30), frozenset(range(5)), "office")
    assert known.of(house.alice.pk).more == ("sms",)
    page = alice.get("/notices/mine").content.decode()
    assert "quiet 21:30–06:30" in page
    assert 'value="21:30"' in page


def test_as_the_company_again(alice: Client) -> None:
    alice.post("/notices/mine", FORM)
    alice.post("/notices/mine", FORM | {"quiet": "", "language": "", "digest_from": "", "more": []})
    assert not QuietHours.objects.exists()


def test_what_makes_no_sense_comes_back_with_words_and_changes_nothing(alice: Client) -> None:
    for wrong in ({"days": []}, {"digest_from": "1"}, {"starts": "25:00"}, {"quiet": "siesta"}, {"more": ["pigeon"]},
                  {"calendar": "gone"}, {"starts": "08:00", "ends": "08:00", "days": list("0123456")}):  # fmt: skip
        assert alice.post("/notices/mine", FORM | wrong).status_code == 422, wrong
    assert not Preference.objects.exists()
    assert not QuietHours.objects.exists()


def test_ways_that_the_rule_needs_are_not_offered(alice: Client, house: House) -> None:
    assert b"Do not tell me" not in alice.get("/notices/mine").content
    alice.post("/notices/mine", FORM | {"off": ["mail"]})
    assert rules.at(revisions.current()).of(house.alice.pk).off == ()


def test_a_lead_looks_at_his_people_and_cannot_post(alice: Client, bo: Client, dee: Client, house: House) -> None:
    alice.post("/notices/mine", FORM)
    page = bo.get(f"/notices/of/{house.alice.pk}")
    assert b"quiet 21:30" in page.content
    assert b'name="quiet"' not in page.content
    assert bo.post(f"/notices/of/{house.alice.pk}", FORM | {"quiet": "none"}).status_code == 405
    assert dee.get(f"/notices/of/{house.alice.pk}").status_code == 404
    assert rules.at(revisions.current()).quiet_of(house.alice.pk).starts == time(21, 30)
