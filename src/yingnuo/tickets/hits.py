"""What does a line of search find among tickets and messages within the actor's sight, and what does it say there?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from yingnuo.engine.asking import Asked
from yingnuo.kit import reading
from yingnuo.people.roles import Actor
from yingnuo.tickets import finding, narrowing, queries
from yingnuo.tickets.finding import MESSAGES, TICKETS, Search, Source
from yingnuo.tickets.narrowing import Where, Words, both

JUDGED = 300  # of the newest finds, among which the best come first
_NUMBER = re.compile(r"^(?:yn-)?(\d{1,18})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A line of search, read for one reader."""

    actor: Actor
    asked: Asked
    words: Words
    now: datetime

    @property
    def has_text(self) -> bool:
        """Whether there are words that an index can find; else there may be operators alone."""
        return bool(self.words.query)


def question(actor: Actor, text: str, *, now: datetime) -> Question:
    """The line of text, read; never refused."""
    asked = narrowing.read(text, now=now)
    return Question(actor, asked, narrowing.words(asked), now)


def tickets(q: Question, *, most: int, order: str = "newest") -> list[int]:
    """Ids of the tickets found, at most `most`; `order`: newest, best. The one whose number was asked for is first."""
    sight = _sight(q, "ticket")
    if q.has_text:
        found = _found(q, TICKETS, sight, most, order)
        number = _NUMBER.match(q.asked.words.strip())
        return _numbered(sight, int(number[1]), found) if number else found
    if not q.asked.terms or q.asked.has_words:
        return []
    condition = sight.sql or "true"
    statement = f"SELECT id FROM tickets_ticket WHERE {condition} ORDER BY id DESC LIMIT %s"  # noqa: S608
    return [pk for (pk,) in reading.tuples(statement, (*sight.values, most))]


def messages(q: Question, *, most: int, order: str = "newest") -> list[int]:
    """Ids of the messages found, at most `most`; nothing without words."""
    return _found(q, MESSAGES, _sight(q, "message"), most, order) if q.has_text else []


def _found(q: Question, source: Source, sight: Where, most: int, order: str) -> list[int]:
    wanted = Search(source, q.words, sight, most)
    return finding.best(wanted, among=JUDGED, now=q.now) if order == "best" else finding.newest(wanted, now=q.now)


def _numbered(sight: Where, pk: int, found: list[int]) -> list[int]:
    condition = f"{sight.sql} AND id = %s" if sight.sql else "id = %s"
    there = reading.tuples(f"SELECT id FROM tickets_ticket WHERE {condition}", (*sight.values, pk))  # noqa: S608
    return [pk, *(other for other in found if other != pk)] if there else found


def _sight(q: Question, of: str) -> Where:
    """What he may see, and what the operators ask for; a customer sees no notes."""
    notes = [Where("m.public")] if q.actor.kind == "contact" and of == "message" else []
    return both([queries.sight(q.actor), *notes, *narrowing.conditions(q.actor, q.asked, of=of, now=q.now)])


class Passage(NamedTuple):
    """A message in which something was found."""

    id: int
    ticket_id: int
    subject: str
    author: str
    staff_id: int | None
    customer: str
    public: bool
    text: str
    at: datetime


_COLUMNS = """
m.id, m.ticket_id, t.subject, m.author, m.staff_id,
coalesce(nullif(c.name, ''), nullif(c.email, ''), nullif(c.phone, ''), c.handle, ''), m.public, m.text, m.at
"""
_OF_TICKETS = f"""
SELECT {_COLUMNS} FROM unnest(%s::bigint[]) AS wanted(id) JOIN tickets_ticket t ON t.id = wanted.id
CROSS JOIN LATERAL (
  SELECT said.* FROM (
    SELECT * FROM tickets_message WHERE ticket_id = t.id AND (public OR %s) ORDER BY id DESC LIMIT {{most}} OFFSET 0
  ) said JOIN tickets_messagewords w ON w.message_id = said.id
  WHERE w.search @@ %s::tsquery ORDER BY (w.search @@ %s::tsquery) DESC, said.id DESC LIMIT 1
) m LEFT JOIN people_contact c ON c.id = m.contact_id
"""  # noqa: S608  # names of ours
_BY_IDS = f"""
SELECT {_COLUMNS} FROM tickets_message m JOIN tickets_ticket t ON t.id = m.ticket_id
LEFT JOIN people_contact c ON c.id = m.contact_id WHERE m.id = ANY(%s::bigint[])
"""  # noqa: S608
_MOST_READ = 200  # newest messages of a ticket among which one that fits is looked for


def passages_of(q: Question, found: Sequence[int]) -> dict[int, Passage]:
    """Of tickets, the newest message that fits best, by the ticket's id; none where only its subject fits."""
    if not (found and q.words.any_of):
        return {}
    statement = _OF_TICKETS.format(most=_MOST_READ)
    values = (list(found), q.actor.kind != "contact", q.words.any_of, q.words.query)
    return {p.ticket_id: p for p in reading.rows(Passage._make, statement, values)}


def passages(found: Sequence[int]) -> list[Passage]:
    """Messages by id, in this order; whether the reader may see them is the caller's affair."""
    rows = {p.id: p for p in reading.rows(Passage._make, _BY_IDS, (list(found),))} if found else {}
    return [rows[pk] for pk in found if pk in rows]
