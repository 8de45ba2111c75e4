"""Which texts has a provider approved, and how is one of them filled?

The product asks for a template by its code; what the provider calls it, its signature and its language stand in the
registry. Whatever changes a template's text makes it a draft again, for it was another text that was approved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accounts, registry
from yingnuo.channels.abilities import Approves
from yingnuo.channels.contract import ChannelError, Form
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import MessageTemplate, TemplateState
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Urgency

REPLY = "reply"
CODES = (
    REPLY, "customer_warning", "customer_broken", "notice_warning", "notice_unacknowledged", "notice_broken",
    "notice_urged", "notice_undeliverable", "notice_digest",
)  # fmt: skip
"""Codes the product asks for by itself. Others may be made: on WhatsApp they are offered as ways to answer."""
VARIABLES = ("number", "subject", "text", "url", "agent", "team", "customer", "milestone", "due", "urgency", "count")
LONGEST_VALUE = 35  # characters that 阿里云 takes in one variable; an address is never cut
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_STYLES = {"sms_aliyun": "${%s}", "sms_tencent": "{%d}", "whatsapp": "{{%d}}"}


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """What an administrator fills in."""

    code: str
    language: str
    text: str
    provider_id: str = ""
    provider_language: str = ""
    sign: str = ""


def takes_templates(channel: Channel) -> bool:
    """Whether templates mean anything on this channel."""
    if channel.kind not in registry.kinds():
        return False
    profile = registry.adapter_of(channel.kind).profile
    return profile.templates_only or profile.window.templates


def variables(text: str) -> tuple[str, ...]:
    """The variables of a text in the order in which they are first named."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def as_provider_writes(kind: str, text: str) -> str:
    """The text as it is typed at the provider's: variables by name or by number."""
    style, order = _STYLES.get(kind, ""), variables(text)
    if not style:
        return text
    return _PLACE.sub(lambda m: style % (m[1] if "%s" in style else order.index(m[1]) + 1), text)


def save(actor: Actor, *, channel: Channel, pk: int | None, facts: TemplateFacts, now: datetime) -> MessageTemplate:
    """A new or changed template; Invalid names what is wrong with it."""
    require(actor, "channel.edit")
    _refuse(facts)
    try:
        with transaction.atomic(durable=True):
            row = MessageTemplate(channel=channel) if pk is None else _locked(channel, pk)
            if (row.text, row.sign, row.provider_id) != (facts.text.strip(), facts.sign.strip(), facts.provider_id):
                row.state, row.reason = TemplateState.DRAFT, ""
            row.code, row.language, row.text = facts.code, facts.language, facts.text.strip()
            row.provider_id, row.provider_language = facts.provider_id.strip(), facts.provider_language.strip()
            row.sign, row.changed_at = facts.sign.strip(), now
            row.save()
            _note(actor, row, now)
    except IntegrityError as error:
        said = _("This channel has a template of this code and language.")
        raise Conflict(said, code="template_exists") from error
    return row


def _refuse(facts: TemplateFacts) -> None:
    fields: dict[str, Any] = {}
    unknown = [name for name in variables(facts.text) if name not in VARIABLES]
    if not facts.text.strip():
        fields["text"] = _("Write what the message says.")
    elif unknown:
        fields["text"] = _("There is no such variable. Known are: %(names)s") % {"names": ", ".join(VARIABLES)}
    elif "{{" in _PLACE.sub("", facts.text):
        fields["text"] = _("Variables are written {{ number }}.")
    if fields:
        raise Invalid(_("The template cannot be saved."), fields=fields)


def _locked(channel: Channel, pk: int) -> MessageTemplate:
    return MessageTemplate.objects.select_for_update().get(pk=pk, channel=channel)


def _note(actor: Actor, row: MessageTemplate, now: datetime) -> None:
    subject = f"message_template:{row.channel.code}.{row.code}.{row.language}"
    params = {"what": "message_template", "state": str(row.state)}
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, subject, params)], now=now)


def judge(
    actor: Actor, *, template: MessageTemplate, state: str, reason: str = "", now: datetime
) -> MessageTemplate:  # fmt: skip
    """Notes what the provider decided, as somebody read it in the provider's console."""
    require(actor, "channel.edit")
    if state not in TemplateState.values:
        raise Invalid(_("There is no such state."), fields={"state": _("Choose a state.")})
    with transaction.atomic(durable=True):
        row = _locked(template.channel, template.pk)
        if state in (TemplateState.APPROVED, TemplateState.SUBMITTED) and not row.provider_id:
            said = _("Enter what the provider calls it first.")
            raise Invalid(said, fields={"provider_id": said}, code="template_without_id")
        row.state, row.reason, row.changed_at = state, reason.strip()[:250], now
        row.save(update_fields=["state", "reason", "changed_at"])
        _note(actor, row, now)
    return row


def can_ask(channel: Channel) -> bool:
    """Whether the provider can be asked what it decided."""
    return channel.kind in registry.kinds() and isinstance(registry.adapter_of(channel.kind), Approves)


def ask(actor: Actor, *, template: MessageTemplate, now: datetime) -> MessageTemplate:
    """Asks the provider and keeps what it says. Conflict where it does not answer or cannot be asked."""
    require(actor, "channel.edit")
    adapter = registry.adapter_of(template.channel.kind)
    if not isinstance(adapter, Approves) or not template.provider_id:
        raise Conflict(_("The provider cannot be asked about this template."), code="cannot_be_asked")
    try:
        found = adapter.verdict(accounts.of(template.channel), _form(template, ()))
    except (ChannelError, ValueError) as error:
        raise Conflict(
            _("The provider did not answer: %(said)s"), code="provider_refused", said=str(error)[:160]
        ) from error  # fmt: skip
    row = judge(actor, template=template, state=found.state, reason=found.reason, now=now)
    MessageTemplate.objects.filter(pk=row.pk).update(checked_at=now)
    return row


def forget(actor: Actor, *, template: MessageTemplate, now: datetime) -> None:
    """The template is no longer used."""
    require(actor, "channel.edit")
    with transaction.atomic(durable=True):
        _note(actor, template, now)
        template.delete()


def approved(channel: Channel, code: str, language: str) -> MessageTemplate | None:
    """The approved template of this code: in this language, else in one that its readers read too, else in any."""
    rows = list(MessageTemplate.objects.filter(channel=channel, code=code, state=TemplateState.APPROVED).order_by("pk"))
    alike = [row for row in rows if row.language.partition("-")[0] == language.partition("-")[0]]
    exact = [row for row in rows if row.language == language]
    return next(iter((*exact, *alike, *rows)), None)


def require_approved(channel: Channel, code: str, language: str) -> None:
    """Conflict, in words for whoever writes, where there is no such template."""
    if approved(channel, code, language) is None:
        said = _("%(channel)s sends approved templates only, and none called “%(template)s” is approved.")
        raise Conflict(said, code="template_not_approved", channel=channel.name, template=code)


def filled(row: MessageTemplate, values: Mapping[str, str]) -> Form:
    """The template with these values; what is unknown is a dash, for providers refuse an empty variable."""
    named = tuple((name, _short(name, values.get(name, ""))) for name in variables(row.text))
    return _form(row, named)


def _short(name: str, value: str) -> str:
    plain = " ".join(value.split()) or "-"
    return plain if name == "url" or len(plain) <= LONGEST_VALUE else plain[: LONGEST_VALUE - 1] + "…"


def _form(row: MessageTemplate, named: tuple[tuple[str, str], ...]) -> Form:
    by_name = dict(named)
    text = _PLACE.sub(lambda m: by_name.get(m[1], ""), row.text)
    shown = f"【{row.sign}】{text}" if row.sign else text
    return Form(row.provider_id, named, row.provider_language or row.language, row.sign, shown)


def values_of(message: Message) -> dict[str, str]:
    """What the variables are for a message of a ticket."""
    ticket = message.ticket
    with override(ticket.language):
        agent = message.staff.name if message.staff else gettext("Customer service")
        urgency = str(Urgency(ticket.urgency).label)
    return {
        "number": ticket.number, "subject": ticket.subject, "text": message.text, "url": links.promise_url(ticket),
        "agent": agent, "customer": str(ticket.contact), "urgency": urgency,
        "team": ticket.team.name if ticket.team else "",
    }  # fmt: skip


def sample() -> dict[str, str]:
    """Values of a made-up ticket, for a look."""
    return {
        "number": "YN-2041", "subject": gettext("Washing machine shows E3"),
        "text": gettext("A technician comes tomorrow."),
        "url": "https://desk.example/p/7Hq2", "agent": gettext("Li Mei"), "team": gettext("Front line"),
        "customer": gettext("Harbour Laundry"), "milestone": gettext("First response"), "due": "03-02 10:15",
        "urgency": gettext("Urgent"), "count": "3",
    }  # fmt: skip
