"""What does a notice say, in its reader's language?

Built-in wording comes from the translations; an installation may replace it per reason, way and language by a Liquid
template over the same values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import liquid
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.alerts.models import Notice, Template
from yingnuo.people.models import Staff
from yingnuo.promises.models import MilestoneCode
from yingnuo.tickets.models import Ticket, Urgency

_liquid = liquid.Environment()


@dataclass(frozen=True, slots=True)
class Worded:
    """Subject and text of a notice."""

    subject: str
    text: str


def word(notice: Notice, ticket: Ticket, reader: Staff, *, url: str) -> Worded:
    """The notice in its reader's language and time zone."""
    with override(reader.language):
        values = _values(notice, ticket, reader, url)
        own = Template.objects.filter(reason=notice.reason, way=notice.way, language=reader.language).first()
        if own is not None:
            return Worded(_fill(own.subject, values), _fill(own.body, values))
        return _sms(notice, values) if notice.way == "sms" else _mail(notice, values)


def _values(notice: Notice, ticket: Ticket, reader: Staff, url: str) -> dict[str, str]:
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "milestone": str(MilestoneCode(notice.milestone).label) if notice.milestone in MilestoneCode.values else "",
        "urgency": str(Urgency(ticket.urgency).label),
        "due": _local(notice.due_at, reader.time_zone),
        "customer": str(ticket.contact),
        "agent": ticket.agent.name if ticket.agent else _("nobody yet"),
        "team": ticket.team.name if ticket.team else _("no team"),
        "url": url,
    }


def _local(at: datetime | None, zone: str) -> str:
    return date_format(at.astimezone(ZoneInfo(zone)), "m-d H:i") if at else _("paused")


def _fill(template: str, values: dict[str, str]) -> str:
    return str(_liquid.from_string(template).render(**values))


def check_template(text: str) -> str:
    """ "" when a template can be filled, else what is wrong with it."""
    try:
        _liquid.from_string(text)
    except liquid.exceptions.LiquidError as error:
        return str(error)
    return ""


def headline(reason: str) -> str:
    """One line that says what the notice is about."""
    return {
        "warning": _("A promise is about to run out"),
        "unacknowledged": _("Nobody has taken up a warning"),
        "broken": _("A promise is broken"),
        "urged": _("The customer urges"),
        "undeliverable": _("A message did not reach the customer"),
        "proposed": _("A standard waits for your decision"),
        "approved": _("Your standard was approved"),
        "rejected": _("Your standard was refused"),
        "in_force": _("A standard has come in force"),
        "review": _("A standard is to be looked at again"),
        "holidays": _("Public holidays are missing"),
    }.get(reason, _("A notice about a ticket"))


def _mail(notice: Notice, v: dict[str, str]) -> Worded:
    lines = [
        headline(notice.reason) + ":",
        "",
        _("%(number)s %(subject)s") % v,
        *([_("Promise: %(milestone)s, due %(due)s") % v] if v["milestone"] else ()),
        _("Urgency: %(urgency)s") % v,
        _("Customer: %(customer)s") % v,
        _("Holder: %(agent)s, %(team)s") % v,
        "",
        v["url"],
    ]
    if notice.ack_by:
        lines.insert(-1, _("Please acknowledge in the desk; without it the next step follows."))
    subject = f"[{v['urgency']}] {headline(notice.reason)}: {v['number']} {v['subject']}"
    return Worded(subject[:200], "\n".join(lines))


def _sms(notice: Notice, v: dict[str, str]) -> Worded:
    text = _("%(number)s %(milestone)s due %(due)s, %(agent)s: %(subject)s") % v
    return Worded("", f"{headline(notice.reason)}. {text}"[:210])


def digest(notices: list[Notice], reader: Staff, *, url: str) -> Worded:
    """Many notices to one person at once, in one message."""
    with override(reader.language):
        subject = _("%(count)s notices about promises") % {"count": len(notices)}
        numbers = ", ".join(dict.fromkeys(f"YN-{n.ticket_id}" for n in notices if n.ticket_id))
        return Worded(subject, f"{subject}: {numbers[:400]}\n{url}")
