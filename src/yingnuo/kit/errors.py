"""What can the product refuse, and what does the reader learn of it?

One tree. Raised where the rule lives, caught only at a door: problem+json with a stable code for the API, a toast or
a page for people. `text` is a lazy translation, so that the sentence is made in the reader's language at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """The product says no. `code` is stable and documented; `text % params` is the sentence for the reader."""

    status = 400
    code = "refused"

    def __init__(self, text: Any, *, code: str = "", **params: str | int) -> None:
        super().__init__(code or self.code)
        self.text = text
        self.code = code or self.code
        self.params = params

    def __str__(self) -> str:
        return str(self.text) % self.params if self.params else str(self.text)


class NotAllowed(Refused):
    """The actor may not do this to this object."""

    status, code = 403, "not_allowed"


class NotFound(Refused):
    """There is no such object, or the actor may not know that there is."""

    status, code = 404, "not_found"


class Invalid(Refused):
    """Input is wrong; `fields` maps the field (or "" for the whole) to a lazy sentence that says what to do."""

    status, code = 422, "invalid"

    def __init__(
        self, text: Any, *, fields: Mapping[str, Any] | None = None, code: str = "", **params: str | int
    ) -> None:
        super().__init__(text, code=code, **params)
        self.fields = dict(fields or {})


class Conflict(Refused):
    """Somebody else was first, or the object's state does not allow it any more."""

    status, code = 409, "conflict"


class TooLate(Refused):
    """A link or a chance has expired."""

    status, code = 410, "too_late"


class Outdated(Refused):
    """Somebody changed the object since the version that the caller says he has seen."""

    status, code = 412, "changed_meanwhile"


class Unavailable(Refused):
    """Something we stand on is away; the same request may succeed in a moment."""

    status, code = 503, "unavailable"


class TooMany(Refused):
    """A limit of use was reached; trying later helps."""

    status, code = 429, "too_many"
