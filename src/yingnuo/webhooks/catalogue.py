"""Which kinds of events do other programs hear of, and what stands in each?

A public, versioned list: it is derived from the ledger's codes and is not the same list, so that the ledger may change
without a word to anybody outside. A type is never given another meaning; details are only ever added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from yingnuo.ledger.codes import Code

VERSION = 1
ALL = "*"
TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of event. `about`: ticket, message, promise or contact; `details`: name → one of the shapes below."""

    type: str
    about: str
    meaning: str
    details: Mapping[str, str]


def _kind(code: Code, about: str, meaning: str, details: str = "", type: str = "") -> tuple[Code, Kind]:
    pairs = (part.partition(":")[::2] for part in details.split())
    return code, Kind(type or code.value, about, meaning, MappingProxyType(dict(pairs)))


_MILESTONE = "milestone:text"
_TERMS = f"{_MILESTONE} due:moment rule:text policy:text"
_FROM_LEDGER: dict[str, Kind] = dict(
    (
        _kind(Code.TICKET_OPENED, "ticket", "A ticket was opened.", "via:text"),
        _kind(Code.TICKET_ROUTED, "ticket", "Dispatch chose a team, and a person where one was free.",
              "rules:texts words:texts team:team agent:person why:text"),
        _kind(Code.TICKET_ASSIGNED, "ticket", "It was given to a team or a person.",
              "team:team agent:person from_team:team from_agent:person"),
        _kind(Code.HANDOFF_NOTED, "ticket", "A hand-off note went with it to another team.",
              "team:team from_team:team"),
        _kind(Code.STOOD_IN, "ticket", "A deputy took it over from somebody absent, or gave it back.",
              "agent:person deputy:person back:yes"),
        _kind(Code.TICKET_CHANGED, "ticket", "A fact changed.", "field:text old:text new:text reason:text"),
        _kind(Code.TICKET_WAITING, "ticket", "Work stands still for a listed reason.", "reason:text"),
        _kind(Code.TICKET_RESUMED, "ticket", "The reason is gone.", "reason:text"),
        _kind(Code.TICKET_RESOLVED, "ticket", "The matter is solved as the agent sees it."),
        _kind(Code.TICKET_CLOSED, "ticket", "Nothing more is owed.", "reason:text"),
        _kind(Code.TICKET_REOPENED, "ticket", "It is not solved after all."),
        _kind(Code.TICKET_MERGED, "ticket", "It went into another ticket.", "into:ticket"),
        _kind(Code.TICKET_ABSORBED, "ticket", "It took another ticket in.", "ticket:ticket"),
        _kind(Code.TICKET_SPLIT, "ticket", "A new ticket was cut off.", "ticket:ticket"),
        _kind(Code.TICKET_SPLIT_OFF, "ticket", "It was cut off another ticket.", "from:ticket start:text"),
        _kind(Code.TICKET_LINKED, "ticket", "It was linked to another ticket.", "relation:text ticket:ticket"),
        _kind(Code.TICKET_UNLINKED, "ticket", "The link was taken away.", "relation:text ticket:ticket"),
        _kind(Code.TICKET_CHILDREN_DONE, "ticket", "The last of its sub-tickets came to rest.",
              "ticket:ticket count:number"),
        _kind(Code.TICKET_SNOOZED, "ticket", "It was put aside until a moment.", "until:moment"),
        _kind(Code.TICKET_WOKE, "ticket", "The moment came."),
        _kind(Code.TICKET_URGED, "ticket", "The customer urges.", "count:number"),
        _kind(Code.TICKET_RECORDED, "ticket", "It was recorded that something was so.", "deed:text happened:moment"),
        _kind(Code.TICKET_RATED, "ticket", "The customer rated.", "score:number words:text"),
        _kind(Code.TICKET_IMPORTED, "ticket", "A finished ticket of another system was taken over.", "key:text"),
        _kind(Code.TICKET_ERASED, "ticket", "Personal data was removed on request."),
        _kind(Code.AUTOMATION_RAN, "ticket", "A rule of automation acted.", "name:text done:texts refused:texts"),
        _kind(Code.MESSAGE_RECEIVED, "message", "The customer wrote."),
        _kind(Code.MESSAGE_SENT, "message", "A public reply was written.", "qualified:yes"),
        _kind(Code.MESSAGE_NOTED, "message", "An internal note was written."),
        _kind(Code.MESSAGE_RECEIPT, "message", "An automatic message was queued."),
        _kind(Code.MESSAGE_DELIVERED, "message", "The way out took the message."),
        _kind(Code.MESSAGE_UNDELIVERABLE, "message", "It did not arrive and never will.", "problem:text status:text"),
        _kind(Code.PROMISE_GIVEN, "promise", "A promise was made.", _TERMS),
        _kind(Code.PROMISE_RETARGETED, "promise", "Its terms changed.", f"{_TERMS} reason:text"),
        _kind(Code.PROMISE_PAUSED, "promise", "Its clock stands still.", f"{_MILESTONE} reason:text"),
        _kind(Code.PROMISE_RESUMED, "promise", "Its clock runs again.", f"{_MILESTONE} due:moment"),
        _kind(Code.PROMISE_KEPT, "promise", "It was met in time.", f"{_MILESTONE} worked:number"),
        _kind(Code.PROMISE_BROKEN, "promise", "Its due instant passed unmet.",
              f"{_MILESTONE} due:moment holder:person"),
        _kind(Code.PROMISE_MET_LATE, "promise", "It was met after its due instant.", f"{_MILESTONE} overrun:number"),
        _kind(Code.PROMISE_CANCELLED, "promise", "Nothing is owed any more.", f"{_MILESTONE} reason:text"),
        _kind(Code.PROMISE_REOPENED, "promise", "It is owed again.", f"{_MILESTONE} due:moment"),
        _kind(Code.PROMISE_CHECKED, "promise", "The customer was told what the checklist asks for.",
              f"{_MILESTONE} items:texts"),
        _kind(Code.PROMISE_CORRECTED, "promise", "A fact learnt late changed the verdict.",
              f"{_MILESTONE} was:text is:text happened:moment"),
        _kind(Code.BREACH_REASON_GIVEN, "promise", "It was said why a promise was broken.",
              f"{_MILESTONE} reason:text", "breach.reason_given"),
        _kind(Code.BREACH_EXCUSE_ASKED, "promise", "Somebody asked to excuse a breach.", _MILESTONE),
        _kind(Code.BREACH_EXCUSE_DECIDED, "promise", "Another person granted or refused it.",
              f"{_MILESTONE} decision:text"),
        _kind(Code.CUSTOMER_TOLD, "promise", "The customer was told of a breach.", f"{_MILESTONE} next:moment"),
        _kind(Code.CONTACT_CHANGED, "contact", "What is known of a customer was edited.", "fields:texts"),
        _kind(Code.CONTACT_JOINED, "contact", "Another customer became one with this one.",
              "other:number evidence:text"),
        _kind(Code.CONTACT_PARTED, "contact", "They were taken apart again.", "other:number evidence:text"),
    )
)  # fmt: skip
#: What begins like a public type and is nobody's business outside.
KEPT_IN: frozenset[Code] = frozenset({Code.CONTACT_REVEALED, Code.TICKET_EXPORTED})
TYPES: Mapping[str, Kind] = MappingProxyType(
    {kind.type: kind for kind in _FROM_LEDGER.values()}
    | {TEST: Kind(TEST, "nothing", "Somebody tries the endpoint out.", MappingProxyType({}))}
)


def kind_of(code: str) -> Kind | None:
    """The public kind of a ledger row's code; None for what stays in the house."""
    return _FROM_LEDGER.get(code)


def codes_of(types: frozenset[str]) -> list[str]:
    """The ledger's codes behind these types, all of them for `*`."""
    return [str(code) for code, kind in _FROM_LEDGER.items() if ALL in types or kind.type in types]


def offered() -> list[str]:
    """The types that an endpoint may choose, in order."""
    return [kind.type for kind in _FROM_LEDGER.values()]


# --- JSON Schema ----------------------------------------------------------------------------------------------------

_TEAM = {"type": ["object", "null"], "properties": {"code": {"type": "string"}, "name": {"type": "string"}},
         "required": ["code", "name"]}  # fmt: skip
_PERSON = {"type": ["object", "null"], "properties": {"username": {"type": "string"}, "name": {"type": "string"}},
           "required": ["username", "name"]}  # fmt: skip
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_SHAPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": ["string", "null"]}, "number": {"type": ["integer", "null"]}, "yes": {"type": "boolean"},
    "moment": _MOMENT, "texts": {"type": "array", "items": {"type": "string"}}, "team": _TEAM, "person": _PERSON,
    "ticket": {"type": ["integer", "null"], "description": "id of a ticket"},
}  # fmt: skip


def _object(properties: Mapping[str, Any], *, optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"type": ["object", "null"]}


_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_CONTACT = _object({"id": _NUMBER, "name": _TEXT, "company": {"type": ["string", "null"]}, "tier": _TEXT})
_TICKET = _object({
    "id": _NUMBER, "number": _TEXT, "subject": _TEXT, "kind": _TEXT, "urgency": _TEXT, "status": _TEXT, "via": _TEXT,
    "waiting_for": _TEXT, "tier": _TEXT, "product_line": _TEXT, "region": _TEXT, "language": _TEXT,
    "tags": {"type": "array", "items": _TEXT}, "team": _TEAM, "agent": _PERSON, "contact": _CONTACT,
    "created_at": _MOMENT, "first_response_at": _MOMENT, "resolved_at": _MOMENT, "closed_at": _MOMENT,
    "due_at": _MOMENT,
})  # fmt: skip
_MESSAGE = _object({"id": _NUMBER, "author": _TEXT, "public": {"type": "boolean"}, "via": _TEXT, "at": _MOMENT,
                    "text": _TEXT, "cut": {"type": "boolean"}})  # fmt: skip
_PROMISE = _object({"id": _NUMBER, "milestone": _TEXT, "agreement": _TEXT, "standing": _TEXT, "started_at": _MOMENT,
                    "due_at": _MOMENT, "met_at": _MOMENT, "broken_at": _MOMENT})  # fmt: skip
_ACTOR = _object({"kind": _TEXT, "id": _NUMBER, "name": _TEXT})


def schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the whole body of a type."""
    data: dict[str, Any] = {"event": {"type": ["integer", "null"]}, "actor": _ACTOR}
    if kind.about in ("ticket", "message", "promise"):
        data["ticket"] = _or_null(_TICKET)
    if kind.about == "message":
        data["message"] = _or_null(_MESSAGE)
    if kind.about == "promise":
        data["promise"] = _or_null(_PROMISE)
    if kind.about == "contact":
        data["contact"] = _or_null(_CONTACT)
    details = {name: _SHAPES[shape] for name, shape in kind.details.items()}
    data["details"] = _object(details)
    body = {"type": {"const": kind.type}, "version": {"const": VERSION}, "timestamp": _MOMENT, "data": _object(data)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind.type, "description": kind.meaning,
        **_object(body),
    }  # fmt: skip
