"""What do the words and operators of a search mean for tickets and messages, as conditions of SQL?

`from:`, `agent:` and `team:` are looked up first; whom nobody knows finds nothing. In conditions on messages the
message is called `m`; the ticket's table has its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from yingnuo.engine import asking
from yingnuo.engine.asking import Asked, Term
from yingnuo.kit import search
from yingnuo.people import finding as people
from yingnuo.people.models import Staff, Team
from yingnuo.people.roles import Actor
from yingnuo.tickets import fields, vocabulary
from yingnuo.tickets.models import OPEN_STATUSES

_MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Where:
    """A condition: SQL and, apart from it, the values that fill its `%s`; "" is no condition."""

    sql: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What is asked of a text index: the tsquery, "" for none, and the tokens that every hit must have."""

    query: str
    musts: tuple[tuple[str, bool], ...]
    any_of: str = ""  # the tsquery that is content with one of the words
    needles: tuple[str, ...] = ()  # what to mark where it was found


#: The condition that partial indexes have, word for word.
OPEN = "tickets_ticket.status IN ({})".format(", ".join(f"'{status.value}'" for status in OPEN_STATUSES))
NOTHING = Where("false")


def both(terms: Sequence[Where], *, empty: str = "") -> Where:
    """All of them."""
    kept = [term for term in terms if term.sql]
    return Where(" AND ".join(t.sql for t in kept) or empty, tuple(v for t in kept for v in t.values))


def read(text: str, *, now: datetime) -> Asked:
    """The question in a line of text, as of the reader's day."""
    known = vocabulary.words()
    if any(prefix in text for prefix in asking.FIELD):
        known = {**known, "field": vocabulary.of_fields(fields.book())}
    return asking.read(text, vocabulary=known, today=timezone.localdate(now))


def words(asked: Asked) -> Words:
    """Its text; serial numbers are text too, as customers write them."""
    serials = [value for term in asked.terms if term.name == "serial" and not term.without for value in term.values]
    phrases = (*asked.phrases, *serials)
    query = search.query(asked.words, phrases=phrases, without=asked.without)
    musts, any_of = search.musts(asked.words, phrases=phrases), search.any_of(asked.words, phrases=phrases)
    return Words(query, tuple(musts), any_of, tuple(search.needles(asked.words, phrases)))


def conditions(actor: Actor, asked: Asked, *, of: str, now: datetime) -> list[Where]:
    """What its operators ask for; `of`: ticket or message."""
    return [_turned(term, _meant(term, _About(actor, of, now))) for term in asked.terms]


def _meant(term: Term, about: _About) -> Where:
    if term.name.startswith(asking.FIELD[0]):
        return _field(term.name.removeprefix(asking.FIELD[0]), term.values)
    return _MEANINGS[term.name](about, term.values)


def _field(code: str, values: Sequence[str]) -> Where:
    """A custom field that holds one of these texts, or the choice that one of them is the word of."""
    patterns = [f"%{_escaped(text)}%" for text in (*values, *fields.kept().choices(code, values))]
    return Where("coalesce(tickets_ticket.fields ->> %s ILIKE ANY(%s::text[]), false)", (code, patterns))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True, slots=True)
class _About:
    actor: Actor
    of: str
    now: datetime


def _turned(term: Term, meant: Where) -> Where:
    return Where(f"({meant.sql}) IS NOT TRUE", meant.values) if term.without and meant.sql else meant


def _from(_about: _About, values: Sequence[str]) -> Where:
    ids = {pk for value in values for pk in people.customers(value).values_list("pk", flat=True)[:_MOST_PEOPLE]}
    return Where("tickets_ticket.contact_id = ANY(%s::bigint[])", (sorted(ids),))


def _agent(about: _About, values: Sequence[str]) -> Where:
    rows = list(Staff.objects.values_list("pk", "name", "username"))
    ids: set[int] = set()
    for value in values:
        if asking.folded(value) in ("me", "我"):
            ids.add(about.actor.id)
        exact = {pk for pk, _name, username in rows if username.casefold() == value.casefold()}
        ids |= exact or set(people.staff(value, ((pk, name) for pk, name, _username in rows)))
    return Where("tickets_ticket.agent_id = ANY(%s::bigint[])", (sorted(ids),))


def _team(_about: _About, values: Sequence[str]) -> Where:
    rows = list(Team.objects.values_list("pk", "name", "code"))
    exact = {pk for pk, _name, code in rows if code in values}
    ids = exact | {pk for value in values for pk in people.staff(value, ((pk, name) for pk, name, _code in rows))}
    return Where("tickets_ticket.team_id = ANY(%s::bigint[])", (sorted(ids),))


def _phone(_about: _About, values: Sequence[str]) -> Where:
    return _from(_about, [value for value in values if sum(sign.isdigit() for sign in value) >= 4])


def _tag(_about: _About, values: Sequence[str]) -> Where:
    return Where("tickets_ticket.tags && %s::varchar[]", (list(values),))


def _plain(column: str) -> Callable[[_About, Sequence[str]], Where]:
    return lambda _about, values: Where(f"tickets_ticket.{column} = ANY(%s::varchar[])", (list(values),))


def _time(about: _About) -> str:
    return "m.at" if about.of == "message" else "tickets_ticket.created_at"


def _before(about: _About, values: Sequence[str]) -> Where:
    return Where(f"{_time(about)} < %s", (_midnight(values[0]),))


def _after(about: _About, values: Sequence[str]) -> Where:
    return Where(f"{_time(about)} >= %s", (_midnight(values[0]),))


def _on(about: _About, values: Sequence[str]) -> Where:
    at = _time(about)
    return Where(f"({at} >= %s AND {at} < %s)", (_midnight(values[0]), _midnight(values[1])))


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.min, tzinfo=timezone.get_current_timezone())


_FILES = {
    "message": "EXISTS (SELECT 1 FROM tickets_attachment a WHERE a.message_id = m.id)",
    "ticket": "EXISTS (SELECT 1 FROM tickets_message am JOIN tickets_attachment a ON a.message_id = am.id "
    "WHERE am.ticket_id = tickets_ticket.id)",
}


def _has(about: _About, _values: Sequence[str]) -> Where:
    return Where(_FILES[about.of])


_KIN = "EXISTS (SELECT 1 FROM tickets_ticketlink k WHERE k.kind = 'child_of' AND k.{} = tickets_ticket.id)"
_LINKED = (
    "tickets_ticket.id IN (SELECT other_id FROM tickets_ticketlink WHERE ticket_id = ANY(%s::bigint[]) "
    "UNION ALL SELECT ticket_id FROM tickets_ticketlink WHERE other_id = ANY(%s::bigint[]))"
)


def _linked(_about: _About, values: Sequence[str]) -> Where:
    numbers = [int(value) for value in values]
    return Where(_LINKED, (numbers, numbers))


def _is(about: _About, values: Sequence[str]) -> Where:
    flags = {
        "open": Where(OPEN), "overdue": Where(f"({OPEN} AND tickets_ticket.due_at < %s)", (about.now,)),
        "unassigned": Where("tickets_ticket.agent_id IS NULL"),
        "mine": Where("tickets_ticket.agent_id = %s", (about.actor.id if about.actor.kind == "staff" else 0,)),
        "parent": Where(_KIN.format("other_id")), "child": Where(_KIN.format("ticket_id")),
    }  # fmt: skip
    chosen = [flags[value] for value in values]
    return Where(f"({' OR '.join(c.sql for c in chosen)})", tuple(v for c in chosen for v in c.values))


def _text(_about: _About, _values: Sequence[str]) -> Where:
    return Where("")  # among the words


_MEANINGS: Mapping[str, Callable[[_About, Sequence[str]], Where]] = {
    "from": _from, "agent": _agent, "team": _team, "tag": _tag, "status": _plain("status"), "kind": _plain("kind"),
    "urgency": _plain("urgency"), "via": _plain("via"), "before": _before, "after": _after, "on": _on, "has": _has,
    "serial": _text, "phone": _phone, "linked": _linked, "is": _is,
}  # fmt: skip
