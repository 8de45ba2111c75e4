"""Is a template sent only as it was approved?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from tests import factories
from tests.channels.provider import Provider, serving
from tests.factories import MONDAY, House
from yingnuo.channels import accounts, templates
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import MessageTemplate
from yingnuo.channels.templates import TemplateFacts
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db
FACTS = TemplateFacts(
    "reply", "zh-hans", "您的工单{{ number }}有新回复，请看：{{ url }}", "SMS_1", sign="海港洗衣"
)  # fmt: skip


@pytest.fixture
def house() -> House:
    return factories.house(now=MONDAY)


@pytest.fixture
def aliyun(house: House) -> Channel:
    return Channel.objects.create(code="sms", name="短信", kind="sms_aliyun")


def _saved(house: House, channel: Channel, facts: TemplateFacts = FACTS, *, approve: bool = True) -> MessageTemplate:
    root = factories.actor(house.root)
    row = templates.save(root, channel=channel, pk=None, facts=facts, now=MONDAY)
    return templates.judge(root, template=row, state="approved", now=MONDAY) if approve else row


@pytest.mark.parametrize(
    ("kind", "written"),
    [("sms_aliyun", "${agent}: ${text} ${agent}"), ("sms_tencent", "{1}: {2} {1}"), ("whatsapp", "{{1}}: {{2}} {{1}}"),
     ("sms", "{{ agent }}: {{text}} {{ agent }}")],
)  # fmt: skip
def test_each_provider_has_its_way_to_write_variables(kind: str, written: str) -> None:
    assert templates.as_provider_writes(kind, "{{ agent }}: {{text}} {{ agent }}") == written


@pytest.mark.parametrize("text", ["", "您的{{ nunber }}", "您的{{ number", "{{ number | upcase }}"])
def test_a_text_that_cannot_be_filled_is_refused(house: House, aliyun: Channel, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        _saved(house, aliyun, replace(FACTS, text=text))
    assert "text" in refused.value.fields
    assert not MessageTemplate.objects.exists()


def test_another_text_must_be_approved_anew(house: House, aliyun: Channel) -> None:
    row, root = _saved(house, aliyun), factories.actor(house.root)
    same = templates.save(root, channel=aliyun, pk=row.pk, facts=replace(FACTS, language="en"), now=MONDAY)
    assert same.state == "approved"
    other = templates.save(root, channel=aliyun, pk=row.pk, facts=replace(FACTS, text="{{ number }}"), now=MONDAY)
    assert other.state == "draft"


def test_without_the_provider_s_id_nothing_is_approved(house: House, aliyun: Channel) -> None:
    row = _saved(house, aliyun, replace(FACTS, provider_id=""), approve=False)
    with pytest.raises(Invalid):
        templates.judge(factories.actor(house.root), template=row, state="approved", now=MONDAY)
    row.refresh_from_db()
    assert row.state == "draft"
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageTemplate.objects.update(state="approved")


def test_a_code_has_one_template_in_each_language(house: House, aliyun: Channel) -> None:
    _saved(house, aliyun)
    with pytest.raises(Conflict):
        _saved(house, aliyun)
    assert MessageTemplate.objects.count() == 1


def test_values_are_filled_cut_and_never_empty(house: House, aliyun: Channel) -> None:
    row = _saved(house, aliyun, replace(FACTS, text="{{ subject }} {{ agent }} {{ url }}"))
    url = "https://desk.example/p/" + "x" * 60
    form = templates.filled(row, {"subject": "很长" * 30, "url": url})
    values = dict(form.values)
    assert (len(values["subject"]), values["agent"], values["url"]) == (templates.LONGEST_VALUE, "-", url)
    assert form.text == f"【海港洗衣】{values['subject']} - {url}"


def test_the_reader_s_language_comes_first(house: House, aliyun: Channel) -> None:
    chinese = _saved(house, aliyun)
    english = _saved(house, aliyun, replace(FACTS, language="en"))
    draft = _saved(house, aliyun, replace(FACTS, language="ja"), approve=False)
    chosen = {lang: templates.approved(aliyun, "reply", lang) for lang in ("en", "zh-hant", "ja", "fr")}
    assert chosen == {"en": english, "zh-hant": chinese, "ja": chinese, "fr": chinese}
    assert draft not in chosen.values()


def test_the_provider_is_asked_and_its_reason_kept(house: House, aliyun: Channel) -> None:
    row = _saved(house, aliyun, approve=False)
    with serving(Provider()) as provider:
        provider.on("/", {"Code": "OK", "TemplateStatus": 2, "Reason": "变量过多"})
        aliyun.settings, aliyun.secret = {"api": provider.url}, accounts.sealed({"key_secret": "made-up"})
        aliyun.save()
        row.refresh_from_db()
        found = templates.ask(factories.actor(house.root), template=row, now=MONDAY)
    assert (found.state, found.reason) == ("rejected", "变量过多")


def test_a_provider_that_refuses_to_say_changes_nothing(house: House, aliyun: Channel) -> None:
    row = _saved(house, aliyun)
    with serving(Provider()) as provider:
        provider.on("/", {"Code": "Forbidden.RAM", "Message": "no"})
        aliyun.settings = {"api": provider.url}
        aliyun.save()
        row.refresh_from_db()
        with pytest.raises(Conflict) as refused:
            templates.ask(factories.actor(house.root), template=row, now=MONDAY)
    assert "Forbidden.RAM" in str(refused.value)
    row.refresh_from_db()
    assert row.state == "approved"


def test_a_manager_changes_no_template(house: House, aliyun: Channel) -> None:
    with pytest.raises(NotAllowed):
        templates.save(factories.actor(house.mia), channel=aliyun, pk=None, facts=FACTS, now=MONDAY)
    assert not MessageTemplate.objects.exists()
