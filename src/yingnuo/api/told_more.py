"""What does a program get about files, links, notices, the ledger and the risk of a breach?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yingnuo.api.told import Answer, PersonOut


class AnswerWayOut(Answer):
    """One way to the customer; `open` false: its window is over, only an approved template goes."""

    code: str
    name: str
    kind: str
    to: str
    via: str
    open: bool


class Ways(Answer):
    """The ways to a customer."""

    items: list[AnswerWayOut]


class CustomerLinkOut(Answer):
    """A link to a promise page; raising `version` kills all links before."""

    url: str
    version: int


class OriginalOut(Answer):
    """A message as it was written: sanitised HTML, or what was folded away of its text."""

    message: int
    html: str
    text: str
    quoted: str


class NoticeOut(Answer):
    """A warning or news for one member of staff. `ack_by` not null and `acked_at` null: somebody must take it up."""

    id: int
    ticket: int | None
    promise: int
    milestone: str
    reason: str
    step: str
    at: datetime
    due_at: datetime | None
    ack_by: datetime | None
    acked_at: datetime | None
    seen_at: datetime | None


class NoticePage(Answer):
    """One page of notices; `next` is "" at the end."""

    items: list[NoticeOut]
    next: str
    unseen: int


class SeenOut(Answer):
    """How many notices were new."""

    seen: int


class EventOut(Answer):
    """One row of the ledger: `code` and `params` say what happened (see the reference), the actor who did it."""

    id: int
    at: datetime
    code: str
    actor: str
    actor_id: int
    person: PersonOut | None
    ticket: int | None
    subject: str
    params: dict[str, Any]


class EventPage(Answer):
    """One page of the ledger, oldest first; keep `next` and ask again later: it is never "" here."""

    items: list[EventOut]
    next: str
    more: bool


class RiskOut(Answer):
    """An open ticket and the chance (0 to 1) that one of its promises breaks; `why` is what it rests on."""

    ticket: int
    number: str
    subject: str
    risk: float
    why: dict[str, Any]
    due_at: datetime | None
    milestone: str


class Risks(Answer):
    """The open tickets at the greatest risk, that first."""

    items: list[RiskOut]
