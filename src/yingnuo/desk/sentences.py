"""What does a ledger row say, in its reader's language?

The ledger keeps codes and params; every code has its sentence here, which a test asserts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yingnuo.desk import call_sentences, faces, guides, sayings, traffic, undelivered
from yingnuo.desk.choices import Names
from yingnuo.kit import formats, looks
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Told
from yingnuo.people.models import Tier
from yingnuo.promises import breach_reasons, naming
from yingnuo.tickets import fields
from yingnuo.tickets.asking import CUSTOM

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One row, told: who, what, with which icon and colour; `minor` may be folded away.

    `ticket` is the other ticket that `what` names, 0 for none.
    """

    at: datetime
    who: str
    what: str
    icon: str
    tone: str
    minor: bool
    ticket: int = 0


def line(event: Told, names: Names) -> Line:
    """The line of a ledger row; a code of a newer version is shown as it is."""
    say, icon, tone, minor = _SAYINGS.get(event.code, (lambda p, n: event.code, "point", "gray", True))
    other = event.params.get(_OTHER.get(event.code, ""), 0)
    return Line(event.at, who(event, names), say(event.params, names), icon, tone, minor, other)


def said(code: str, params: Params, names: Names) -> str:
    """The sentence of a known code alone."""
    return _SAYINGS[code][0](params, names)


def who(event: Told, names: Names) -> str:
    """Who did it, as far as a name helps the reader."""
    return doer(event.actor_kind, event.actor_id, names)


def doer(kind: str, pk: int, names: Names) -> str:
    """An actor's name, as far as it helps the reader; "" for what came by itself."""
    if kind == "staff":
        return names.person(pk) or _("Staff")
    return {"contact": _("Customer"), "token": _("Program"), "bot": _("Bot")}.get(kind, "")


def _due(p: Params) -> str:
    text = p.get("due")
    return formats.stamp(datetime.fromisoformat(text)) if text else _("not running")


def _plain(sentence: Callable[[], str]) -> Say:
    return lambda p, n: sentence()


_OF_A_PROMISE: dict[str, Say] = {
    "milestone": lambda p, n: faces.milestone(str(p.get("milestone", ""))),
    "due": lambda p, n: _due(p),
    "reason": lambda p, n: faces.reason(str(p.get("reason") or "")),
    "rule": lambda p, n: str(p.get("rule") or "—"),
    "overrun": lambda p, n: formats.duration(int(p.get("overrun") or 0)),
    "worked": lambda p, n: formats.duration(int(p.get("worked") or 0)),
    "holder": lambda p, n: n.person(p.get("holder")) or _("nobody"),
}


class _Words(dict[str, str]):
    """The words a sentence about a promise may name, each made only when it does: a page tells hundreds."""

    def __init__(self, params: Params, names: Names) -> None:
        self.params, self.names = params, names

    def __missing__(self, key: str) -> str:
        return _OF_A_PROMISE[key](self.params, self.names)


def _promise(sentence: Callable[[], str]) -> Say:
    """A sentence about a milestone with what its params may name."""
    return lambda p, n: sentence() % _Words(p, n)


def _retargeted(p: Params, n: Names) -> str:
    if p.get("reason") == "calendar":
        return _("%(milestone)s is now due %(due)s: the service time has changed") % _Words(p, n)
    return _("%(milestone)s is now due %(due)s (rule %(rule)s)") % _Words(p, n)


def _holder(p: Params, n: Names, team: str = "team", agent: str = "agent") -> str:
    return " · ".join(filter(None, (n.team(p.get(team)), n.person(p.get(agent))))) or _("nobody")


def _opened(p: Params, n: Names) -> str:
    way = looks.look(faces.CHANNEL, str(p.get("via", ""))).word
    return _("Ticket opened (%(way)s)") % {"way": way}


def _routed(p: Params, n: Names) -> str:
    said = _("Sent to %(holder)s") % {"holder": _holder(p, n)}
    rules = _("rule: %(rules)s") % {"rules": ", ".join(p.get("rules") or ())}
    return f"{said} ({rules})" if p.get("rules") else said


def _assigned(p: Params, n: Names) -> str:
    before = _holder(p, n, "from_team", "from_agent")
    return _("Given to %(holder)s, before: %(before)s") % {"holder": _holder(p, n), "before": before}


def _value(field: str, code: str, n: Names) -> str:
    if not code:
        return "—"
    say: dict[str, Callable[[str], object]] = {
        "kind": faces.kind, "urgency": lambda c: looks.look(looks.URGENCY, c).word, "region": n.region,
        "product_line": n.line, "tier": lambda c: dict(Tier.choices).get(c, c),
    }  # fmt: skip
    if field.startswith(CUSTOM):
        return fields.explained(field.removeprefix(CUSTOM), code, n.book)
    return str(say.get(field, str)(code))


def _field(code: str, n: Names) -> str:
    if code.startswith(CUSTOM):
        return n.book.name(code.removeprefix(CUSTOM))
    return {
        "kind": _("Kind"), "urgency": _("Urgency"), "region": _("Region"), "product_line": _("Product line"),
        "tier": _("Customer tier"), "tags": _("Tags"), "subject": _("Subject"), "via": _("Channel"),
    }.get(code, code)  # fmt: skip


def _changed(p: Params, n: Names) -> str:
    field = str(p.get("field", ""))
    said = _("%(field)s: %(old)s → %(new)s") % {
        "field": _field(field, n), "old": _value(field, str(p.get("old", "")), n),
        "new": _value(field, str(p.get("new", "")), n),
    }  # fmt: skip
    return f"{said} ({p['reason']})" if p.get("reason") else said


def _because(sentence: Callable[[], str]) -> Say:
    """A sentence with the reason behind it, where there is one."""
    return lambda p, n: sentence() + (f": {faces.reason(str(p['reason']))}" if p.get("reason") else "")


def _ticket(sentence: Callable[[], str], key: str) -> Say:
    return lambda p, n: sentence() % {"number": f"YN-{p.get(key, '')}"}


def _split_off(p: Params, n: Names) -> str:
    words = {"number": f"YN-{p.get('from', '')}"}
    if p.get("start") == "original":
        return _("Split off from %(number)s, promised from its start") % words
    return _("Split off from %(number)s, promised anew") % words


def _snoozed(p: Params, n: Names) -> str:
    until = p.get("until")
    return _("Put aside until %(until)s") % {"until": _due({"due": until})} if until else _("Put aside")


def _urged(p: Params, n: Names) -> str:
    count = int(p.get("count") or 1)
    return _("The customer urged") if count < 2 else _("The customer urged (%(n)s times)") % {"n": count}


def _given(p: Params, n: Names) -> str:
    names = [n.person(pk) for pk in p.get("people") or ()] + ([_("the customer")] if p.get("customer") else [])
    people = ", ".join(filter(None, names)) or _("nobody")
    reasons = {
        "warning": _("Warned, %(milestone)s is about to run out: %(people)s"),
        "unacknowledged": _("Told because nobody took up the warning: %(people)s"),
        "broken": _("Told that %(milestone)s is broken: %(people)s"),
    }
    text = reasons.get(str(p.get("reason")), _("Told: %(people)s"))
    return text % {"people": people, "milestone": faces.milestone(str(p.get("milestone", "")))}


def _recorded(p: Params, n: Names) -> str:
    deed, happened = naming.deed(str(p.get("deed", ""))), _due({"due": p.get("happened")})
    return _("Recorded: %(deed)s (%(happened)s)") % {"deed": deed, "happened": happened}


def _told(p: Params, n: Names) -> str:
    items = p.get("items")
    words = ", ".join(guides.short(str(item)) for item in items) if isinstance(items, list) else ""
    return _("Told the customer: %(items)s") % {"items": words}


def _corrected(p: Params, n: Names) -> str:
    milestone, happened = faces.milestone(str(p.get("milestone", ""))), _due({"due": p.get("happened")})
    words = {"milestone": milestone, "happened": happened, "was": _standing(p.get("was")), "is": _standing(p.get("is"))}
    if p.get("was") == p.get("is"):
        return _("%(milestone)s corrected: it was met at %(happened)s, which was recorded only now") % words
    return (
        _("%(milestone)s corrected from %(was)s to %(is)s: what happened at %(happened)s was recorded only now") % words
    )


def _reason_given(p: Params, n: Names) -> str:
    words = {
        "milestone": faces.milestone(str(p.get("milestone", ""))),
        "why": breach_reasons.word(str(p.get("reason"))),
    }
    return _("Why %(milestone)s was broken: %(why)s") % words


def _excuse_decided(p: Params, n: Names) -> str:
    words = {"milestone": faces.milestone(str(p.get("milestone", "")))}
    if p.get("decision") == "granted":
        return _("Excused the breach: %(milestone)s") % words
    return _("Did not excuse the breach: %(milestone)s") % words


def _standing(code: object) -> str:
    return str(looks.look(looks.STANDING, str(code)).word)


def _skipped(p: Params, n: Names) -> str:
    said = {
        "acknowledged": _("Step %(step)s not given again: somebody took it up"),
        "often": _("The customer was not told by step %(step)s: he heard from us often within the hour"),
        "no_address": _("The customer was not told by step %(step)s: no mail address is known"),
        "merged": _("The customer was not told by step %(step)s: the ticket was merged"),
    }.get(str(p.get("reason", "")), _("Warning step %(step)s came too late to be sent"))
    return said % {"step": p.get("step")}


def _setting(p: Params, n: Names) -> str:
    what = str(p.get("what", ""))
    return _("Customer links revoked") if what == "link" else _("Setting changed: %(what)s") % {"what": what}


def _basis(p: Params, n: Names) -> str:
    words = {"channel": p.get("channel", "")}
    if p.get("ground"):
        return _("The lawful basis of %(channel)s was recorded") % words
    return _("The lawful basis of %(channel)s was withdrawn") % words


def _unsubscribed(p: Params, n: Names) -> str:
    words = {"word": p.get("word", "")}
    return (
        _("A number wants SMS again (%(word)s)") % words
        if p.get("again")
        else _("A number unsubscribed by SMS (%(word)s)") % words
    )


def _standard(sentence: Callable[[], str]) -> Say:
    """A sentence about a version of a standard."""
    return lambda p, n: sentence() % {"what": p.get("what", ""), "version": p.get("version", "")}


def _approved(p: Params, n: Names) -> str:
    words = {"what": p.get("what", ""), "version": p.get("version", "")}
    if p.get("alone"):
        return _("%(what)s: version %(version)s approved by its author, for nobody else could") % words
    return _("%(what)s: version %(version)s approved") % words


def _done(p: Params, n: Names) -> str:
    if p.get("what"):
        return traffic.imported(p)
    count = int(p.get("count") or 0)
    return ngettext("%(n)s ticket imported", "%(n)s tickets imported", count) % {"n": count}


def _failed(p: Params, n: Names) -> str:
    if p.get("problem") == "returned":
        said = _("Not delivered: the customer's mail server sent it back")
        return f"{said} ({p['status']})" if p.get("status") else said
    return _("Not delivered: %(problem)s") % {"problem": undelivered.why(str(p.get("problem") or ""))}


#: The param that names another ticket.
_OTHER: dict[str, str] = {
    Code.TICKET_MERGED: "into", Code.TICKET_ABSORBED: "ticket", Code.TICKET_SPLIT: "ticket",
    Code.TICKET_SPLIT_OFF: "from", Code.TICKET_LINKED: "ticket", Code.TICKET_UNLINKED: "ticket",
    Code.TICKET_CHILDREN_DONE: "ticket",
}  # fmt: skip
_SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.TICKET_OPENED: (_opened, "ticket", "gray", True),
    Code.TICKET_ROUTED: (_routed, "route", "gray", True),
    Code.TICKET_ASSIGNED: (_assigned, "users", "blue", False),
    Code.TICKET_CHANGED: (_changed, "edit", "gray", True),
    Code.TICKET_WAITING: (_because(lambda: _("Waiting")), "player-pause", "gray", False),
    Code.TICKET_RESUMED: (_plain(lambda: _("Work goes on")), "player-play", "blue", False),
    Code.TICKET_RESOLVED: (_plain(lambda: _("Resolved")), "check", "green", False),
    Code.TICKET_CLOSED: (_because(lambda: _("Closed")), "lock", "gray", False),
    Code.TICKET_REOPENED: (_plain(lambda: _("Reopened")), "rotate", "orange", False),
    Code.TICKET_MERGED: (_ticket(lambda: _("Merged into %(number)s"), "into"), "git-merge", "purple", False),
    Code.TICKET_ABSORBED: (_ticket(lambda: _("Took in %(number)s"), "ticket"), "git-merge", "purple", False),
    Code.TICKET_SPLIT: (_ticket(lambda: _("%(number)s was split off"), "ticket"), "arrows-split", "purple", False),
    Code.TICKET_SPLIT_OFF: (_split_off, "arrows-split", "purple", False),
    Code.TICKET_SNOOZED: (_snoozed, "zzz", "gray", False),
    Code.TICKET_WOKE: (_plain(lambda: _("Back in the queue")), "alarm", "gray", False),
    Code.TICKET_URGED: (_urged, "bell-ringing", "red", False),
    Code.TICKET_RECORDED: (_recorded, "clipboard-check", "blue", False),
    Code.TICKET_RATED: (lambda p, n: _("Rated %(score)s of 5") % {"score": p.get("score")}, "star", "yellow", False),
    Code.TICKET_ERASED: (_plain(lambda: _("Personal data removed")), "trash", "gray", False),
    Code.MESSAGE_RECEIVED: (_plain(lambda: _("The customer wrote")), "message", "gray", True),
    Code.MESSAGE_SENT: (_plain(lambda: _("Reply sent")), "send", "blue", True),
    Code.MESSAGE_NOTED: (_plain(lambda: _("Note written")), "note", "yellow", True),
    Code.MESSAGE_RECEIPT: (_plain(lambda: _("Automatic receipt sent")), "mail", "gray", True),
    Code.MESSAGE_DELIVERED: (_plain(lambda: _("Mail delivered")), "mail-opened", "gray", True),
    Code.MESSAGE_UNDELIVERABLE: (_failed, "alert-triangle", "red", False),
    Code.PROMISE_GIVEN: (_promise(lambda: _("Promised: %(milestone)s by %(due)s")), "target", "gray", True),
    Code.PROMISE_RETARGETED: (
        _retargeted, "target-arrow", "blue", True,
    ),
    Code.PROMISE_PAUSED: (_promise(lambda: _("%(milestone)s stands still: %(reason)s")), "clock-pause", "gray", True),
    Code.PROMISE_RESUMED: (_promise(lambda: _("%(milestone)s runs again, due %(due)s")), "clock-play", "gray", True),
    Code.PROMISE_KEPT: (_promise(lambda: _("%(milestone)s kept in %(worked)s")), "circle-check", "green", True),
    Code.PROMISE_BROKEN: (
        _promise(lambda: _("%(milestone)s broken at %(due)s, held by %(holder)s")), "alert-triangle", "red", False,
    ),
    Code.PROMISE_MET_LATE: (_promise(lambda: _("%(milestone)s met, %(overrun)s late")), "clock-check", "orange", False),
    Code.PROMISE_CANCELLED: (_promise(lambda: _("%(milestone)s cancelled: %(reason)s")), "ban", "gray", True),
    Code.PROMISE_REOPENED: (_promise(lambda: _("%(milestone)s owed again, due %(due)s")), "rotate", "orange", True),
    Code.PROMISE_CHECKED: (_told, "checklist", "blue", True),
    Code.PROMISE_CORRECTED: (_corrected, "history", "blue", False),
    Code.BREACH_REASON_GIVEN: (_reason_given, "file-text", "blue", False),
    Code.BREACH_EXCUSE_ASKED: (
        _promise(lambda: _("Asked to excuse the breach: %(milestone)s")), "scale", "blue", False,
    ),
    Code.BREACH_EXCUSE_DECIDED: (_excuse_decided, "scale", "purple", False),
    Code.CUSTOMER_TOLD: (
        _promise(lambda: _("Told the customer that this was broken: %(milestone)s")), "message-report", "blue", False,
    ),
    Code.NOTICE_GIVEN: (_given, "bell", "orange", False),
    Code.NOTICE_SKIPPED: (
        _skipped, "bell-off", "gray", True,
    ),
    Code.NOTICE_ACKNOWLEDGED: (_plain(lambda: _("Took the warning up")), "user-check", "green", False),
    Code.PROOF_EXPORTED: (_promise(lambda: _("Took out the proof of %(milestone)s")), "shield-check", "gray", True),
    Code.CHAT_BEGAN: (_plain(lambda: _("A chat began")), "message-circle", "gray", False),
    Code.CHAT_HANDED_OVER: (_plain(lambda: _("The bot called a person")), "headset", "blue", False),
    Code.CHAT_ACCEPTED: (_plain(lambda: _("Took the chat")), "headset", "blue", False),
    Code.CHAT_TRANSFERRED: (
        lambda p, n: _("Chat handed to %(holder)s") % {"holder": _holder(p, n)}, "transfer", "purple", False,
    ),
    Code.CHAT_ENDED: (_plain(lambda: _("The chat ended")), "message-circle", "gray", False),
    Code.CHAT_TRANSCRIPT: (_plain(lambda: _("The chat was mailed to the customer")), "mail", "gray", True),
    Code.RAW_FAILED: (_plain(lambda: _("An arrival could not be understood; its raw form is kept")), "alert-circle",
                      "red", False),
    Code.AUTOMATIC_RECEIVED: (_plain(lambda: _("An automatic mail came (bounce or absence)")), "mail-forward", "gray",
                              False),
    Code.CALL_ANSWERED: (call_sentences.answered, "phone-incoming", "green", False),
    Code.CALL_MISSED: (call_sentences.missed, "phone-off", "red", False),
    Code.CALL_MOVED: (_plain(lambda: _("The call was about this ticket")), "phone", "blue", False),
    Code.CALL_ENDED: (call_sentences.ended, "phone", "gray", False),
    Code.CALL_DIALLED: (_plain(lambda: _("Called the customer by a click")), "phone-outgoing", "gray", True),
    Code.CALL_REACHED: (_plain(lambda: _("The customer answered our call")), "phone-call", "green", False),
    Code.CALL_IN_VAIN: (call_sentences.in_vain, "phone-off", "orange", False),
    Code.CALL_LISTENED: (_plain(lambda: _("Listened to a recording")), "headset", "gray", True),
    Code.CALLBACK_DONE: (call_sentences.done, "phone", "gray", True),
    Code.SIGNED_IN: (_plain(lambda: _("Signed in")), "login", "gray", True),
    Code.CONTACT_CHANGED: (_plain(lambda: _("Customer edited")), "user-cog", "gray", True),
    Code.CONTACT_JOINED: (_plain(lambda: _("Two customers became one")), "users", "gray", False),
    Code.CONTACT_PARTED: (_plain(lambda: _("Two customers were taken apart again")), "user-x", "gray", False),
    Code.CONTACT_REVEALED: (_plain(lambda: _("Looked at the customer's phone number")), "eye", "gray", True),
    Code.SETTING_CHANGED: (_setting, "settings", "gray", False),
    Code.CHANNEL_BASIS: (_basis, "world", "blue", False),
    Code.NUMBER_UNSUBSCRIBED: (_unsubscribed, "bell-off", "gray", False),
    Code.STANDARD_DRAFTED: (_standard(lambda: _("%(what)s: draft of version %(version)s")), "edit", "gray", True),
    Code.STANDARD_PROPOSED: (_standard(lambda: _("%(what)s: version %(version)s proposed")), "send", "blue", False),
    Code.STANDARD_APPROVED: (_approved, "circle-check", "green", False),
    Code.STANDARD_REJECTED: (_standard(lambda: _("%(what)s: version %(version)s refused")), "ban", "orange", False),
    Code.STANDARD_WITHDRAWN: (
        _standard(lambda: _("%(what)s: version %(version)s taken back")), "arrow-back-up", "gray", False,
    ),
    Code.STANDARD_IN_FORCE: (
        _standard(lambda: _("%(what)s: version %(version)s in force")), "target-arrow", "blue", False,
    ),
    Code.IMPORT_DONE: (_done, "file-import", "gray", True),
    **sayings.SAYINGS,
}  # fmt: skip
KNOWN = frozenset(_SAYINGS)
