"""What lies beside the tickets in a house that works: notices, files, words, tasks, ticks, drafts, chats, calls?

Made by SQL from the tickets that are there, as many of each as a house has that uses everything. A column that is not
named here gets its model's own default, so that a new one needs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, models
from django.db.models import NOT_PROVIDED

from bench import stage
from yingnuo.alerts.models import Notice
from yingnuo.automation.models import Macro
from yingnuo.channels.models import Channel, ChannelKind, Delivery, Provenance
from yingnuo.chat.models import Chat, Visitor
from yingnuo.checklists.models import Checklist, Tick
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Staff
from yingnuo.subtasks.models import Task
from yingnuo.telephony.models import Call
from yingnuo.tickets.models import Attachment, MessageWords
from yingnuo.worklists.models import Audience, Worklist
from yingnuo.writing.models import Draft

_WORDS = "('''it'':1 ''shows'':2 ''e' || t.id % 90 || ''':3 ''word' || t.id % 5000 || ''':4')::tsvector"
_TICKET, _MESSAGE = "FROM tickets_ticket t", "FROM tickets_message m JOIN tickets_ticket t ON t.id = m.ticket_id"
_PROMISE = "FROM promises_promise p JOIN tickets_ticket t ON t.id = p.ticket_id"
_SOON = "now() + interval '10 days'"


def made() -> None:
    """Everything, for the tickets that are there."""
    company()
    _insert(MessageWords, {"message_id": "m.id", "search": _WORDS}, _MESSAGE)
    _insert(Provenance, {"message_id": "m.id", "verdict": "'verified'"}, f"{_MESSAGE} WHERE m.via = 'mail'")
    _insert(
        Delivery, {"message_id": "m.id", "way": "'mail'", "to": "'customer@example.com'", "state": "'sent'"},
        f"{_MESSAGE} WHERE m.author = 'staff'",
    )  # fmt: skip
    _insert(Attachment, {
        "message_id": "m.id", "name": "'picture.jpg'", "content_type": "'image/jpeg'", "size": "90000",
        "sha256": "md5(m.id::text) || md5(m.id::text)", "path": "'bench/' || m.id",
    }, f"{_MESSAGE} WHERE m.id % 10 = 0")  # fmt: skip
    _insert(Notice, {
        "promise_id": "p.id", "generation": "1", "step": "'warn'", "staff_id": "t.agent_id", "way": "'in_app'",
        "role": "'holder'", "reason": "'warn'", "ticket_id": "t.id", "milestone": "p.milestone",
        "moment": "t.created_at",
        "at": "t.created_at",
    }, f"{_PROMISE} WHERE p.id % 10 = 0 AND t.agent_id IS NOT NULL")  # fmt: skip
    _insert(Draft, {"staff_id": "t.agent_id", "ticket_id": "t.id", "saved_at": "now()", "text": "'I have looked'"},
            f"{_TICKET} WHERE t.id % 100 = 1 AND t.agent_id IS NOT NULL")  # fmt: skip
    _insert(Tick, {
        "ticket_id": "t.id", "checklist_id": "c.id", "key": "1", "staff_id": "t.agent_id", "at": "now()",
    }, f"{_TICKET} CROSS JOIN checklists_checklist c WHERE t.id % 20 = 0 AND t.kind = 'fault'")  # fmt: skip
    _tasks()
    _talks()
    stage.settle()


def company() -> None:
    """What a house that uses everything has set up: a checklist, macros, saved lists."""
    steps = [{"key": n, "zh": f"第 {n} 步", "en": f"Step {n}", "required": n == 1} for n in range(1, 6)]
    Checklist.objects.create(name="Fault", kinds=["fault"], steps=steps, last_key=5)
    owner = Staff.objects.get(username="agent0")
    for n in range(10):
        Macro.objects.create(name=f"Macro {n}", actions={"add_tags": [f"tag-{n}"]})
    for n in range(5):
        asked = {"how": "all", "groups": [{"how": "any", "tests": [
            {"field": "urgency", "op": "is", "values": ["urgent" if n % 2 else "important"]},
        ]}]}  # fmt: skip
        at = instants.now()
        Worklist.objects.create(
            name=f"List {n}", owner=owner, audience=Audience.ALL, asked=asked, created_at=at, updated_at=at
        )
    revisions.bump()


def _tasks() -> None:
    """One ticket in fifty asks another team for something; each task has its own promise."""
    _run("""
        INSERT INTO promises_promise (ticket_id, milestone, first_terms_id, terms_id, team_id, started_at, generation,
            standing, due_at, worked, overrun, remaining, next_at, fired, ack_due)
        SELECT t.id, 'task', p.terms_id, p.terms_id, t.team_id, t.created_at, 1, 'running', t.due_at, 0, 0, 3600,
            t.due_at, '{}', '{}'
        FROM tickets_ticket t JOIN promises_promise p ON p.ticket_id = t.id AND p.milestone = 'resolution'
        WHERE t.id % 50 = 0""")
    _insert(Task, {
        "ticket_id": "t.id", "subject": "'Send a pump'", "team_id": "t.team_id", "asked_at": "t.created_at",
        "promise_id": "p.id",
    }, f"{_PROMISE} WHERE p.milestone = 'task'")  # fmt: skip


def _talks() -> None:
    """Chats that have ended and a few that wait; calls of a quarter of a year."""
    chat = Channel.objects.create(code="bench-chat", name="Shop", kind=ChannelKind.CHAT)
    phone = Channel.objects.create(code="bench-phone", name="Hotline", kind=ChannelKind.CALLS)
    _insert(Visitor, {
        "channel_id": str(chat.pk), "key": "md5(t.id::text)", "contact_id": "t.contact_id",
        "created_at": "t.created_at", "seen_at": "t.created_at", "known_as": "t.id::text",
    }, f"{_TICKET} WHERE t.via = 'chat' AND t.id % 5 = 0")  # fmt: skip
    _insert(Chat, {
        "visitor_id": "v.id", "ticket_id": "t.id", "stage": "CASE WHEN t.id <= 500 THEN 'waiting' ELSE 'ended' END",
        "asked_at": "t.created_at", "spoken_at": "t.created_at",
        "ended_at": "CASE WHEN t.id > 500 THEN t.created_at END",
    }, "FROM chat_visitor v JOIN tickets_ticket t ON t.id = v.known_as::bigint")  # fmt: skip
    _insert(Call, {
        "channel_id": str(phone.pk), "external_id": "t.id::text", "began_at": "t.created_at", "ticket_id": "t.id",
        "contact_id": "t.contact_id", "state": "'ended'", "ended_at": "t.created_at", "queue": "'600'",
    }, f"{_TICKET} WHERE t.via = 'phone' AND t.id % 3 = 0")  # fmt: skip


def _insert(model: type[models.Model], given: Mapping[str, str], source: str) -> None:
    """Rows of a model: SQL for the columns that are given, the model's defaults for those that must be filled."""
    constants: dict[str, Any] = {
        str(f.column): f.get_db_prep_save(f.get_default(), connection)
        for f in model._meta.concrete_fields
        if str(f.column) not in given
        and not f.null
        and not f.primary_key
        and f.default is not NOT_PROVIDED
        and f.db_default is NOT_PROVIDED
    }
    names = ", ".join(f'"{name}"' for name in (*given, *constants))
    shown = ", ".join((*(sql.replace("%", "%%") for sql in given.values()), *("%s" for _ in constants)))
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {shown} {source.replace("%", "%%")}'
    _run(statement, list(constants.values()))


def _run(statement: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
