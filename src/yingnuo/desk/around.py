"""What lies around a ticket that its page shows, read in one statement?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yingnuo.alerts.models import Notice
from yingnuo.approvals.models import Approval
from yingnuo.checklists.models import Tick
from yingnuo.desk import talk, warned
from yingnuo.kit import reading
from yingnuo.kit.reading import Sum, Wanted
from yingnuo.ledger.models import Event
from yingnuo.people.models import Contact
from yingnuo.promises.breach_models import Breach
from yingnuo.promises.models import Mark, Promise
from yingnuo.routing.models import Handoff
from yingnuo.subtasks.models import Task
from yingnuo.tickets.models import Attachment

_ITS_PROMISES = "promise_id = ANY(ARRAY(SELECT p.id FROM promises_promise p WHERE p.ticket_id = %s))"
_ITS_MESSAGES = (
    "message_id = ANY(ARRAY(SELECT m.id FROM tickets_message m WHERE m.ticket_id = %s ORDER BY m.at DESC, m.id DESC "
    "LIMIT %s))"
)
_WRITERS = (
    "id = ANY(ARRAY(SELECT DISTINCT m.contact_id FROM tickets_message m WHERE m.ticket_id = %s AND m.contact_id <> %s))"
)


@dataclass(frozen=True, slots=True)
class Around:
    """Rows of other tables that belong to one ticket, oldest first; of events and notices the newest.

    `writers` are customers who wrote in it beside its own.
    """

    promises: list[Promise]
    marks: list[Mark]
    breaches: list[Breach]
    notices: list[Notice]
    events: list[Event]
    counts: dict[str, int]
    files: list[Attachment]
    writers: list[Contact]
    handoffs: list[Handoff]
    tasks: list[Task]
    approvals: list[Approval]
    ticks: list[Tick]

    @property
    def beside(self) -> talk.Beside:
        """What its story needs beside the messages."""
        return talk.Beside(self.events, self.counts, self.files, self.writers)


def of(
    ticket: int, contact: int, *, messages: int = talk.MOST_MESSAGES, events: int = talk.MOST_EVENTS
) -> Around:  # fmt: skip
    """Everything around the ticket of this customer; the newest `events`, and files of the newest `messages`."""
    wanted: dict[str, Wanted | Sum] = {
        "promises": Wanted(Promise, "WHERE ticket_id = %s ORDER BY id", [ticket]),
        "marks": Wanted(Mark, f"WHERE {_ITS_PROMISES} ORDER BY id", [ticket]),
        "breaches": Wanted(Breach, f"WHERE {_ITS_PROMISES}", [ticket]),
        "notices": Wanted(Notice, warned.OF_TICKET, [ticket, ticket, warned.MOST]),
        "events": talk.events_of(ticket, most=events),
        "counts": talk.counts_of(ticket),
        "files": Wanted(Attachment, f"WHERE {_ITS_MESSAGES} ORDER BY id", [ticket, messages]),
        "writers": Wanted(Contact, f"WHERE {_WRITERS}", [ticket, contact]),
        "handoffs": Wanted(Handoff, "WHERE ticket_id = %s ORDER BY id", [ticket]),
        "tasks": Wanted(Task, "WHERE ticket_id = %s ORDER BY id", [ticket]),
        "approvals": Wanted(Approval, "WHERE ticket_id = %s ORDER BY id", [ticket]),
        "ticks": Wanted(Tick, "WHERE ticket_id = %s", [ticket]),
    }
    found: dict[str, Any] = reading.gathered(wanted)
    promises, handoffs, everything = found["counts"]
    counts = {"promises": promises, "handoffs": handoffs, "system": everything - promises - handoffs}
    return Around(**{**found, "events": found["events"][::-1], "counts": counts})
