"""What does a program get? The answers of the API. Instants are UTC (RFC 3339), amounts are whole working seconds."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

FieldValueOut = bool | int | float | str | list[str]  # a custom field, typed as its `type` says


class Problem(BaseModel):
    """Why something was refused (RFC 9457). `code` is stable; `title`, `detail` and `fields` are in your language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str] = {}


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ContactOut(Answer):
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


class PersonOut(Answer):
    """A member of staff."""

    id: int
    username: str
    name: str


class TeamOut(Answer):
    """A team."""

    code: str
    name: str
    tier: int


class SpanOut(Answer):
    """A stretch of service time."""

    start: datetime
    end: datetime


class DayOut(Answer):
    """One date from start to due moment, its service time and how much it was; weekly, holiday, special or closed."""

    day: date
    kind: str
    name: str
    seconds: int
    windows: list[SpanOut]


class DoerOut(Answer):
    """Who did something: staff, contact, token, bot or system; `person` is a member of staff."""

    kind: str
    person: PersonOut | None


class PauseOut(Answer):
    """A stretch in which the clock stood still; `until` is null while it lasts."""

    reason: str
    since: datetime
    until: datetime | None
    open_seconds: int
    by: DoerOut | None = None  # who said so; only in the answer for one promise


class WayOut(Answer):
    """How one notice went: its way, whether it left, when it was sent, read and taken up."""

    way: str
    state: str
    sent_at: datetime | None
    read_at: datetime | None
    taken_up_at: datetime | None


class HolderOut(Answer):
    """Who held the ticket."""

    team: TeamOut | None
    agent: PersonOut | None


class HappeningOut(Answer):
    """One thing that happened to a promise.

    `kind`: started, paused, resumed, met, cancelled, reopened, retargeted, reset; broken; told (`person` by `ways`,
    because of `reason`); skipped (the step in `reason`); handed_over (from `before` to `holder`); changed (a `field` of
    the ticket, from `old` to `new`) or corrected. `due_at` and `rule` hold from there on.
    """

    at: datetime
    kind: str
    by: DoerOut
    reason: str
    due_at: datetime | None
    rule: str
    person: PersonOut | None
    ways: list[WayOut]
    holder: HolderOut | None
    before: HolderOut | None
    field: str
    old: str
    new: str


class ExplanationOut(Answer):
    """How the due moment came about; `more_days` were left out after those told."""

    code: str
    at: datetime
    pauses: list[PauseOut]
    days: list[DayOut]
    more_days: int = 0
    happened: list[HappeningOut] | None = None  # only in the answer for one promise


class PromiseOut(Answer):
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
    explanation: ExplanationOut | None = None  # only in the answers for one ticket or one promise


class ProofOut(Answer):
    """A proof of a promise: its story, the rows behind it with their seals, the head of the chain.

    Keep the file as it came: `digest` and `signature` are over all of it. `yingnuo verify` judges the promise again.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    proof: str
    format: int
    made_at: datetime
    digest: str
    signature: str


class TicketOut(Answer):
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
    fields: dict[str, FieldValueOut]
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


class FileOut(Answer):
    """A file of a message."""

    id: int
    name: str
    content_type: str
    size: int
    sha256: str


class MessageOut(Answer):
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


class TicketPage(Answer):
    """One page of tickets; `next` is "" at the end."""

    items: list[TicketOut]
    next: str


class PromisePage(Answer):
    """One page of promises; `next` is "" at the end."""

    items: list[PromiseOut]
    next: str


class ContactPage(Answer):
    """One page of customers; `next` is "" at the end."""

    items: list[ContactOut]
    next: str


class MessageList(Answer):
    """The newest messages of a ticket, oldest first."""

    items: list[MessageOut]


class ReasonOut(Answer):
    """What stood in a rule's way: the fact, what was asked of it, and what it was."""

    fact: str
    test: str
    asked: list[str]
    actual: str


class TriedOut(Answer):
    """A rule that names the milestone and was passed over."""

    rule: str
    reasons: list[ReasonOut]


class MilestonePreview(Answer):
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


class PreviewOut(Answer):
    """What would be promised to a ticket of these facts."""

    kind: str
    urgency: str
    team: str
    product_line: str
    tags: list[str]
    dispatch_rules: list[str]
    at: datetime
    milestones: list[MilestonePreview]


class MeOut(Answer):
    """The token that asks. `may` are those scopes that it has indeed: whom it acts for may know less."""

    name: str
    scopes: list[str]
    may: list[str]
    acts_for: PersonOut | None
    expires_at: datetime | None
    last_used_at: datetime | None
    requests_per_minute: int
