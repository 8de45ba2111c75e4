"""Who is signed in? Asked by every page of the desk, so by one small statement.

Whether a password is right is Django's `ModelBackend` to say; the sign-in page names this one in the session.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from yingnuo.kit import reading
from yingnuo.people.models import Staff

PATH = "yingnuo.people.accounts.Accounts"


class Accounts(BaseBackend):
    """Finds accounts; signs nobody in."""

    def get_user(self, user_id: Any) -> Staff | None:
        """The account, unless it was switched off."""
        found = reading.by_id(Staff, [int(user_id)])
        return next((staff for staff in found.values() if staff.active), None)
