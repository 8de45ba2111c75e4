"""What does a notice say, in its reader's language?

Built-in wording comes from the translations; an installation may replace it per reason, way and language by a Liquid
template over the same values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.alerts import sandbox
from yingnuo.alerts.models import Notice, Template
from yingnuo.people.models import Staff
from yingnuo.promises import naming
from yingnuo.tickets import links
from yingnuo.tickets.models import Ticket, Urgency

CUSTOMER_WARNING, CUSTOMER_BROKEN = "customer_warning", "customer_broken"  # reasons that are worded for customers


@dataclass(frozen=True, slots=True)
class Worded:
    """Subject and text of a notice; for an SMS also the code of the template that may be sent in their place."""

    subject: str
    text: str
    template: str = ""
    values: tuple[tuple[str, str], ...] = ()
    language: str = ""


def word(notice: Notice, ticket: Ticket, reader: Staff, *, url: str, language: str = "") -> Worded:
    """The notice in its reader's time zone and language, which is that of the desk unless he wants another."""
    with override(language or reader.language):
        values = _values(notice, ticket, reader, url)
        own = _own(notice.reason, notice.way, language or reader.language)
        if own is not None:
            worded = Worded(sandbox.fill(own.subject, values), sandbox.fill(own.body, values))
        else:
            worded = _sms(notice, values) if notice.way == "sms" else _mail(notice, values)
        return _with_template(worded, notice.reason, values, language or reader.language)


def _with_template(worded: Worded, what: str, values: Mapping[str, str], language: str) -> Worded:
    return replace(worded, template=f"notice_{what}", values=tuple(values.items()), language=language)


def _own(reason: str, way: str, language: str) -> Template | None:
    return Template.objects.filter(reason=reason, way=way, language=language).first()


def to_customer(ticket: Ticket, milestone: str, due: datetime | None, *, broken: bool) -> str:
    """What the customer is told of a promise that may run out or is broken, in his language and on his clock."""
    reason = CUSTOMER_BROKEN if broken else CUSTOMER_WARNING
    with override(ticket.language):
        values = _facts(ticket, milestone, due, ticket.contact.zone) | {"url": links.promise_url(ticket)}
        own = _own(reason, "mail", ticket.language)
        if own is not None:
            return sandbox.fill(own.body, values)
        return builtin_to_customer(reason) % values


def customers_values(ticket: Ticket, milestone: str, due: datetime | None) -> dict[str, str]:
    """What an approved template may name of the same, in his language and on his clock."""
    with override(ticket.language):
        return _facts(ticket, milestone, due, ticket.contact.zone) | {"url": links.promise_url(ticket)}


def builtin_to_customer(reason: str) -> str:
    """The built-in words to the customer, with named places, in the language in force."""
    if reason == CUSTOMER_BROKEN:
        return _(
            "We promised you for your request %(number)s “%(subject)s”: %(milestone)s by %(due)s. We have not kept "
            "this promise, and we are sorry.\n\nYour request has been brought to the attention of those in charge; "
            "a person will contact you.\n\nThis is an automatic message."
        )
    return _(
        "We promised you for your request %(number)s “%(subject)s”: %(milestone)s by %(due)s. It is still being worked "
        "on and may become late. The people in charge have been told.\n\nThis is an automatic message."
    )


def _values(notice: Notice, ticket: Ticket, reader: Staff, url: str) -> dict[str, str]:
    return _facts(ticket, notice.milestone, notice.due_at, reader.time_zone) | {"url": url}


def _facts(ticket: Ticket, milestone: str, due: datetime | None, zone: str) -> dict[str, str]:
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "milestone": naming.milestone(milestone) if milestone else "",
        "urgency": str(Urgency(ticket.urgency).label),
        "due": local(due, zone),
        "customer": str(ticket.contact),
        "agent": ticket.agent.name if ticket.agent else _("nobody yet"),
        "team": ticket.team.name if ticket.team else _("no team"),
    }


def local(at: datetime | None, zone: str) -> str:
    """An instant on somebody's clock, short."""
    return date_format(at.astimezone(ZoneInfo(zone)), "m-d H:i") if at else _("paused")


def headline(reason: str) -> str:
    """One line that says what the notice is about."""
    return {
        "warning": _("A promise is about to run out"),
        "unacknowledged": _("Nobody has taken up a warning"),
        "broken": _("A promise is broken"),
        "urged": _("The customer urges"),
        "undeliverable": _("A message did not reach the customer"),
        "children_done": _("The last sub-ticket is solved"),
        "mentioned": _("You were named in a note"),
        "reply_stopped": _("A reply of yours did not leave"),
        "proposed": _("A standard waits for your decision"),
        "approved": _("Your standard was approved"),
        "rejected": _("Your standard was refused"),
        "in_force": _("A standard has come in force"),
        "review": _("A standard is to be looked at again"),
        "holidays": _("Public holidays are missing"),
        "task_asked": _("Your team is asked for something"),
        "task_question": _("A question about a task you asked for"),
        "task_answered": _("Your question about a task was answered"),
        "task_done": _("A task you asked for is done"),
        "task_refused": _("A task you asked for was refused"),
        "task_withdrawn": _("A task is not needed any more"),
        "task_passed_on": _("A task was passed on to you"),
        "approval_asked": _("An approval waits for your decision"),
        "approval_answered": _("Your question about an approval was answered"),
        "approval_question": _("A question about an approval you asked for"),
        "approval_approved": _("What you asked for is approved"),
        "approval_declined": _("What you asked for is declined"),
        "approval_withdrawn": _("An approval is not needed any more"),
        "approval_void": _("An approval is void: the ticket changed"),
        "webhook_off": _("A webhook was switched off"),
        "automation": _("A rule asks you to look at a ticket"),
        "automation_off": _("A rule of automation was switched off"),
        "sms_cap": _("The budget for SMS is used up"),
        CUSTOMER_WARNING: _("To the customer: a promise may become late"),
        CUSTOMER_BROKEN: _("To the customer: a promise is broken"),
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


def about_cap(reader: Staff, *, url: str, language: str = "") -> Worded:
    """What an administrator is told when SMS have become too dear, in no ticket's name."""
    with override(language or reader.language):
        text = _(
            "The budget for SMS is used up. Until there is one again, warnings that would go by SMS go by mail or "
            "appear in the desk. How much was spent, and the caps, you find here:"
        )
        return Worded(headline("sms_cap"), f"{text}\n{url}")


def digest(
    notices: Sequence[Notice], tickets: Mapping[int, Ticket], reader: Staff, *, desk: str, language: str = ""
) -> Worded:
    """Many notices to one person in one message, the most urgent first; `desk` is the address tickets stand below."""
    with override(language or reader.language):
        ordered = sorted(notices, key=lambda n: _pressing(n, tickets.get(n.ticket_id)))
        subject = _("%(count)s notices about promises") % {"count": len(notices)}
        if ordered[0].way == "sms":
            numbers = ", ".join(dict.fromkeys(f"YN-{n.ticket_id}" for n in ordered))
            short = Worded("", f"{subject}: {numbers[:120]} {desk}")
            values = {"count": str(len(notices)), "number": numbers, "url": desk}
            return _with_template(short, "digest", values, language or reader.language)
        blocks = [_line(n, tickets[n.ticket_id], reader, desk) for n in ordered if n.ticket_id in tickets]
        return Worded(subject, "\n\n".join([f"{subject}:", *blocks]))


_REASON_ORDER = ("broken", "urged", "unacknowledged", "undeliverable", "warning")
_URGENCY_ORDER = (Urgency.URGENT.value, Urgency.IMPORTANT.value, Urgency.GENERAL.value)


def _pressing(n: Notice, ticket: Ticket | None) -> tuple[int, int, float, int]:
    urgency = _URGENCY_ORDER.index(ticket.urgency) if ticket else len(_URGENCY_ORDER)
    reason = _REASON_ORDER.index(n.reason) if n.reason in _REASON_ORDER else len(_REASON_ORDER)
    return urgency, reason, n.due_at.timestamp() if n.due_at else float("inf"), n.pk


def _line(n: Notice, ticket: Ticket, reader: Staff, desk: str) -> str:
    v = _facts(ticket, n.milestone, n.due_at, reader.time_zone)
    promise = _("%(milestone)s, due %(due)s") % v if v["milestone"] else ""
    facts = " · ".join(part for part in (v["urgency"], promise, v["agent"]) if part)
    return f"{headline(n.reason)}: {v['number']} {v['subject']}\n{facts}\n{desk}{ticket.pk}/"
