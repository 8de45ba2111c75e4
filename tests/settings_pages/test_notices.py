"""The company's rule for notices, what SMS cost, and the wording of every notice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from tests.factories import House
from yingnuo.alerts import budget
from yingnuo.alerts.models import NoticeRules, Template
from yingnuo.alerts.rules import Caps, rules
from yingnuo.kit import instants, revisions

FORM = {
    "quiet": "hours", "starts": "22:00", "ends": "07:00", "days": list("0123456"), "calendar": "", "optional": ["sms"],
    "digest_from": "4", "currency": "CNY", "sms_price": "0.045", "sms_day": "20", "sms_month": "300", "sms_person": "",
}  # fmt: skip
WORDED = "/settings/wording/broken/mail/en/"


def test_the_rule_is_saved_and_shown(manager: Client) -> None:
    assert manager.post("/settings/notices/", FORM).status_code == 302
    known = rules.at(revisions.current())
    assert known.caps == Caps("CNY", Decimal("0.0450"), Decimal(20), Decimal(300), None)
    assert (known.digest_from, known.optional) == (4, {"sms"})
    assert b'value="0.0450"' in manager.get("/settings/notices/").content


def test_what_sms_cost_stands_beside_the_caps(manager: Client, house: House) -> None:
    manager.post("/settings/notices/", FORM)
    now = instants.now()
    budget.pay(rules.at(revisions.current()).caps, staff=house.alice.pk, parts=100, now=now)
    page = manager.get("/settings/notices/").content.decode()
    assert "4.50 / 20.00 CNY" in page
    assert "4.50 / 300.00 CNY" in page
    assert "100 parts" in page


def test_a_lead_sees_and_changes_nothing(lead: Client) -> None:
    assert lead.get("/settings/notices/").status_code == 200
    assert lead.post("/settings/notices/", FORM).status_code == 403
    assert not NoticeRules.objects.exists()


@pytest.mark.parametrize("wrong", [{"currency": "yuan"}, {"sms_price": "-1"}, {"digest_from": "1"}, {"days": []}])
def test_what_makes_no_sense_changes_nothing(manager: Client, wrong: dict[str, str]) -> None:
    assert manager.post("/settings/notices/", FORM | wrong).status_code == 422
    assert not NoticeRules.objects.exists()


def test_a_wording_that_cannot_be_filled_names_its_line(manager: Client) -> None:
    answer = manager.post(WORDED, {"do": "save", "subject": "Late", "body": "one\ntwo {{ nobody }}\nthree"})
    assert answer.status_code == 422
    assert "Line 2." in answer.content.decode()
    assert "nobody" in answer.content.decode()
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    "body", ["{% for i in (1..99999) %}x{% endfor %}", "{% include 'settings' %}", "{{ number.__class__ }}", "{% if %}"]
)
def test_a_wording_cannot_leave_its_sandbox(manager: Client, body: str) -> None:
    assert manager.post(WORDED, {"do": "save", "subject": "", "body": body}).status_code == 422
    assert not Template.objects.exists()


def test_the_words_to_customers_begin_with_the_built_in_ones(manager: Client) -> None:
    page = manager.get("/settings/wording/customer_broken/mail/en/").content.decode()
    assert "{{ milestone }} by {{ due }}" in page
    assert "First response by" in page  # the preview
    body = "Sorry about {{ number }}: {{ url }}"
    assert manager.post("/settings/wording/customer_broken/mail/en/", {"do": "save", "body": body}).status_code == 302
    assert Template.objects.get().body == body


@pytest.mark.parametrize("where", ["customer_broken/sms/en", "nothing/mail/en", "broken/pigeon/en", "broken/mail/xx"])
def test_there_is_no_wording_of_what_does_not_exist(manager: Client, where: str) -> None:
    assert manager.get(f"/settings/wording/{where}/").status_code == 404
