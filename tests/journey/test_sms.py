"""A customer with nothing but a phone: answered by SMS, heard by SMS, told by SMS, and left alone when he asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from tests import factories
from tests.channels.provider import Provider, serving
from tests.factories import MONDAY, House
from yingnuo.alerts import deliver, preferences
from yingnuo.alerts.models import Notice
from yingnuo.alerts.preferences import Facts
from yingnuo.alerts.rules import Caps
from yingnuo.channels import accounts, post, ways
from yingnuo.channels.models import Channel, Delivery, Raw
from yingnuo.channels.sms_models import MessageTemplate, Sms, Unsubscribed
from yingnuo.channels.templates import REPLY
from yingnuo.journey import customers, heard, reply, sweep
from yingnuo.journey.customers import Word
from yingnuo.kit import instants
from yingnuo.kit.errors import Conflict
from yingnuo.people.models import Contact
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
PHONE = "+8613811112222"


@pytest.fixture
def house() -> House:
    return factories.house(now=MONDAY)


@pytest.fixture
def lu() -> Contact:
    return factories.customer("Lu Yan", phone=PHONE)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as found:
        found.on("/", {"id": "g-1", "Code": "OK", "BizId": "b-1"})
        yield found


@pytest.fixture
def gateway(house: House, provider: Provider) -> Channel:
    settings = {"url": f"{provider.url}/send", "price": "0.045"}
    return Channel.objects.create(code="sms", name="短信", kind="sms", settings=settings)


@pytest.fixture
def aliyun(house: House, provider: Provider) -> Channel:
    secret = accounts.sealed({"key_secret": "made-up", "push_key": "made-up"})
    settings = {"api": provider.url, "key_id": "LTAImadeUp", "price": "0.045"}
    return Channel.objects.create(code="ali", name="短信", kind="sms_aliyun", settings=settings, secret=secret)


def _template(channel: Channel, code: str, text: str, language: str = "en") -> MessageTemplate:
    return MessageTemplate.objects.create(
        channel=channel, code=code, language=language, provider_id=f"SMS_{code}", sign="海港洗衣", text=text,
        state="approved", changed_at=MONDAY,
    )  # fmt: skip


def _answer(house: House, ticket: Ticket, text: str = "配件到了，明天上门。", *, at: datetime = MONDAY) -> Message:
    said = reply.Said(text)
    return reply.answer(factories.actor(house.alice), ticket_id=ticket.pk, said=said, now=at)


def _leaves(at: datetime = MONDAY) -> None:
    with time_machine.travel(at, tick=False):
        Delivery.objects.update(retry_at=MONDAY - timedelta(days=400))
        post.deliver_due()


def _comes(channel: Channel, text: str, *, key: str, at: datetime) -> None:
    told = {"type": "message", "id": key, "from": PHONE, "text": text, "at": int(at.timestamp())}
    body = json.dumps(told).encode()
    Raw.objects.create(channel=channel, key=key, content=body, size=len(body), received_at=at)
    heard.take_waiting(now=at)


def test_an_answer_goes_by_sms_and_what_he_answers_joins_the_ticket(
    house: House, lu: Contact, gateway: Channel, provider: Provider
) -> None:
    ticket = factories.ticket(house, contact=lu, via="phone", at=MONDAY)
    message = _answer(house, ticket)
    _leaves()
    [asked] = provider.asked
    assert (asked.json["to"], asked.json["text"]) == (PHONE, "配件到了，明天上门。")
    row = Sms.objects.get(key=f"message-{message.pk}")
    assert (row.purpose, row.cost, row.state) == ("answer", Decimal("0.045"), "sent")
    _comes(gateway, "好的", key="in-1", at=MONDAY + timedelta(hours=1))
    assert Ticket.objects.count() == 1
    assert Message.objects.filter(ticket=ticket, author="customer", via="sms", contact=lu).count() == 1


def test_an_sms_of_a_stranger_opens_a_ticket_and_is_answered_by_sms(
    house: House, gateway: Channel, provider: Provider
) -> None:
    _comes(gateway, "洗衣机漏水", key="in-1", at=MONDAY)
    ticket = Ticket.objects.get()
    assert (ticket.via, ticket.contact.phone) == ("sms", PHONE)
    _answer(house, ticket)
    assert Delivery.objects.get().way == "sms"


def test_td_is_no_ticket_and_ends_what_is_not_owed(
    house: House, lu: Contact, gateway: Channel, provider: Provider
) -> None:
    ticket = factories.ticket(house, contact=lu, via="phone", at=MONDAY)
    _comes(gateway, "TD", key="in-1", at=MONDAY)
    assert (Ticket.objects.count(), Unsubscribed.objects.get().number) == (1, PHONE)
    entry = customers.tell([_word(ticket)], now=MONDAY)[0]
    assert entry is not None
    assert entry.params["reason"] == "no_address"
    _answer(house, ticket)
    _leaves()
    assert len(provider.asked) == 1


def _word(ticket: Ticket) -> Word:
    due = instants.seconds(MONDAY + timedelta(hours=2))
    return Word(promise=1, ticket=ticket.pk, step="warn", milestone="first_response", due=due, broken=False)


def test_a_customer_is_warned_by_the_approved_template(
    house: House, lu: Contact, aliyun: Channel, provider: Provider
) -> None:
    ticket = factories.ticket(house, contact=lu, via="phone", at=MONDAY)
    assert customers.tell([_word(ticket)], now=MONDAY)[0] is not None
    assert not Delivery.objects.exists()
    _template(aliyun, "customer_warning", "{{ number }} {{ milestone }} {{ due }}")
    assert customers.tell([_word(ticket)], now=MONDAY) == [None]
    _leaves()
    [asked] = provider.asked
    values = json.loads(asked.form["TemplateParam"])
    assert (asked.form["TemplateCode"], values["number"], values["milestone"]) == (
        "SMS_customer_warning", ticket.number, "First response",
    )  # fmt: skip
    assert Sms.objects.get().purpose == "automatic"


def test_where_templates_are_needed_and_none_is_approved_there_is_no_such_way(
    house: House, lu: Contact, aliyun: Channel
) -> None:
    ticket = factories.ticket(house, contact=lu, via="phone", at=MONDAY)
    assert ways.of(ticket) == ()
    row = _template(aliyun, REPLY, "{{ number }} {{ url }}")
    assert [(way.code, way.template) for way in ways.of(ticket)] == [(f"sms-{aliyun.pk}", "reply")]
    MessageTemplate.objects.filter(pk=row.pk).update(state="rejected")
    assert ways.of(ticket) == ()


def test_free_words_to_who_wrote_where_only_templates_go_are_refused_and_nothing_is_said(
    house: House, lu: Contact, aliyun: Channel
) -> None:
    told = [{"phone_number": PHONE[3:], "send_time": "2026-03-02 10:00:00", "content": "漏水", "sequence_id": 1}]
    body = json.dumps(told).encode()
    Raw.objects.create(channel=aliyun, key="up", content=body, size=len(body), received_at=MONDAY)
    heard.take_waiting(now=MONDAY)
    ticket = Ticket.objects.get()
    with pytest.raises(Conflict) as refused:
        _answer(house, ticket)
    assert refused.value.code == "template_not_approved"
    assert not Message.objects.filter(author="staff").exists()
    assert not Delivery.objects.exists()


def test_a_budget_without_room_refuses_the_answer_and_nothing_is_said(
    house: House, lu: Contact, gateway: Channel
) -> None:
    ticket = factories.ticket(house, contact=lu, via="phone", at=MONDAY)
    _cap("0.09")
    _answer(house, ticket)
    _leaves()
    with pytest.raises(Conflict) as refused:
        _answer(house, ticket, "很长" * 60)
    assert refused.value.code == "sms_budget"
    assert Message.objects.filter(author="staff").count() == 1


def _cap(month: str) -> None:
    caps = Caps(price=Decimal("0.01"), month=Decimal(month))
    preferences.set_rule(SYSTEM, facts=Facts(caps=caps), now=MONDAY)


def test_a_number_that_had_enough_waits_and_the_provider_keeps_its_good_name(
    house: House, lu: Contact, gateway: Channel, provider: Provider
) -> None:
    gateway.settings = {**gateway.settings, "per_hour": 1}
    gateway.save()
    ticket = factories.ticket(house, contact=lu, via="phone", at=MONDAY)
    for text in ("one", "two"):
        _answer(house, ticket, text)
    _leaves()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["pending", "sent"]
    waiting = Delivery.objects.get(state="pending")
    assert (waiting.retry_at, "number_limit" in waiting.problem) == (MONDAY + timedelta(seconds=3_601), True)
    gateway.refresh_from_db()
    assert gateway.failures == 0
    _leaves(MONDAY + timedelta(hours=2))
    assert [asked.json["text"] for asked in provider.asked] == ["one", "two"]


def test_a_number_goes_by_the_channel_that_serves_its_country(
    house: House, gateway: Channel, provider: Provider
) -> None:
    gateway.settings = {**gateway.settings, "prefixes": "+86, +852"}
    gateway.save()
    other = Channel.objects.create(
        code="other", name="Other", kind="sms", settings={"url": f"{provider.url}/other", "prefixes": "44"}
    )  # fmt: skip
    british = factories.customer("Ann", phone="+447700900123")
    found = ways.of(factories.ticket(house, contact=british, via="phone", at=MONDAY))
    assert [way.code for way in found] == [f"sms-{other.pk}"]


def _warned(house: House) -> None:
    now = instants.now()
    factories.ticket(house, kind="fault", urgency="urgent", agent=house.alice, at=now - timedelta(minutes=8))
    sweep.run_once()


def test_staff_are_warned_by_the_approved_template(house: House, aliyun: Channel, provider: Provider) -> None:
    _template(aliyun, "notice_warning", "{{ number }} {{ milestone }} {{ due }}")
    _warned(house)
    deliver.deliver_due()
    values = [json.loads(asked.form["TemplateParam"]) for asked in provider.asked]
    assert {value["milestone"] for value in values} == {"First response"}
    assert set(Notice.objects.filter(way="sms").values_list("state", flat=True)) == {"sent"}
    assert set(Sms.objects.values_list("purpose", flat=True)) == {"notice"}


def test_without_an_approved_template_staff_are_warned_otherwise(
    house: House, aliyun: Channel, provider: Provider
) -> None:
    _warned(house)
    deliver.deliver_due()
    assert set(Notice.objects.filter(way="sms").values_list("state", "problem")) == {
        ("skipped", "template_not_approved")
    }  # fmt: skip
    assert provider.asked == []
    assert Notice.objects.filter(way="mail").count() == 3


def test_a_notice_costs_what_its_channel_costs(house: House, gateway: Channel, provider: Provider) -> None:
    _cap("0.04")
    _warned(house)
    deliver.deliver_due()
    assert set(Notice.objects.filter(way="sms").values_list("state", "problem")) == {("skipped", "cap")}
