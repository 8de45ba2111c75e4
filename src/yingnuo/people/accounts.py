"""Who is signed in? Asked by every page of the desk, so by one small statement.

Whether a password is right is Django's `ModelBackend` to say; the sign-in page names this one in the session.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from yingnuo.kit import reading
from yingnuo.kit.models import Revision
from yingnuo.people.models import Staff

PATH = "yingnuo.people.accounts.Accounts"
_FOUND = "FROM people_staff s LEFT JOIN kit_revision r ON true WHERE s.id = %s LIMIT 1"


class Accounts(BaseBackend):
    """Finds accounts; signs nobody in."""

    def get_user(self, user_id: Any) -> Staff | None:
        """The account, unless it was switched off, with the revision of the settings that stood beside it."""
        found = reading.joined([("s", Staff), ("r", Revision)], _FOUND, [int(user_id)])
        for staff, revision in found:
            if staff.active:
                staff.revision = revision.number if revision else 0
                return staff  # type: ignore[no-any-return]
        return None
