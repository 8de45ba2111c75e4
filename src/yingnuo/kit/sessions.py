"""How is a session found by its key at little cost? Django's table and rules; only the reading is written out."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from yingnuo.kit import instants, reading


class SessionStore(db.SessionStore):
    """Sessions in the database: one that was ended anywhere is ended everywhere at once."""

    def _get_session_from_db(self) -> Any:
        values = [self.session_key, instants.now()]
        found = reading.instances(Session, "WHERE session_key = %s AND expire_date > %s", values)
        if found:
            return found[0]
        self._session_key = None  # as Django does: a key of nothing is not taken over for a new session
        return None
