"""What does a program get about a broken promise: its file, and where the time went?"""

from __future__ import annotations

from datetime import datetime

from yingnuo.api.told import Answer, FileOut, PersonOut, TeamOut


class EvidenceOut(Answer):
    """A piece of evidence: exactly one of `message`, `event` (a ledger row) and `file` is not null."""

    message: int | None
    event: int | None
    file: FileOut | None


class BreachOut(Answer):
    """The file of a broken promise. `reason` is "" as long as nobody has said why; `excuse`: none, asked, granted,
    refused. `version` is 0 where there is no file yet."""

    promise: int
    ticket: int
    milestone: str
    broken_at: datetime
    version: int
    reason: str
    reason_word: str
    words: str
    reason_by: PersonOut | None
    reason_at: datetime | None
    evidence: list[EvidenceOut]
    excuse: str
    excuse_words: str
    asked_by: PersonOut | None
    asked_at: datetime | None
    decision: str
    decided_by: PersonOut | None
    decided_at: datetime | None
    told_at: datetime | None
    follows: str
    next_at: datetime | None


class BreachPage(Answer):
    """One page of broken promises; `next` is "" at the end."""

    items: list[BreachOut]
    next: str


class AgentShareOut(Answer):
    """What one person of a team used; `agent` null: nobody yet."""

    agent: PersonOut | None
    used_seconds: int


class LinkOut(Answer):
    """What one team used of a promise (`team` null: nobody held it). `budget_seconds` is the target of its own
    promises in that time, null without one; `spent_seconds` what of it went, by its own clock."""

    team: TeamOut | None
    kind: str
    agreement: str
    used_seconds: int
    budget_seconds: int | None
    spent_seconds: int | None
    over_seconds: int
    agents: list[AgentShareOut]


class StretchOut(Answer):
    """A stretch of one holder; both null: nobody held it."""

    team: TeamOut | None
    agent: PersonOut | None
    since: datetime
    until: datetime
    used_seconds: int


class ChainOut(Answer):
    """Where the time of a promise went. `culprit` is the link that had used it when the promise broke, else null."""

    promise: int
    ticket: int
    since: datetime
    until: datetime
    broken_at: datetime | None
    used_seconds: int
    stretches: list[StretchOut]
    links: list[LinkOut]
    culprit: LinkOut | None


class BreachReasonOut(Answer):
    """A reason that can be given."""

    code: str
    word: str
    needs_words: bool


class BreachReasons(Answer):
    """The reasons that can be given, in the order of the list."""

    items: list[BreachReasonOut]
