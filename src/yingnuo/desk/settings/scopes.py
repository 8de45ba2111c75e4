"""What does each scope of a token allow, in plain words, and which belong together?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Group:
    """Scopes that belong together: (scope, words)."""

    title: str | Promise
    scopes: tuple[tuple[str, str | Promise], ...]


GROUPS = (
    Group(
        _("Tickets"),
        (
            ("ticket.view", _("Read tickets, messages, files and promises")),
            ("ticket.create", _("Open tickets and add customers' words")),
            ("ticket.reply", _("Answer customers")),
            ("ticket.note", _("Write internal notes")),
            ("ticket.edit", _("Change facts, tags and links; put aside; promise a date")),
            ("ticket.fill", _("Fill fields in")),
            ("tag.invent", _("Use tags that nobody has used before")),
            ("ticket.assign", _("Give tickets to teams and people")),
            ("ticket.pause", _("Pause and resume")),
            ("ticket.record", _("Record what happened")),
            ("ticket.merge", _("Merge and split")),
            ("ticket.resolve", _("Resolve")),
            ("ticket.reopen", _("Reopen")),
            ("ticket.close", _("Close without a solution")),
            ("list.share", _("Share saved lists, and change shared ones, as whom the token acts for")),
        ),
    ),
    Group(
        _("Customers"),
        (
            ("customer.view", _("Read customers and companies, phone numbers in full")),
            ("customer.edit", _("Add, change and join customers; change companies")),
        ),
    ),
    Group(
        _("Warnings and breaches"),
        (
            ("notice.ack", _("Read and take up warnings of whom the token acts for")),
            ("breach.reason", _("Say why a promise was broken, ask for an excuse")),
            ("breach.list", _("List broken promises")),
            ("breach.excuse", _("Decide about excuses, as whom the token acts for")),
        ),
    ),
    Group(
        _("Figures and history"),
        (
            ("dashboard.view", _("Read figures, the present standing and lab runs")),
            ("ledger.view", _("Read the whole ledger")),
        ),
    ),
    Group(
        _("Tables and webhooks"),
        (
            ("import.run", _("Hand in tables, take them in and undo them")),
            ("ticket.export", _("Take lists of tickets out")),
            ("customer.export", _("Take lists of customers out")),
            ("webhook.edit", _("Set up and watch webhooks")),
        ),
    ),
    Group(
        _("House and settings"),
        (
            ("people.view", _("Read teams, departments, staff and absences")),
            ("people.edit", _("Change teams, departments, staff and absences")),
            ("role.edit", _("Say what each role may do, as whom the token acts for")),
            ("settings.view", _("Read standards, dispatch rules and channels")),
            ("settings.draft", _("Draft and propose standards")),
            ("automation.edit", _("Change rules of automation and everybody's macros")),
            ("settings.edit", _("Change dispatch rules, product lines, fields and reasons")),
            ("settings.approve", _("Approve standards, as whom the token acts for")),
            ("channel.edit", _("Try channels")),
        ),
    ),
)
WORDS = {scope: words for group in GROUPS for scope, words in group.scopes}


def told(scopes: Sequence[str]) -> list[tuple[str | Promise, list[str | Promise]]]:
    """The scopes of one token in words, by group; what no group knows is left as it is."""
    found = [(g.title, [words for scope, words in g.scopes if scope in scopes]) for g in GROUPS]
    return [(title, words) for title, words in found if words]
