"""Which plain words stand for events, moments, actions and refusals of rules and macros?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk.settings import words
from yingnuo.engine.automation import Actions, Trigger, read_actions, read_trigger
from yingnuo.kit import formats
from yingnuo.tickets import fields


def events() -> dict[str, str]:
    """What can set a rule off."""
    return {
        "opened": _("a ticket is opened"), "customer_wrote": _("the customer writes"),
        "answered": _("an agent answers"), "noted": _("a note is written"),
        "assigned": _("it is given to a team or person"), "urgency_changed": _("the urgency changes"),
        "kind_changed": _("the kind changes"), "tags_changed": _("the tags change"),
        "waiting": _("it is set to wait"), "resumed": _("waiting is over"), "resolved": _("it is resolved"),
        "closed": _("it is closed"), "reopened": _("it is reopened"), "urged": _("the customer urges"),
        "rated": _("the customer rates"), "promise_warned": _("a promise is about to run out"),
        "promise_broken": _("a promise is broken"), "promise_kept": _("a promise is kept"),
        "approval_asked": _("an approval is asked for"), "approval_granted": _("an approval is granted"),
        "approval_declined": _("an approval is declined"),
    }  # fmt: skip


def moments() -> dict[str, str]:
    """From which moments a rule of time counts."""
    return {
        "opened": _("after it was opened"), "customer_wrote": _("after the customer wrote, without an answer"),
        "answered": _("after our answer, without a word from the customer"),
        "waiting": _("after it began to wait, still waiting"), "resolved": _("after it was resolved, still resolved"),
    }  # fmt: skip


def actions() -> dict[str, str]:
    """What can be done, in a word."""
    return {
        "kind": _("Kind"), "urgency": _("Urgency"), "product_line": _("Product line"), "fields": _("Fields"),
        "add_tags": _("Add tags"),
        "remove_tags": _("Remove tags"), "team": _("Give to the team"), "agent": _("Give to the person"),
        "note": _("Write a note"), "send": _("Write to the customer"), "status": _("Status"),
        "snooze": _("Put aside for"), "notify": _("Tell by role"), "approval": _("Ask for approval"),
        "people": _("Tell people"),
    }  # fmt: skip


def statuses() -> dict[str, str]:
    """What the status can become."""
    return {
        "resolve": _("Resolve"), "close": _("Close"), "reopen": _("Reopen"), "wait": _("Wait for the customer"),
    }  # fmt: skip


def refusals() -> dict[str, str]:
    """Why an action was refused or a rule held back, by code."""
    return {
        "own_change": _("it would have answered to its own change"),
        "too_deep": _("too many rules set each other off"), "often": _("it acted often enough on this ticket today"),
        "ticket_closed": _("the ticket is closed"), "ticket_merged": _("the ticket was merged"),
        "other_state": _("the ticket is not in a state for that"),
        "holder_gone": _("the team or the person is not there any more"),
        "too_often": _("the customer has had enough automatic messages for this hour"),
        "not_allowed": _("not allowed"), "approval_needed": _("it must be approved first"),
        "approval_waits": _("an approval is not decided yet"), "approval_open": _("the approval is asked for already"),
        "steps_open": _("required steps are open"), "nobody_decides": _("nobody could decide it"),
        "trouble": _("an error of the program; it is in the log"),
    }  # fmt: skip


def refusal(code: str) -> str:
    """One of them; another code as it is."""
    return refusals().get(code, code)


def trigger(spec: Mapping[str, Any]) -> str:
    """When a rule looks, in words."""
    return told_trigger(read_trigger(spec))


def told_trigger(t: Trigger) -> str:
    """As `trigger`, of one that is read already."""
    if t.event:
        return _("when %(event)s") % {"event": events()[t.event]}
    said = {"span": formats.duration(t.seconds), "moment": moments()[t.since]}
    if t.calendar:
        return _("%(span)s of service time %(moment)s") % said
    return _("%(span)s %(moment)s") % said


def told(spec: Mapping[str, Any], lexicon: words.Lexicon) -> list[tuple[str, str]]:
    """The actions of a rule or macro: what, and to what."""
    return [(actions()[name], value_of(name, value, lexicon)) for name, value in read_actions(spec).chosen()]


def _plain(one: object) -> object:
    return list(one) if isinstance(one, tuple) else one


def value_of(name: str, value: Any, lexicon: words.Lexicon) -> str:
    """What one action sets, in words."""
    if name == "fields":
        known = fields.kept()
        return ", ".join(f"{known.name(code)}: {known.said(code, _plain(one)) or '—'}" for code, one in value)
    if name == "snooze":
        return formats.duration(value)
    if name == "status":
        return statuses()[value]
    if name == "notify":
        return _listed([words.audiences()[one] for one in value])
    if isinstance(value, tuple):
        return _listed(value)
    return lexicon.value(name, value) if name in ("kind", "urgency", "product_line", "team") else str(value)


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)


def summary(found: Actions, lexicon: words.Lexicon) -> str:
    """All actions in one line."""
    labels = actions()
    shown = (f"{labels[name]}: {value_of(name, value, lexicon)[:60]}" for name, value in found.chosen())
    return " · ".join(shown)
