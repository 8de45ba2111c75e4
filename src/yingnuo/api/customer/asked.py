"""What may a customer's app send?"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from yingnuo.api.asked import Body, Code, Cursor, FieldValue, FileIn, Language, Text, without_nul
from yingnuo.engine.urgency import Impact
from yingnuo.tickets.models import Kind

Files = Annotated[tuple[FileIn, ...], Field(max_length=10)]


class SessionIn(Body):
    """The identity that the app's own server has signed."""

    identity: Annotated[str, StringConstraints(min_length=1, max_length=4_096, pattern=r"^[A-Za-z0-9._-]+$")]


class AskIn(Body):
    """A request of the customer. `impact` answers what it hinders; from it follows how urgent it is."""

    text: Text
    subject: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=200)] = ""
    kind: Kind | None = None
    impact: Annotated[tuple[Impact, ...], Field(max_length=10)] = ()
    product_line: Code = ""
    region: Code = ""
    language: Language | None = None
    fields: Annotated[dict[Code, FieldValue], Field(max_length=100)] = {}
    files: Files = ()


class WordsIn(Body):
    """Further words and files of the customer."""

    text: Text
    files: Files = ()


class RateIn(Body):
    """How it was, 1 (very bad) to 5 (very good)."""

    score: Annotated[int, Field(ge=1, le=5)]
    words: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=1_000)] = ""


class TicketsQuery(BaseModel):
    """Which page of his requests, and whether only those at which work is owed."""

    open: bool = False
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Cursor = Field("", description="`next` of the page before.")
