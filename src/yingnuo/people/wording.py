"""Under which words is a customer kept, so that he is found by name, by sound and by address?

Written by whoever writes customers; the caller holds the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from yingnuo.kit import chinese, search
from yingnuo.people.models import Contact

_KEEP = """
INSERT INTO people_contactwords (contact_id, search)
SELECT unnest(%s::bigint[]), unnest(%s::text[])::tsvector
ON CONFLICT (contact_id) DO UPDATE SET search = excluded.search
"""


def document(contact: Contact) -> str:
    """The words of one customer: the text form of a tsvector."""
    return search.document(contact.name, *chinese.sounds(contact.name), contact.email)


def keep(contacts: Iterable[Contact]) -> None:
    """Makes customers findable by what is known of them now."""
    rows = sorted({c.pk: document(c) for c in contacts}.items())
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [[pk for pk, _words in rows], [words for _pk, words in rows]])
