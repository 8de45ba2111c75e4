"""What reaches a customer whose window is shut: an approved template that tells of the answer, where one is set up?

A channel's setting `outside` names the template, `outside_values` what stands in its places, one a line:
`name = {{ value }}` over number, subject, text, time and url. The answer itself stands on the customer's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import liquid
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from yingnuo.channels import registry
from yingnuo.channels.contract import ChannelError, Form, Outgoing
from yingnuo.channels.models import Channel, Delivery
from yingnuo.engine.windows import Shut
from yingnuo.tickets import links

_SHUT = frozenset({Shut.OVER.value, Shut.USED_UP.value, Shut.NEVER_WROTE.value, "window_too_small"})
_LONGEST = 500
_templates = liquid.Environment()


def goes(channel: Channel, shut: str) -> bool:
    """Whether a template may go where words may not, and one is set up."""
    window = registry.adapter_of(channel.kind).profile.window
    return window.templates and shut in _SHUT and bool(channel.settings.get("outside"))


def instead(channel: Channel, row: Delivery, out: Outgoing) -> Outgoing:
    """The template that goes in place of these words."""
    values = _values(row, out)
    filled = tuple((name, _filled(text, values)) for name, text in places(str(channel.settings.get("outside_values"))))
    form = Form(str(channel.settings["outside"]), filled, out.language)
    return replace(out, form=form, files=())


def places(lines: str) -> list[tuple[str, str]]:
    """The template's places and what stands in them, as the setting has them."""
    pairs = [line.partition("=") for line in lines.splitlines() if "=" in line]
    return [(name.strip(), text.strip()) for name, _equals, text in pairs if name.strip()]


def _values(row: Delivery, out: Outgoing) -> Mapping[str, str]:
    ticket = row.message.ticket
    with override(ticket.language):
        at = date_format(timezone.localtime(row.message.at), "Y-m-d H:i")
    return {
        "number": ticket.number, "subject": ticket.subject, "text": " ".join(out.text.split())[:_LONGEST],
        "time": at, "url": links.promise_url(ticket),
    }  # fmt: skip


def _filled(text: str, values: Mapping[str, str]) -> str:
    try:
        return str(_templates.from_string(text).render(**values))
    except liquid.exceptions.LiquidError as error:
        raise ChannelError("bad_template", str(error)[:160], permanent=True) from error
