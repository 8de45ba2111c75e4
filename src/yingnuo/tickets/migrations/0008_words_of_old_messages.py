"""The words of messages there are already; and full width and traditional characters of old tickets, as they are read now.

A thousand at a time, each by itself: nothing is locked for longer, and what was broken off goes on where it stood.
"""

import re

from django.db import migrations

from yingnuo.kit import search

PIECE = 1_000
MOST_WORDS = 10_000  # as in tickets.services
_OLD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]+|[0-9a-z]+")
_NEXT = """
SELECT m.id, m.ticket_id, m.text, w.message_id IS NULL FROM tickets_message m
LEFT JOIN tickets_messagewords w ON w.message_id = m.id WHERE m.id > %s ORDER BY m.id LIMIT %s
"""
_NEXT_TICKETS = """
SELECT t.id, t.subject || chr(10) || c.name FROM tickets_ticket t JOIN people_contact c ON c.id = t.contact_id
WHERE t.id > %s ORDER BY t.id LIMIT %s
"""
_KEEP = """
INSERT INTO tickets_messagewords (message_id, search) SELECT m.id, w.words::tsvector
FROM unnest(%s::bigint[], %s::text[]) AS w(id, words) JOIN tickets_message m ON m.id = w.id
ON CONFLICT (message_id) DO NOTHING
"""
_ADD = """
UPDATE tickets_ticket SET search = coalesce(search, ''::tsvector) || %s::tsvector
WHERE id = %s AND coalesce(length(search), 0) < %s
"""


def backfill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for rows in pieces(cursor, _NEXT):
            new = [(pk, search.document(text)) for pk, _ticket, text, missing in rows if missing and text]
            cursor.execute(_KEEP, [[pk for pk, _words in new], [words for _pk, words in new]])
            refold(cursor, [(ticket, text) for _pk, ticket, text, _missing in rows])
        for rows in pieces(cursor, _NEXT_TICKETS):
            refold(cursor, rows)


def pieces(cursor, statement):
    last = 0
    while True:
        cursor.execute(statement, [last, PIECE])
        rows = cursor.fetchall()
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def refold(cursor, texts):
    for ticket, text in texts:
        if set(search.tokens(text)) - old_tokens(text):
            cursor.execute(_ADD, [search.document(text), ticket, MOST_WORDS])


def old_tokens(text):
    runs = _OLD.findall(text[:20_000].lower())
    return {run[i : i + 2] for run in runs if run[0] > "\u303f" for i in range(len(run))} | set(runs)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0007_message_words")]
    operations = [migrations.RunPython(backfill, migrations.RunPython.noop, elidable=True)]
