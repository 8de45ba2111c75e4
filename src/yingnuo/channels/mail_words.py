"""In which words do a mailbox's mails speak: its sender's name, its signature, its frames around replies and receipts?

They are kept per language in the mailbox's settings (`words`) and are Liquid without files, calls or endless loops. A
wording that cannot be filled in must not hold a mail back: the plain form goes out instead, and the settings page says
what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.brands import books as brands
from yingnuo.brands import texts
from yingnuo.brands import wording as liquid
from yingnuo.channels.models import Channel
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Ticket

PARTS = ("signature", "reply", "receipt")
KNOWN = ("text", "number", "subject", "customer", "staff", "team", "organisation", "url", "signature")
"""What a wording may ask for."""


def problem(wording: str) -> str:
    """What is wrong with a wording and where, "" when nothing is."""
    return liquid.problem(wording, KNOWN)


def wording(channel: Channel | None, part: str, language: str) -> str:
    """A mailbox's own wording in this language; "" where it has none."""
    words = (channel.settings.get("words") or {}) if channel else {}
    of_language = words.get(language) if isinstance(words, dict) else None
    return str(of_language.get(part) or "") if isinstance(of_language, dict) else ""


def values_of(ticket: Ticket, *, text: str = "", staff: str = "", team: str = "") -> dict[str, str]:
    """What wordings may ask for, but for the signature."""
    return {
        "text": text, "number": ticket.number, "subject": ticket.subject, "customer": ticket.contact.name,
        "staff": staff, "team": team, "organisation": brands.name_of(ticket.brand, ticket.language),
        "url": links.promise_url(ticket),
    }  # fmt: skip


def of_message(channel: Channel | None, ticket: Ticket, message: Message) -> str:
    """The whole text of a mail: a message in the frame of its mailbox, else of its brand, else the plain one."""
    staff = message.staff.name if message.staff else ""
    team = message.staff.team.name if message.staff and message.staff.team else ""
    values = _signed(channel, ticket, values_of(ticket, text=message.text, staff=staff, team=team))
    book = brands.kept()
    frame = wording(channel, "reply", ticket.language) or book.text(ticket.brand, "reply", ticket.language)
    framed = liquid.filled(frame, values) if message.staff and frame else ""
    footer = book.of(ticket.brand).footer.strip()
    return (framed or plain(ticket.language, values)) + (f"\n{footer}\n" if footer else "")


def _signed(channel: Channel | None, ticket: Ticket, values: dict[str, str]) -> dict[str, str]:
    """The values with the signature of the mailbox, else of the brand."""
    own = wording(channel, "signature", ticket.language) or brands.kept().of(ticket.brand).signature
    return values | {"signature": liquid.filled(own, values)}


def plain(language: str, values: Mapping[str, str]) -> str:
    """The built-in frame: the words, who signs, and where the customer sees how his request stands."""
    with override(language):
        foot = _("See how your request stands: %(url)s") % {"url": values["url"]}
    # a signature of the mailbox says who signs; without one the writer's name stands below his words
    name = f"\n\n{values['staff']}" if values["staff"] and not values["signature"] else ""
    signature = f"{values['signature']}\n" if values["signature"] else ""
    return f"{values['text']}{name}\n\n-- \n{signature}{foot}\n"


def of_receipt(channel: Channel | None, ticket: Ticket, *, promise: str = "") -> str:
    """What a receipt says: in the mailbox's words, which must tell the promise page; else in the brand's."""
    values = _signed(channel, ticket, values_of(ticket)) | {"promise": promise}
    own = wording(channel, "receipt", ticket.language)
    said = liquid.filled(own, values) if own else ""
    return said if values["url"] in said else automatic("receipt", ticket, values)


def automatic(code: str, ticket: Ticket, more: Mapping[str, str]) -> str:
    """An automatic text about a ticket, in its brand's words and its customer's language."""
    values = _signed(None, ticket, values_of(ticket)) | dict(more)
    return texts.say(code, brand=ticket.brand, language=ticket.language, values=values)
