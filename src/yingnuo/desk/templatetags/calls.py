"""Which parts do pages share about calls? Load with `{% load calls %}`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yingnuo.desk.calls import faces
from yingnuo.kit import formats
from yingnuo.people.models import Contact
from yingnuo.telephony import queries

register = template.Library()


@register.inclusion_tag("desk/calls/_dial.html", takes_context=True)
def dial(context: Context, contact: Contact, ticket: int = 0, task: int = 0, big: int = 0) -> dict[str, Any]:
    """`{% dial contact ticket=ticket.pk %}`: the button that calls; nothing for whoever has no telephone here."""
    may = bool(context.get("calls_topic")) and context["request"].actor.may("call.dial") and bool(contact.phone or task)
    return {"may_dial": may, "contact": contact, "ticket": ticket or "", "task": task or "", "big": big,
            "csrf_token": context.get("csrf_token")}  # fmt: skip


@register.inclusion_tag("desk/calls/_of_ticket.html", takes_context=True)
def calls_of(context: Context, ticket: int) -> dict[str, Any]:
    """`{% calls_of ticket.pk %}`: the calls of a ticket with their recordings; nothing where no telephone is."""
    request = context["request"]
    if request.names.phones is None:
        return {"calls": ()}
    found = [
        (c, faces.outcome(c), c.staff.name if c.staff else "", formats.duration(c.talked))
        for c in queries.of_ticket(ticket)
    ]
    return {"calls": found, "may_listen": request.actor.may("call.listen"), "now": context["now"]}


@register.simple_tag(takes_context=True)
def elapsed(context: Context, since: datetime) -> SafeString:
    """`{% elapsed call.asked_at %}`: how long it has lasted, counting on by itself."""
    now = context["now"]
    seconds = max(0, int((now - since).total_seconds()))
    hours, rest = divmod(seconds, 3_600)
    text = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"
    shape = '<yn-elapsed since="{}" now="{}">{}</yn-elapsed>'
    return format_html(shape, since.isoformat(), now.isoformat(), text)


@register.simple_tag
def lasted(seconds: int) -> str:
    """`{% lasted call.talked %}`: a duration, a dash for none."""
    return formats.duration(seconds) if seconds else "—"
