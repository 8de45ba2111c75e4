"""What does a program get about standards, their versions, and promises that follow them?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from yingnuo.api.told import Answer, PersonOut


class StandardOut(Answer):
    """A promise standard or a service time; `current` is the version in force (0: none yet), `draft` the open draft."""

    sort: str
    code: str
    name: str
    current: int
    active: bool
    draft: int | None
    proposed: int | None
    approved: int | None


class Standards(Answer):
    """Standards of one sort, policies in the order they are asked."""

    items: list[StandardOut]


class VersionOut(Answer):
    """One version and its life: who wrote, proposed and decided about it, when and why."""

    sort: str
    code: str
    number: int
    edition: int
    name: str
    state: str
    base: int
    authors: list[PersonOut]
    justification: str
    created_at: datetime
    proposed_at: datetime | None
    proposed_by: PersonOut | None
    decided_at: datetime | None
    decided_by: PersonOut | None
    decision_note: str
    alone: bool
    effective_from: datetime | None
    in_force_at: datetime | None
    ended_at: datetime | None
    review_on: date | None
    moves_open: bool


class VersionDetail(VersionOut):
    """A version with its wording."""

    spec: dict[str, Any]


class Versions(Answer):
    """The versions of a standard, the newest first."""

    items: list[VersionOut]


class RemarkOut(Answer):
    """What lint says: `grave` when the standard does not do what its author probably believes."""

    code: str
    grave: bool
    path: str
    milestone: str
    sentence: str


class Lint(Answer):
    """What lint says of a policy as things are here and now, the grave first."""

    items: list[RemarkOut]


class YamlOut(Answer):
    """Standards as they are written in files."""

    text: str


class RunOut(Answer):
    """Open promises on their way to a version in force: how many tickets of how many, and what became of promises."""

    id: int
    sort: str
    code: str
    version: int
    state: str
    at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    problem: str
    total: int
    done: int
    counts: dict[str, Any]


class Runs(Answer):
    """The latest runs."""

    items: list[RunOut]
