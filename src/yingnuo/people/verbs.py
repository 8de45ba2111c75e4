"""What does each right of a role allow, in words, and which rights belong together?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Word = str | Promise


@dataclass(frozen=True, slots=True)
class Verb:
    """One right: what `roles.require` asks for, and what it lets somebody do."""

    code: str
    word: Word


@dataclass(frozen=True, slots=True)
class Group:
    """Rights that belong together."""

    code: str
    title: Word
    icon: str
    verbs: tuple[Verb, ...]


def _group(code: str, title: Word, icon: str, *verbs: tuple[str, Word]) -> Group:
    return Group(code, title, icon, tuple(Verb(*verb) for verb in verbs))


GROUPS: tuple[Group, ...] = (
    _group(
        "tickets", _("Tickets"), "ticket",
        ("ticket.view", _("Read the tickets within sight, with messages, files and promises")),
        ("ticket.create", _("Open tickets for customers")),
        ("ticket.reply", _("Answer customers")),
        ("ticket.note", _("Write internal notes, and ask other teams for something")),
        ("ticket.edit", _("Change facts, tags and links; put aside; promise a date")),
        ("ticket.fill", _("Fill fields in")),
        ("ticket.lead_fields", _("Fill in the fields that only leads fill in")),
        ("tag.invent", _("Use tags that nobody has used before")),
        ("ticket.assign", _("Give tickets to teams and people")),
        ("ticket.pause", _("Pause and resume")),
        ("ticket.record", _("Record what happened")),
        ("ticket.merge", _("Merge and split")),
        ("ticket.resolve", _("Resolve")),
        ("ticket.reopen", _("Reopen")),
        ("ticket.close", _("Close without a solution")),
        ("ticket.chain", _("See which team and person had a ticket for how long")),
        ("ticket.export", _("Take lists of tickets out")),
        ("list.share", _("Share saved lists, and change shared ones")),
    ),
    _group(
        "customers", _("Customers"), "users",
        ("customer.view", _("Read customers and companies, phone numbers in full")),
        ("customer.edit", _("Add, change and join customers; change companies")),
        ("customer.export", _("Take lists of customers out")),
    ),
    _group(
        "talks", _("Chats and calls"), "messages",
        ("chat.work", _("Take chats and write in them")),
        ("call.take", _("Take calls, and call back who is owed a call")),
        ("call.dial", _("Call customers by a click")),
        ("call.listen", _("Listen to recordings of calls")),
        ("hotline.view", _("Watch the hotline: who waits, who speaks")),
    ),
    _group(
        "devices", _("Devices"), "devices",
        ("device.view", _("Read devices, their readings and alarms")),
        ("device.steps", _("Examine devices from afar, step by step")),
        ("device.edit", _("Register and change devices, their rules and step lists")),
    ),
    _group(
        "breaches", _("Warnings and breaches"), "hand-stop",
        ("notice.ack", _("Take up warnings")),
        ("breach.reason", _("Say why a promise was broken, ask for an excuse")),
        ("breach.list", _("List broken promises")),
        ("breach.excuse", _("Decide about excuses")),
    ),
    _group(
        "figures", _("Figures and history"), "chart-bar",
        ("dashboard.view", _("Read figures, the present standing and lab runs")),
        ("wall.view", _("Watch the wall and the dispatch board")),
        ("simulator.view", _("Let sample requests come in at the simulator")),
        ("ledger.view", _("Read the whole ledger")),
    ),
    _group(
        "people", _("Organisation"), "sitemap",
        ("people.view", _("Read teams, departments, staff and absences")),
        ("people.edit", _("Change teams, departments, staff and absences; set passwords")),
        ("role.edit", _("Say what each role may do")),
    ),
    _group(
        "settings", _("Settings"), "settings",
        ("settings.view", _("Open the settings")),
        ("settings.draft", _("Draft and propose standards")),
        ("settings.approve", _("Approve standards of others")),
        ("settings.edit", _("Change dispatch rules, product lines, fields, tags and wording")),
        ("automation.edit", _("Change rules of automation and everybody's macros")),
        ("import.run", _("Hand in tables, take them in and undo them")),
    ),
    _group(
        "system", _("Connections and system"), "plug",
        ("channel.edit", _("Set up channels, mailboxes and chat sites")),
        ("token.edit", _("Make and revoke API tokens and own apps")),
        ("webhook.edit", _("Set up and watch webhooks")),
        ("admin", _("Administer: is told when something of the system fails, and changes other administrators")),
        ("styleguide.view", _("Open the style guide")),
        ("demo.steer", _("Steer the demonstration")),
    ),
)  # fmt: skip
WORDS: dict[str, Word] = {verb.code: verb.word for group in GROUPS for verb in group.verbs}


def word(code: str) -> str:
    """A right in the reader's language; one that is no more as its code."""
    return str(WORDS.get(code, code))


def sorted_as_shown(codes: Iterable[str]) -> list[str]:
    """Rights in the order of the catalogue; what it does not know comes last."""
    places = {code: place for place, code in enumerate(WORDS)}
    return sorted(codes, key=lambda code: (places.get(code, len(places)), code))
