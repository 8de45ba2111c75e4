"""In which words do a mailbox's mails speak: its sender's name, its signature, its frames around replies and receipts?

They are kept per language in the mailbox's settings (`words`) and are Liquid without files, calls or endless loops. A
wording that cannot be filled in must not hold a mail back: the plain form goes out instead, and the settings page says
what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import liquid
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from liquid.exceptions import LiquidError

from yingnuo.channels.models import Channel
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Ticket

PARTS = ("signature", "reply", "receipt")
KNOWN = ("text", "number", "subject", "customer", "staff", "team", "organisation", "url", "signature")
"""What a wording may ask for."""


class _Sandbox(liquid.Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 200_000
    local_namespace_limit = 20_000
    context_depth_limit = 10


_lenient, _strict = _Sandbox(), _Sandbox(undefined=liquid.StrictUndefined)


def problem(wording: str) -> str:
    """What is wrong with a wording, "" when nothing is."""
    try:
        _strict.from_string(wording).render(**dict.fromkeys(KNOWN, "…"))
    except LiquidError as error:
        return str(error.message)
    return ""


def wording(channel: Channel | None, part: str, language: str) -> str:
    """A mailbox's own wording in this language; "" where it has none."""
    words = (channel.settings.get("words") or {}) if channel else {}
    of_language = words.get(language) if isinstance(words, dict) else None
    return str(of_language.get(part) or "") if isinstance(of_language, dict) else ""


def filled(template: str, values: Mapping[str, str]) -> str:
    """A wording with these values; "" when it cannot be filled in."""
    try:
        return str(_lenient.from_string(template).render(**values)).strip()
    except LiquidError:
        return ""


def values_of(ticket: Ticket, *, text: str = "", staff: str = "", team: str = "") -> dict[str, str]:
    """What wordings may ask for, but for the signature."""
    return {
        "text": text, "number": ticket.number, "subject": ticket.subject, "customer": ticket.contact.name,
        "staff": staff, "team": team, "organisation": settings.YINGNUO.organisation or "Yingnuo",
        "url": links.promise_url(ticket),
    }  # fmt: skip


def of_message(channel: Channel | None, ticket: Ticket, message: Message) -> str:
    """The whole text of a mail: a message in the frame of its mailbox."""
    staff = message.staff.name if message.staff else ""
    team = message.staff.team.name if message.staff and message.staff.team else ""
    values = values_of(ticket, text=message.text, staff=staff, team=team)
    values["signature"] = filled(wording(channel, "signature", ticket.language), values)
    frame = wording(channel, "reply", ticket.language) if message.staff else ""
    return (filled(frame, values) if frame else "") or plain(ticket.language, values)


def plain(language: str, values: Mapping[str, str]) -> str:
    """The built-in frame: the words, who signs, and where the customer sees how his request stands."""
    with override(language):
        foot = _("See how your request stands: %(url)s") % {"url": values["url"]}
    # a signature of the mailbox says who signs; without one the writer's name stands below his words
    name = f"\n\n{values['staff']}" if values["staff"] and not values["signature"] else ""
    signature = f"{values['signature']}\n" if values["signature"] else ""
    return f"{values['text']}{name}\n\n-- \n{signature}{foot}\n"


def of_receipt(channel: Channel | None, ticket: Ticket, built_in: str) -> str:
    """What a receipt says: in the mailbox's own words, which must tell the promise page; else the plain ones."""
    template = wording(channel, "receipt", ticket.language)
    values = values_of(ticket)
    values["signature"] = filled(wording(channel, "signature", ticket.language), values)
    said = filled(template, values) if template else ""
    return said if values["url"] in said else built_in
