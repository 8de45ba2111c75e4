"""Is the lawful basis recorded, and are templates kept, on pages of the settings?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import House
from yingnuo.channels import sms_book
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_book import Leaving
from yingnuo.channels.sms_models import Basis, MessageTemplate
from yingnuo.kit import instants

TEMPLATE = {
    "code": "reply", "language": "zh-hans", "text": "您的工单{{ number }}有新回复：{{ url }}", "provider_id": "SMS_1",
    "sign": "海港洗衣", "provider_language": "",
}  # fmt: skip


@pytest.fixture
def whatsapp(house: House) -> Channel:
    return Channel.objects.create(code="wa", name="WhatsApp UK", kind="whatsapp", active=False)


@pytest.fixture
def aliyun(house: House) -> Channel:
    return Channel.objects.create(code="ali", name="阿里云短信", kind="sms_aliyun")


def test_a_basis_is_recorded_and_withdrawn(admin: Client, whatsapp: Channel) -> None:
    page = f"/settings/channels/{whatsapp.pk}/basis"
    given = {"ground": "standard_contract", "text": "Contract no. 12, filed 2026-01-15."}
    shown = admin.post(page, given, follow=True).content.decode()
    assert "Contract no. 12" in shown
    assert Basis.objects.get().by.username == "root"
    Channel.objects.update(active=True)
    admin.post(f"{page}/withdraw")
    assert not Channel.objects.get().active


def test_a_basis_without_words_is_refused_at_its_field(admin: Client, whatsapp: Channel) -> None:
    answer = admin.post(f"/settings/channels/{whatsapp.pk}/basis", {"ground": "assessment", "text": "yes"})
    assert answer.status_code == 422
    assert "number and date" in answer.content.decode()
    assert not Basis.objects.exists()


def test_a_manager_may_not(manager: Client, whatsapp: Channel) -> None:
    page = f"/settings/channels/{whatsapp.pk}/basis"
    assert manager.post(page, {"ground": "assessment", "text": "A long enough text"}).status_code == 403
    assert not Basis.objects.exists()


def test_a_channel_in_the_country_has_no_such_page(admin: Client, aliyun: Channel) -> None:
    assert admin.get(f"/settings/channels/{aliyun.pk}/basis").status_code == 404


def test_a_template_is_written_approved_and_listed(admin: Client, aliyun: Channel) -> None:
    base = f"/settings/channels/{aliyun.pk}/templates/"
    shown = admin.post(f"{base}new", TEMPLATE, follow=True).content.decode()
    assert "您的工单${number}有新回复：${url}" in shown
    assert "【海港洗衣】您的工单YN-2041有新回复" in shown
    row = MessageTemplate.objects.get()
    admin.post(f"{base}{row.pk}/do", {"do": "approved"})
    row.refresh_from_db()
    assert row.state == "approved"
    listed = admin.get(base).content.decode()
    assert "SMS_1" in listed
    assert "notice_warning" in listed  # not written yet


def test_a_rejection_keeps_its_reason(admin: Client, aliyun: Channel) -> None:
    base = f"/settings/channels/{aliyun.pk}/templates/"
    admin.post(f"{base}new", TEMPLATE)
    row = MessageTemplate.objects.get()
    page = admin.post(f"{base}{row.pk}/do", {"do": "rejected", "reason": "变量过多"}, follow=True).content.decode()
    assert "变量过多" in page


def test_an_unknown_variable_is_refused_at_its_field(admin: Client, aliyun: Channel) -> None:
    answer = admin.post(f"/settings/channels/{aliyun.pk}/templates/new", {**TEMPLATE, "text": "{{ nunber }}"})
    assert answer.status_code == 422
    assert "no such variable" in answer.content.decode()
    assert not MessageTemplate.objects.exists()


def test_an_unknown_state_changes_nothing(admin: Client, aliyun: Channel) -> None:
    base = f"/settings/channels/{aliyun.pk}/templates/"
    admin.post(f"{base}new", TEMPLATE)
    row = MessageTemplate.objects.get()
    admin.post(f"{base}{row.pk}/do", {"do": "blessed"})
    row.refresh_from_db()
    assert row.state == "draft"


def test_a_template_goes(admin: Client, aliyun: Channel) -> None:
    base = f"/settings/channels/{aliyun.pk}/templates/"
    admin.post(f"{base}new", TEMPLATE)
    admin.post(f"{base}{MessageTemplate.objects.get().pk}/do", {"do": "forget"})
    assert not MessageTemplate.objects.exists()


def test_a_lead_reads_templates_and_changes_none(lead: Client, aliyun: Channel) -> None:
    base = f"/settings/channels/{aliyun.pk}/templates/"
    assert lead.get(base).status_code == 200
    assert lead.post(f"{base}new", TEMPLATE).status_code == 403
    assert not MessageTemplate.objects.exists()


def test_a_channel_of_free_words_has_no_templates(admin: Client) -> None:
    row = Channel.objects.create(code="sms", name="SMS", kind="sms", settings={"url": "http://127.0.0.1:1/"})
    assert admin.get(f"/settings/channels/{row.pk}/templates/").status_code == 404


def test_the_month_s_cost_stands_at_the_channel(admin: Client) -> None:
    settings = {"url": "http://127.0.0.1:1/", "price": "0.045", "month_cap": "20"}
    row = Channel.objects.create(code="sms", name="SMS", kind="sms", settings=settings)
    for key in ("a", "b"):
        sms_book.book(row, Leaving(key, "+8613800002210", "words", "answer"), now=instants.now())
    page = admin.get(f"/settings/channels/{row.pk}/").content.decode()
    assert "0.09 CNY" in page
    assert "of at most 20" in page
