"""What does a happening of a ticket do to its promises?

What their terms' courses say (`engine.milestones`): it meets those it stops, ends those it cancels, counts anew those
it resets, stands still or lets run those it pauses or resumes, and begins the milestones that the standard starts so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yingnuo.engine.clock import MarkKind
from yingnuo.engine.milestones import Course, Event
from yingnuo.engine.terms import Terms
from yingnuo.kit import revisions
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving, giving, marking
from yingnuo.promises.giving import Gift
from yingnuo.promises.marking import Change
from yingnuo.promises.models import MilestoneCode as M
from yingnuo.promises.models import Promise
from yingnuo.promises.standards import terms_of
from yingnuo.tickets.models import Ticket

RESPONSES = (M.FIRST_RESPONSE, M.NEXT_RESPONSE, M.CALLBACK)  # owed for what the customer said
ANSWERS = (M.FIRST_RESPONSE, M.NEXT_RESPONSE, M.PROGRESS_UPDATE, M.CALLBACK)
SILENT = "resolved_without_answer"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a ticket at `at`. `event` is of `engine.milestones.Event` or a standard's own deed.

    `reason` is the one to wait or to cancel; `speaker` whoever answered, person or bot; `message` the customer's words.
    """

    event: str
    at: datetime
    reason: str = ""
    speaker: str = ""
    message: int | None = None


def open_of(ticket: Ticket) -> list[Promise]:
    """The promises still owed to a ticket, locked until the transaction ends.

    What another team owes for a task is not among them: nothing that happens to the ticket moves it.
    """
    rows = Promise.objects.select_for_update().filter(ticket=ticket, ended_at=None)
    return list(rows.exclude(milestone=M.TASK).order_by("id"))


def tell(
    actor: Actor, *, ticket: Ticket, happening: Happening, late: Sequence[Promise] = (), now: datetime
) -> list[Promise]:
    """Does to the promises of a (locked) ticket what the happening does; those it touched or began.

    `late` are promises that have ended and that something learnt late concerns all the same.
    """
    owed = open_of(ticket)
    facts = _facts(ticket, happening)
    changes = [c for p in (*owed, *late) for c in _changes(p, terms_of(p.terms_id), happening, facts)]
    touched = marking.apply(actor, ticket=ticket, changes=changes, now=now)
    begun = _begin(actor, ticket, happening, [p for p in owed if p.ended_at is None], facts, now)
    deriving.refresh_dues([ticket.pk], [*owed, *late, *begun])
    return [*touched, *begun]


def _facts(ticket: Ticket, h: Happening) -> Mapping[str, object]:
    known = giving.facts_of(ticket, organisation.at(revisions.current())).as_mapping()
    return {**known, "reason": h.reason, "speaker": h.speaker}


def _changes(p: Promise, terms: Terms, h: Happening, facts: Mapping[str, object]) -> list[Change]:
    """The first thing that the course names for this event: a stop before a reset before a pause, as in one second."""
    course = terms.runs
    if course.named("stop", h.event, facts) and qualifies(p, terms, h):
        return [Change(p, MarkKind.MET, h.at)]
    if course.named("cancel", h.event, facts):
        return [Change(p, MarkKind.CANCELLED, h.at, _why(p, h))]
    if course.named("reset", h.event, facts):
        return [Change(p, MarkKind.RESET, h.at)]
    if course.named("pause", h.event, facts):
        return [Change(p, MarkKind.PAUSED, h.at, h.event)]
    if course.named("resume", h.event, facts):
        return [Change(p, MarkKind.RESUMED, h.at, trigger.event) for trigger in course.pause]
    return []


def qualifies(p: Promise, terms: Terms, h: Happening) -> bool:
    """Whether what happened may meet the promise: an answer must be one of whom and with what its terms ask for."""
    if h.event != Event.ANSWERED:
        return True
    return terms.answered_by_a(h.speaker) and (terms.qualifies == "answer" or not untold(p, terms))


def untold(p: Promise, terms: Terms) -> tuple[str, ...]:
    """What of its checklist the customer has not been told yet."""
    return tuple(item for item in terms.checklist if item not in p.checked)


def _why(p: Promise, h: Happening) -> str:
    if h.event == Event.RESOLVED and p.milestone in RESPONSES:
        return SILENT
    return (h.reason or h.event)[:30]


def _begin(
    actor: Actor, ticket: Ticket, h: Happening, owed: Sequence[Promise], facts: Mapping[str, object], now: datetime
) -> list[Promise]:
    revision = revisions.current()
    matches = giving.matches_for(ticket, revision=revision)
    courses = {m: match.terms.runs for m, match in matches.items() if match.terms}
    begun = [m for m, course in courses.items() if course.named("start", h.event, facts)]
    gifts = [Gift(ticket, m, h.at, h.message) for m in begun if may_begin(courses[m], m, owed, ticket)]
    return giving.give(actor, gifts=gifts, revision=revision, now=now)


def may_begin(course: Course, milestone: str, owed: Iterable[Promise], ticket: Ticket) -> bool:
    """Whether another promise of this milestone may begin beside those that are owed."""
    open_now = {p.milestone for p in owed}
    if course.after in open_now and course.after:
        return False
    if course.per == "holder":
        return ticket.team_id is not None
    return course.per == "message" or milestone not in open_now
