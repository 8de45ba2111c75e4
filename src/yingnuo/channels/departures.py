"""What is looked at before a message leaves by a channel, and how does it leave?

The lawful basis of a channel abroad; the approved template, where one is asked for or nothing else is taken; for SMS
the limits of the number, the month's cap, and whether the number unsubscribed.
"""

from __future__ import annotations

from dataclasses import replace

from yingnuo.channels import accounts, basis, registry, sms_book, templates
from yingnuo.channels.contract import ChannelError, Form, Outgoing
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_book import Leaving
from yingnuo.channels.sms_models import Purpose
from yingnuo.kit import instants


def send(channel: Channel, out: Outgoing, *, purpose: str = Purpose.ANSWER) -> str:
    """Sends by this channel what may leave; the provider's id. Raises ChannelError."""
    basis.check(channel)
    profile = registry.adapter_of(channel.kind).profile
    ready = replace(out, form=form_of(channel, out))
    if profile.group != "sms":
        return registry.adapter_of(channel.kind).send(accounts.of(channel), ready)
    return _send_sms(channel, ready, purpose)


def form_of(channel: Channel, out: Outgoing) -> Form | None:
    """The template to send; ChannelError where one is needed and there is no approved one. None: the words go."""
    if out.form is not None:
        return out.form
    profile = registry.adapter_of(channel.kind).profile
    if not (profile.templates_only or (out.template and profile.window.templates)):
        return None
    if not out.template:
        raise ChannelError("template_needed", "", permanent=True)
    row = templates.approved(channel, out.template, out.language)
    if row is None:
        raise ChannelError("template_not_approved", out.template, permanent=True)
    return templates.filled(row, dict(out.values))


def _send_sms(channel: Channel, out: Outgoing, purpose: str) -> str:
    text = out.form.text if out.form else out.text
    leaving = Leaving(out.key, out.to, text, purpose, out.template if out.form else "", out.owed)
    row = sms_book.book(channel, leaving, now=instants.now())
    try:
        external = registry.adapter_of(channel.kind).send(accounts.of(channel), out)
    except ChannelError as error:
        sms_book.failed(row, str(error))
        raise
    sms_book.sent(row, external)
    return external
