"""What stands at a channel beyond its form? Load with `{% load channel_parts %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Count
from django.template import Context

from yingnuo.channels import basis, registry, sms_book, templates
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import MessageTemplate, Purpose, Unsubscribed
from yingnuo.desk.settings.message_templates import STATES

register = template.Library()


@register.inclusion_tag("desk/settings/_channel_parts.html", takes_context=True)
def channel_parts(context: Context, channel: Channel) -> dict[str, Any]:
    """`{% channel_parts channel %}`: its lawful basis, its templates, what its SMS cost; each where it applies."""
    known = channel.kind in registry.kinds()
    sends_sms = known and registry.adapter_of(channel.kind).profile.group == "sms"
    abroad, takes = basis.goes_abroad(channel.kind), templates.takes_templates(channel)
    return {
        "channel": channel, "now": context["now"], "may_edit": context.get("may_edit"), "abroad": abroad,
        "basis": basis.standing(channel) if abroad else None,
        "takes_templates": takes, "counts": _counts(channel) if takes else [],
        "month": sms_book.month(channel, now=context["now"]) if sends_sms else None,
        "purposes": dict(Purpose.choices), "unsubscribed": Unsubscribed.objects.count() if sends_sms else 0,
    }  # fmt: skip


def _counts(channel: Channel) -> list[tuple[Any, int]]:
    rows = MessageTemplate.objects.filter(channel=channel).values_list("state").annotate(n=Count("id"))
    found = dict(rows)
    return [(look, found[state]) for state, look in STATES.items() if state in found]


@register.filter
def of(mapping: dict[str, Any], key: str) -> Any:
    """`{{ purposes|of:code }}`: what a mapping holds under a key, else the key."""
    return mapping.get(key, key)
