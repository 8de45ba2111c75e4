"""What does a program get? The answers of the API. Instants are UTC (RFC 3339), amounts are whole working seconds."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """Why something was refused (RFC 9457). `code` is stable; `title`, `detail` and `fields` are in your language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str] = {}


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ContactOut(_Answer):
    """A customer."""

    id: int
    name: str
    email: str
    phone: str
    handle: str
    company: str | None
    tier: str
    region: str | None
    language: str


class PersonOut(_Answer):
    """A member of staff."""

    id: int
    username: str
    name: str


class TeamOut(_Answer):
    """A team."""

    code: str
    name: str
    tier: int


class SpanOut(_Answer):
    """A stretch of service time."""

    start: datetime
    end: datetime


class DayOut(_Answer):
    """One date from start to due moment, its service time and how much it was; weekly, holiday, special or closed."""

    day: date
    kind: str
    name: str
    seconds: int
    windows: list[SpanOut]


class PauseOut(_Answer):
    """A stretch in which the clock stood still; `until` is null while it lasts."""

    reason: str
    since: datetime
    until: datetime | None
    open_seconds: int


class ExplanationOut(_Answer):
    """How the due moment came about."""

    code: str
    at: datetime
    pauses: list[PauseOut]
    days: list[DayOut]


class PromiseOut(_Answer):
    """One promise. `due_at` is null while it is paused; `overdue` is a broken promise that is still owed."""

    id: int
    ticket: int
    milestone: str
    agreement: str
    standing: str
    overdue: bool
    target_seconds: int
    worked_seconds: int
    remaining_seconds: int
    overrun_seconds: int
    calendar: str
    policy: str
    rule: str
    guide: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    ended_at: datetime | None
    broken_at: datetime | None
    explanation: ExplanationOut | None = None  # only in the answer for one ticket


class TicketOut(_Answer):
    """A ticket. `due_at` is the earliest due moment of its promises; null when nothing runs."""

    id: int
    number: str
    subject: str
    kind: str
    urgency: str
    status: str
    waiting_for: str
    via: str
    tier: str
    product_line: str
    region: str
    language: str
    tags: list[str]
    fields: dict[str, str]
    contact: ContactOut
    company: str | None
    team: TeamOut | None
    agent: PersonOut | None
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    next_milestone: str
    urged: int
    reopened: int
    merged_into: int | None
    version: int


class TicketDetail(TicketOut):
    """A ticket with its promises and the address of its promise page, which needs no sign-in."""

    promise_page: str
    promises: list[PromiseOut]


class FileOut(_Answer):
    """A file of a message."""

    id: int
    name: str
    content_type: str
    size: int
    sha256: str


class MessageOut(_Answer):
    """Something said in a ticket. `author`: customer, staff, system or bot; `public`: the customer sees it."""

    id: int
    author: str
    by: str
    public: bool
    qualified: bool
    via: str
    text: str
    quoted: str
    at: datetime
    files: list[FileOut]


class TicketPage(_Answer):
    """One page of tickets; `next` is "" at the end."""

    items: list[TicketOut]
    next: str


class PromisePage(_Answer):
    """One page of promises; `next` is "" at the end."""

    items: list[PromiseOut]
    next: str


class ContactPage(_Answer):
    """One page of customers; `next` is "" at the end."""

    items: list[ContactOut]
    next: str


class MessageList(_Answer):
    """The newest messages of a ticket, oldest first."""

    items: list[MessageOut]


class ReasonOut(_Answer):
    """What stood in a rule's way: the fact, what was asked of it, and what it was."""

    fact: str
    test: str
    asked: list[str]
    actual: str


class TriedOut(_Answer):
    """A rule that names the milestone and was passed over."""

    rule: str
    reasons: list[ReasonOut]


class MilestonePreview(_Answer):
    """What would be promised about one milestone; `promised` false when the deciding rule promises nothing."""

    milestone: str
    promised: bool
    agreement: str
    target_seconds: int | None
    calendar: str
    due_at: datetime | None
    policy: str
    rule: str
    guide: str
    tried: list[TriedOut]


class PreviewOut(_Answer):
    """What would be promised to a ticket of these facts."""

    kind: str
    urgency: str
    team: str
    product_line: str
    tags: list[str]
    dispatch_rules: list[str]
    at: datetime
    milestones: list[MilestonePreview]


class MeOut(_Answer):
    """The token that asks."""

    name: str
    scopes: list[str]
    requests_per_minute: int


class EvidenceOut(_Answer):
    """A piece of evidence: exactly one of `message`, `event` (a ledger row) and `file` is not null."""

    message: int | None
    event: int | None
    file: FileOut | None


class BreachOut(_Answer):
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


class HolderOut(_Answer):
    """What one person of a team used; `agent` null: nobody yet."""

    agent: PersonOut | None
    used_seconds: int


class LinkOut(_Answer):
    """What one team used of a promise (`team` null: nobody held it). `budget_seconds` is the target of its own
    promises in that time, null without one; `spent_seconds` what of it went, by its own clock."""

    team: TeamOut | None
    kind: str
    agreement: str
    used_seconds: int
    budget_seconds: int | None
    spent_seconds: int | None
    over_seconds: int
    agents: list[HolderOut]


class StretchOut(_Answer):
    """A stretch of one holder; both null: nobody held it."""

    team: TeamOut | None
    agent: PersonOut | None
    since: datetime
    until: datetime
    used_seconds: int


class ChainOut(_Answer):
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


class BreachReasonOut(_Answer):
    """A reason that can be given."""

    code: str
    word: str
    needs_words: bool


class BreachReasons(_Answer):
    """The reasons that can be given, in the order of the list."""

    items: list[BreachReasonOut]
