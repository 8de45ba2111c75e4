"""Which errors does the engine raise, and what do they carry for a door to translate?"""

from __future__ import annotations


class EngineError(Exception):
    """A rule of the engine refuses its input.

    `code` names the rule and `params` fills its sentence: doors translate these two. `str()` is plain English for logs
    and developers.
    """

    def __init__(self, code: str, message: str, **params: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.params: dict[str, str | int] = params


class BadSpec(EngineError):
    """A specification is malformed; `path` is the dotted place, such as `weekly.mon[0]`."""

    def __init__(self, path: str, code: str, message: str, **params: str | int) -> None:
        super().__init__(code, f"{path}: {message}" if path else message, **params)
        self.path = path


class NeverOpens(EngineError):
    """The calendar has no (further) open second inside the horizon; never answered with wall-clock time."""
