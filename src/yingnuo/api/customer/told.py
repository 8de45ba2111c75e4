"""What does a customer's app get? Only what was promised to him and said to him; nothing of how we work inside."""

from __future__ import annotations

from datetime import datetime

from yingnuo.api.told import Answer, ExplanationOut, FieldValueOut


class SessionOut(Answer):
    """A session: send `token` as bearer token until `expires_at`, then begin another one by a new identity."""

    token: str
    expires_at: datetime
    customer: int
    name: str


class CustomerOut(Answer):
    """The customer whose session it is."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    app: str


class CustomerPromise(Answer):
    """What was promised. `state`: running, paused, overdue (owed and late), kept, late (met late), missed (never met).

    `label` is in the customer's language; `explanation` tells how the due moment came about.
    """

    id: int
    milestone: str
    label: str
    state: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    target_seconds: int
    remaining_seconds: int
    late_seconds: int
    explanation: ExplanationOut | None


class CustomerTicket(Answer):
    """A request of the customer. `due_at` is the next moment promised to him; null when nothing runs."""

    id: int
    number: str
    subject: str
    kind: str
    status: str
    waiting_for: str
    product_line: str
    fields: dict[str, FieldValueOut]
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    holder: str
    urged: int
    urge_again_at: datetime | None
    joined_into: int | None


class CustomerTicketDetail(CustomerTicket):
    """A request with its promises; `rating` 0: not rated yet."""

    promises: list[CustomerPromise]
    promise_page: str
    rating: int


class CustomerTickets(Answer):
    """One page of his requests, the newest first; `next` is "" at the end."""

    items: list[CustomerTicket]
    next: str


class CustomerFile(Answer):
    """A file of a message."""

    id: int
    name: str
    size: int
    content_type: str


class SaidOut(Answer):
    """Something said. `side`: you, us, bot or automatic; `by` is what one calls whoever wrote it."""

    id: int
    side: str
    by: str
    text: str
    at: datetime
    files: list[CustomerFile]


class SaidList(Answer):
    """What was said, oldest first, the newest 200."""

    items: list[SaidOut]


class LiveOut(Answer):
    """Where to listen (server-sent events, GET). An event is `ticket:<id> <id>`: read that ticket again."""

    url: str
    topics: list[str]
    expires_at: datetime
