"""What does a program read of one thing that happened?

The body is made once, when the ledger's row becomes deliveries, and stored: every attempt and every replay says the
same. It names ticket, message, promise or customer as they were found at that moment, a little after the event; mail
addresses and phone numbers are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from yingnuo.kit import revisions
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.people.queries import Organisation, organisation
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import terms_of
from yingnuo.tickets.models import Message, Ticket
from yingnuo.webhooks import catalogue
from yingnuo.webhooks.catalogue import Kind

MOST_WORDS = 20_000  # characters of a message


class Bodies:
    """The bodies of one batch of ledger rows; a handful of queries for all of them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._org: Organisation = organisation.at(revisions.current())
        tickets = Ticket.objects.select_related("contact__company", "company").defer("search", "contact__note")
        self._tickets = tickets.in_bulk({e.ticket_id for e in events if e.ticket_id})
        self._messages = Message.objects.defer("html", "quoted").in_bulk(
            {pk for e in events if (pk := number(e.params.get("message")))}
        )
        self._promises = Promise.objects.in_bulk({pk for e in events if (pk := _of(e.subject, "promise"))})
        contacts = Contact.objects.select_related("company").in_bulk(
            {pk for e in events if (pk := _of(e.subject, "contact"))}
        )
        self._contacts = contacts

    def of(self, event: Event, kind: Kind) -> str:
        """The whole body, as it is signed and sent."""
        data: dict[str, Any] = {"event": event.pk, "actor": self._actor(event)}
        if kind.about != "contact":
            data["ticket"] = self._ticket(self._tickets.get(event.ticket_id or 0))
        if kind.about == "message":
            data["message"] = _message(self._messages.get(number(event.params.get("message"))))
        if kind.about == "promise":
            data["promise"] = _promise(self._promises.get(_of(event.subject, "promise")))
        if kind.about == "contact":
            data["contact"] = _contact(self._contacts.get(_of(event.subject, "contact")))
        data["details"] = {name: self._detail(shape, event.params.get(name)) for name, shape in kind.details.items()}
        return written(kind.type, event.at, data)

    def _actor(self, event: Event) -> dict[str, Any]:
        person = self._org.staff.get(event.actor_id) if event.actor_kind == "staff" else None
        return {"kind": event.actor_kind, "id": event.actor_id, "name": person.name if person else ""}

    def _ticket(self, row: Ticket | None) -> dict[str, Any] | None:
        if row is None:
            return None
        plain = ("subject", "kind", "urgency", "status", "via", "waiting_for", "tier", "product_line", "region",
                 "language", "tags")  # fmt: skip
        moments = ("created_at", "first_response_at", "resolved_at", "closed_at", "due_at")
        return (
            {"id": row.pk, "number": row.number}
            | {name: getattr(row, name) for name in plain}
            | {"team": self._team(row.team_id), "agent": self._person(row.agent_id), "contact": _contact(row.contact)}
            | {name: moment(getattr(row, name)) for name in moments}
        )

    def _team(self, pk: object) -> dict[str, str] | None:
        team = self._org.teams.get(number(pk))
        return {"code": team.code, "name": team.name} if team else None

    def _person(self, pk: object) -> dict[str, str] | None:
        person = self._org.staff.get(number(pk))
        return {"username": person.username, "name": person.name} if person else None

    def _detail(self, shape: str, value: Any) -> Any:
        own: Mapping[str, Callable[[Any], Any]] = {"team": self._team, "person": self._person}
        return (own.get(shape) or _PLAIN[shape])(value)


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "text": lambda v: None if v is None else str(v), "number": lambda v: None if v is None else int(v), "yes": bool,
    "moment": lambda v: str(v) if v else None, "texts": _texts, "ticket": lambda v: number(v) or None,
}  # fmt: skip


def test_body(now: datetime) -> str:
    """The body of a test event."""
    actor = {"kind": "system", "id": 0, "name": ""}
    return written(catalogue.TEST, now, {"event": None, "actor": actor, "details": {}})


def written(type: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The envelope of every body."""
    body = {"type": type, "version": catalogue.VERSION, "timestamp": moment(at), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def moment(at: datetime | None) -> str | None:
    """An instant as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def number(value: object) -> int:
    """A whole number out of a ledger row's params; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _of(subject: str, what: str) -> int:
    kind, _colon, pk = subject.partition(":")
    return int(pk) if kind == what and pk.isdigit() else 0


def _contact(row: Contact | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"id": row.pk, "name": row.name, "company": row.company.name if row.company else None, "tier": row.tier}


def _message(row: Message | None) -> dict[str, Any] | None:
    if row is None:
        return None
    text = row.text[:MOST_WORDS]
    return {
        "id": row.pk, "author": row.author, "public": row.public, "via": row.via, "at": moment(row.at), "text": text,
        "cut": len(row.text) > MOST_WORDS,
    }  # fmt: skip


def _promise(row: Promise | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "id": row.pk, "milestone": row.milestone, "agreement": terms_of(row.terms_id).agreement,
        "standing": row.standing, "started_at": moment(row.started_at), "due_at": moment(row.due_at),
        "met_at": moment(row.met_at), "broken_at": moment(row.broken_at),
    }  # fmt: skip
