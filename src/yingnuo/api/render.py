"""How do rows become answers?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse
from pydantic import BaseModel

from yingnuo.api import told
from yingnuo.engine import clock
from yingnuo.engine import promise as engine_promise
from yingnuo.engine.promise import Explanation
from yingnuo.engine.terms import Terms
from yingnuo.kit import instants
from yingnuo.people.models import Contact, Staff, Team
from yingnuo.people.queries import Organisation, StaffCard, TeamCard
from yingnuo.promises import marking
from yingnuo.promises.models import Promise, StandingCode
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.tickets import links
from yingnuo.tickets.models import Message, Ticket

MOST_DAYS = 366  # of one explanation


def answer(body: BaseModel, *, status: int = 200, replayed: bool = False) -> HttpResponse:
    """The JSON answer; written by pydantic in one go, which costs a third of Django's encoder."""
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return HttpResponse(body.model_dump_json(), status=status, content_type="application/json", headers=headers)


def contact(row: Contact) -> told.ContactOut:
    """A customer; `company` and `region` should have been selected along."""
    return told.ContactOut(
        id=row.pk, name=row.name, email=row.email, phone=row.phone, handle=row.handle, tier=row.tier,
        company=row.company.name if row.company else None, region=row.region.code if row.region else None,
        language=row.language,
    )  # fmt: skip


def team(row: Team | TeamCard | None) -> told.TeamOut | None:
    """A team."""
    return told.TeamOut(code=row.code, name=row.name, tier=row.tier) if row else None


def person(row: Staff | StaffCard | None) -> told.PersonOut | None:
    """A member of staff."""
    return told.PersonOut(id=row.id, username=row.username, name=row.name) if row else None


_PLAIN = (
    "number", "subject", "kind", "urgency", "status", "waiting_for", "via", "tier", "product_line", "region",
    "language", "tags", "created_at", "updated_at", "first_response_at", "resolved_at", "closed_at", "due_at",
    "next_milestone", "urged", "reopened", "version",
)  # fmt: skip


def _facts(row: Ticket, of: Team | TeamCard | None, agent: Staff | StaffCard | None) -> dict[str, object]:
    return {name: getattr(row, name) for name in _PLAIN} | {
        "id": row.pk,
        "fields": row.fields,
        "contact": contact(row.contact),
        "company": row.company.name if row.company else None,
        "team": team(of),
        "agent": person(agent),
        "merged_into": row.merged_into_id,
    }


def ticket(row: Ticket) -> told.TicketOut:
    """A ticket as it stands in lists."""
    return told.TicketOut.model_validate(_facts(row, row.team, row.agent))


def ticket_with_promises(row: Ticket, promises: Sequence[told.PromiseOut]) -> told.TicketDetail:
    """A ticket with its promises."""
    return _detail(row, _facts(row, row.team, row.agent), promises)


def opened(row: Ticket, promises: Sequence[told.PromiseOut], org: Organisation) -> told.TicketDetail:
    """As `ticket_with_promises`, for a ticket that was just stored: nothing is read again, its holder is known."""
    facts = _facts(row, org.teams.get(row.team_id or 0), org.staff.get(row.agent_id or 0))
    return _detail(row, facts, promises)


def _detail(row: Ticket, facts: dict[str, object], promises: Sequence[told.PromiseOut]) -> told.TicketDetail:
    return told.TicketDetail.model_validate(facts | {"promise_page": links.promise_url(row), "promises": promises})


def _target(row: Promise, terms: Terms) -> int:
    """Working seconds promised; of working days those to the closing of the last."""
    return terms.target_from(instants.seconds(row.started_at), calendar(terms.calendar))


def promise(row: Promise, *, now: datetime) -> told.PromiseOut:
    """A promise as its row has it: exact for what ended, as of its last change for what runs."""
    terms = terms_of(row.terms_id)
    owed = row.ended_at is None
    return told.PromiseOut(
        id=row.pk, ticket=row.ticket_id, milestone=row.milestone, agreement=terms.agreement, standing=row.standing,
        overdue=owed and (row.broken_at is not None or (row.due_at is not None and row.due_at < now)),
        target_seconds=_target(row, terms), worked_seconds=row.worked, remaining_seconds=row.remaining,
        overrun_seconds=row.overrun, calendar=terms.calendar, policy=terms.policy, rule=terms.rule, guide=terms.guide,
        started_at=row.started_at, due_at=row.due_at, met_at=row.met_at, ended_at=row.ended_at,
        broken_at=row.broken_at,
    )  # fmt: skip


def explained(rows: Sequence[Promise], *, now: datetime) -> list[told.PromiseOut]:
    """Promises folded from their marks at `now`, each with how its due moment came about; one query for all marks."""
    marks = marking.marks_of(rows)
    at = instants.seconds(now)
    return [explained_by(r, clock.fold(terms_of(r.first_terms_id), marks[r.pk], at, calendar), now=now) for r in rows]


def explained_by(row: Promise, state: clock.State, *, now: datetime) -> told.PromiseOut:
    """One promise, from its state at `now`."""
    found = engine_promise.explain(state.terms, state, calendar(state.terms.calendar))
    standing = StandingCode.BROKEN.value if state.broken else state.standing.value
    return promise(row, now=now).model_copy(
        update={
            "standing": standing,
            "overdue": state.broken and state.open,
            "worked_seconds": state.worked,
            "remaining_seconds": state.remaining,
            "overrun_seconds": state.overrun,
            "broken_at": instants.instant_or_none(state.breached_at),
            "explanation": _explanation(found),
        }
    )


def _explanation(found: Explanation) -> told.ExplanationOut:
    return told.ExplanationOut(
        code=found.code,
        at=instants.instant(found.at),
        pauses=[
            told.PauseOut(
                reason=p.reason, since=instants.instant(p.since), until=instants.instant_or_none(p.until),
                open_seconds=p.open_seconds,
            )
            for p in found.pauses
        ],
        days=[
            told.DayOut(
                day=d.day, kind=d.kind, name=d.name, seconds=d.seconds,
                windows=[told.SpanOut(start=a, end=b) for a, b in d.windows],
            )
            for d in found.days[:MOST_DAYS]
        ],
        more_days=max(0, len(found.days) - MOST_DAYS),
    )  # fmt: skip


def message(row: Message) -> told.MessageOut:
    """A message; `staff`, `contact` and `attachments` should have been fetched along."""
    by = row.staff.name if row.staff else str(row.contact) if row.contact else ""
    return told.MessageOut(
        id=row.pk, author=row.author, by=by, public=row.public, qualified=row.qualified, via=row.via, text=row.text,
        quoted=row.quoted, at=row.at,
        files=[
            told.FileOut(id=a.pk, name=a.name, content_type=a.content_type, size=a.size, sha256=a.sha256)
            for a in row.attachments.all()
        ],
    )  # fmt: skip
