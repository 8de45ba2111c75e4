"""How is what one team owes another for a task promised: by which terms, from when, and when is it met?

By the same engine as what the customer is promised, but apart from it: nothing that happens to the ticket moves such a
clock, its holder is whoever was asked, and the ticket's own next due moment does not know it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from yingnuo.engine.clock import MarkKind
from yingnuo.engine.terms import Step, Terms, When
from yingnuo.kit import instants, revisions
from yingnuo.people.queries import TeamCard, organisation
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving, giving, marking
from yingnuo.promises.giving import Gift
from yingnuo.promises.marking import Change
from yingnuo.promises.models import MilestoneCode as M
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import ALWAYS, Standards, standards
from yingnuo.tickets.models import Ticket

QUESTION = "task_question"  # why such a clock stands still: those who were asked wait for an answer
_CUSTOMER = "customer"


def terms_for(ticket: Ticket, *, team: int, wanted: datetime | None, now: datetime) -> Terms | None:
    """The terms of a task for this team: until `wanted`, else as the standard in force says; None where it says none.

    The standard is asked with the ticket's facts and the asked team in the place of its own. The team's service times
    count; a moment wanted before they open is counted round the clock.
    """
    revision = revisions.current()
    book, org = standards.at(revision), organisation.at(revision)
    card = org.teams[team]
    facts = replace(giving.facts_of(ticket, org), team=card.code, team_tier=card.tier)
    matches = book.match_all(facts)
    named = next(
        (matches[m].terms for m in (M.TASK, M.HOLDING, M.RESOLUTION) if m in matches and matches[m].terms), None
    )
    own = named if named is not None and named.milestone == M.TASK else None
    if wanted is not None:
        return _until(own or named, book, card, instants.seconds(now), instants.seconds(wanted))
    return _bare(own, _hours(card, book) or own.calendar) if own else None


_DECIDE = (
    Step("approval_half", When.BEFORE, share=0.5, audience=("holder",), ways=("in_app", "mail")),
    Step("approval_late", When.AFTER, audience=("holder", "up_the_line"), ways=("in_app", "mail")),
)


def terms_of_approval(seconds: int, calendar: str) -> Terms:
    """The terms of a decision between colleagues: warned when half the time is gone, told up the line when it is late.

    `calendar` is a code; without one, or when it is there no more, the clock runs round the clock.
    """
    book = standards.at(revisions.current())
    key = book.calendars.get(calendar, "") or book.calendars[ALWAYS]
    return Terms(M.TASK.value, "ola", seconds, key, pauses=(QUESTION,), ladder=_DECIDE)


def _hours(card: TeamCard, book: Standards) -> str:
    """The version of the team's own service times; "" where it has none."""
    return book.calendars.get(card.calendar, "") if card.calendar else ""


def _until(usual: Terms | None, book: Standards, card: TeamCard, now: int, wanted: int) -> Terms:
    key = _hours(card, book) or book.calendars[ALWAYS]
    seconds = book.calendar(key.partition("@")[0]).elapsed(now, wanted)
    if not seconds:
        key, seconds = book.calendars[ALWAYS], wanted - now
    plain = usual or Terms(M.TASK.value, "ola", seconds, key)
    return _bare(replace(plain, target_seconds=seconds, target_days=0, pauses=(QUESTION,)), key)


def _bare(terms: Terms, key: str) -> Terms:
    """Without what is the customer's: he is neither warned nor answered by it, and no wait of the ticket stops it."""
    return replace(
        terms, milestone=M.TASK.value, agreement="ola", calendar=key, guide="", checklist=(), qualifies="answer",
        course=None, pauses=(QUESTION,) if terms.may_pause(QUESTION) else (),
        ladder=tuple(step for each in terms.ladder if (step := _inside(each)).audience),
    )  # fmt: skip


def _inside(step: Step) -> Step:
    return replace(step, audience=tuple(role for role in step.audience if role != _CUSTOMER))


def give(
    actor: Actor, *, ticket: Ticket, terms: Terms, team: int, staff: int | None, now: datetime
) -> Promise:  # fmt: skip
    """The promise of a task that begins now; its holder is the asked team."""
    revision = revisions.current()
    [draft] = giving.draft([Gift(ticket, M.TASK.value, now, terms=terms)], revision=revision, now=now)
    draft.team_id, draft.agent_id = team, staff
    [given] = giving.store(actor, drafts=[draft], now=now)
    return given


def mark(actor: Actor, *, ticket: Ticket, promise: int, kind: MarkKind, reason: str = "", now: datetime) -> Promise:
    """Meets, ends, pauses or resumes the clock of a task; a clock that knows no pause runs on."""
    row = Promise.objects.select_for_update().get(pk=promise)
    if row.ended_at is None:
        marking.retarget(actor, changes=[Change(row, kind, now, reason)], now=now)
        marking.settle(ticket, [row])
    return row


def held_by(promise: int, *, staff: int | None, team: int | None = None) -> None:
    """Somebody has it now, of another `team` perhaps: warnings are his, and so is a breach from now on."""
    row = Promise.objects.select_for_update().get(pk=promise)
    if row.ended_at is None and row.broken_at is None:
        row.agent_id, row.team_id = staff, team or row.team_id
        deriving.store([row])


def moved(promises: list[int], *, ticket: Ticket) -> None:
    """Open tasks of a ticket that was merged are the other one's now."""
    Promise.objects.filter(pk__in=promises, ended_at=None).update(ticket=ticket)
