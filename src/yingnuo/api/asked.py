"""What may a program send? Bodies and queries of the API.

Unknown fields of a body are refused, so that a misspelling is told.
"""

from __future__ import annotations

import base64
from typing import Annotated, Literal

from ninja import Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from yingnuo.people.models import Tier
from yingnuo.promises.models import StandingCode
from yingnuo.tickets.models import Kind, Urgency, Via

LARGEST_ID = 2**63 - 1


def without_nul(value: object) -> object:
    """PostgreSQL keeps no NUL; the character says nothing, so it is left out rather than refused."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def _from_base64(value: object) -> object:
    """Strict: pydantic's own type drops what is not base64, and a file would arrive damaged."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except ValueError as error:
        raise PydanticCustomError("not_base64", "Write the bytes as base64.") from error


Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
PathId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Code = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9_-]*$")]
Language = Literal["zh-hans", "zh-hant", "en"]
Text = Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=100_000)]
Reason = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=200)]
Paragraph = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=2_000)]
Name = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=120)]
Subject = Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=200)]
Tag = Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=40)]
Cursor = Annotated[str, StringConstraints(max_length=400)]


FieldText = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=4_000)]
FieldValue = (
    bool
    | Annotated[int, Field(ge=-(10**15), le=10**15)]
    | Annotated[float, Field(ge=-1e15, le=1e15)]
    | FieldText
    | Annotated[list[FieldText], Field(max_length=100)]
)
Words = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=2_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ContactIn(Body):
    """Who asks. One of `email`, `phone` and `handle` must be there; the first one known finds the customer."""

    name: Name = ""
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$")] = ""
    phone: Annotated[str, StringConstraints(max_length=30, pattern=r"^[0-9+() .-]*$")] = ""
    handle: Name = Field("", description="The person's id in your own system or channel.")


class FileIn(Body):
    """A file that goes along, its bytes as base64."""

    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=200)]
    content_type: Annotated[str, StringConstraints(max_length=120, pattern=r"^[\w.+-]+/[\w.+-]+$")] = (
        "application/octet-stream"
    )
    data: Annotated[
        bytes,
        BeforeValidator(_from_base64),
        WithJsonSchema({"type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}),
    ]


class TicketIn(Body):
    """A customer's matter. What is left out is found by the rules; `urgency` and `kind` given here stand."""

    text: Text
    subject: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=200)] = ""
    contact: ContactIn
    via: Via = Via.API
    kind: Kind | None = None
    urgency: Urgency | None = None
    region: Code = ""
    product_line: Code = ""
    language: Language | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    fields: Annotated[dict[Code, FieldValue], Field(max_length=100)] = {}
    files: Annotated[tuple[FileIn, ...], Field(max_length=20)] = ()


class TicketPatch(Body):
    """Facts to change. The standard is asked again and open promises follow. A new urgency needs a `reason`."""

    subject: Subject | None = None
    kind: Kind | None = None
    urgency: Urgency | None = None
    tier: Tier | None = None
    product_line: Code | None = None
    region: Code | None = None
    reason: Reason = ""


class MessageIn(Body):
    """Something said. `customer`: the customer's further words; `reply`: to the customer; `note`: for staff only."""

    type: Literal["customer", "reply", "note"]
    text: Text
    files: Annotated[tuple[FileIn, ...], Field(max_length=20)] = ()
    qualified: bool = Field(True, description="Replies only: false for a holding word that meets no promise.")
    then: Literal["", "resolve", "wait"] = Field("", description="Replies only: what happens afterwards.")
    told: Annotated[tuple[Reason, ...], Field(max_length=50)] = Field(
        (), description="Replies only: items of the operating rule's checklist that these words tell the customer."
    )

    way: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9-]*$")] = Field(
        "", description="Replies only: the way it goes, as `ways` of the ticket names it; the natural one when empty."
    )
    tells: Id | None = Field(None, description="Replies only: the broken promise that these words tell of.")
    follows: Words = Field("", description="With `tells`: what is done now.")
    next_at: AwareDatetime | None = Field(None, description="With `tells`: by when the customer hears again.")


class SnoozeIn(Body):
    """Until when the ticket is put aside."""

    until: AwareDatetime


class HandoffIn(Body):
    """A hand-off note: what was tried, what is wanted, and how the customer wishes to be reached."""

    tried: Paragraph = ""
    wanted: Paragraph = ""
    contact: Paragraph = ""


class AssignIn(Body):
    """The team by its code and the agent by user name; null for nobody."""

    team: Code | None = None
    agent: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=60)] | None = None
    note: HandoffIn | None = Field(None, description="Needed where the team asks for it (`note_needed`).")


class PauseIn(Body):
    """Why work stands still."""

    reason: Literal[
        "waiting_customer", "waiting_parts", "waiting_supplier", "waiting_department", "appointment", "force_majeure"
    ]


class MergeIn(Body):
    """The ticket to take in. Two customers' tickets are joined only when `customers` says that it is meant."""

    absorb: Id
    customers: Literal["one", "several"] = "one"


class SplitIn(Body):
    """Messages of the customer that become a ticket of their own, promised from the `split` or the `original` start."""

    messages: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)]
    subject: Subject
    start: Literal["split", "original"] = "split"


class RecordIn(Body):
    """Something that was so: `arrived`, `called_back`, `refunded` …, or a deed that a standard names.

    `at` in the past corrects the promises in hindsight; now when left out. `words` become an internal note.
    """

    deed: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]*$")]
    at: AwareDatetime | None = None
    words: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=2_000)] = ""


class PromiseDateIn(Body):
    """A date promised to the customer, at most two years ahead; `words` go to him as an answer."""

    due: AwareDatetime
    words: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=20_000)] = ""


class CloseIn(Body):
    """Why a ticket is closed without a solution; "" for a resolved one."""

    reason: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=30)] = ""


class FillIn(Body):
    """Custom fields to fill in; null empties one. What is not named stays."""

    fields: Annotated[dict[Code, FieldValue | None], Field(min_length=1, max_length=100)]


class TagsIn(Body):
    """All tags of the ticket."""

    tags: Annotated[tuple[Tag, ...], Field(max_length=20)]


class PreviewIn(Body):
    """Facts of a ticket that is not there yet. With `text`, the dispatch rules are asked first, as for a real one."""

    text: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=20_000)] = ""
    via: Via = Via.API
    kind: Kind | None = None
    urgency: Urgency | None = None
    tier: Tier = Tier.STANDARD
    product_line: Code = ""
    region: Code = ""
    team: Code = Field("", description="Code of a team; without it, the one the rules choose.")
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    at: AwareDatetime | None = Field(None, description="When the customer asks; now when left out.")


class TicketQuery(BaseModel):
    """Which tickets, in which order. `due` lists only tickets with a running promise, the next due first."""

    state: Literal["open", "at_risk", "overdue", "waiting", "resolved", "closed", "any"] = "open"
    scope: Literal["all", "mine", "unassigned"] = Field(
        "all", description="`mine`: those of the member of staff that the token acts for."
    )
    team: Code = ""
    agent: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=60)] = ""
    kind: Kind | None = None
    urgency: Urgency | None = None
    via: Via | None = None
    tier: Tier | None = None
    region: Code = ""
    product_line: Code = ""
    tag: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=40)] = ""
    contact: Id | None = None
    words: Reason = Field(
        "", description="Words of subject or messages, and operators as in the desk's search: `tag:refund -is:open`."
    )
    order: Literal["newest", "oldest", "updated", "due"] = "newest"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Cursor = Field("", description="`next` of the page before.")


class PromiseQuery(BaseModel):
    """Which promises. `open`: still owed; `overdue`: still owed and past due; otherwise the standing."""

    state: Literal["open", "overdue"] | StandingCode = "open"
    milestone: Code | None = None
    ticket: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Cursor = Field("", description="`next` of the page before.")


class ContactQuery(BaseModel):
    """Which customers; without a filter all of them, the newest first."""

    email: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=254)] = ""
    phone: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=30)] = ""
    handle: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=120)] = ""
    name: Name = Field("", description="A part of the name.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Cursor = Field("", description="`next` of the page before.")


class BreachReasonIn(Body):
    """Why a promise was broken. Evidence is named by id: messages and ledger rows of the same ticket."""

    reason: Code
    words: Words = ""
    messages: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    events: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(
        None, description="The version of the file that was read; another one now is refused with 409."
    )


class BreachExcuseIn(Body):
    """Why a breach should be excused."""

    words: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=2_000)]
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(
        None, description="The version of the file that was read; another one now is refused with 409."
    )
