"""What happens to a ticket's promises when something happens to the ticket?

Each verb locks the ticket's promises, marks what concerns them and refreshes the ticket's next due moment. The caller
holds the transaction and, for a ticket that exists already, its row lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db.models import Max, Min

from yingnuo.engine.clock import MarkKind
from yingnuo.engine.terms import Terms
from yingnuo.kit import revisions
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving, giving, marking
from yingnuo.promises.giving import Gift
from yingnuo.promises.marking import Change
from yingnuo.promises.models import Mark, Promise
from yingnuo.promises.models import MilestoneCode as M
from yingnuo.promises.standards import terms_of
from yingnuo.tickets.models import Status, Ticket

AT_OPENING = (M.FIRST_RESPONSE, M.HANDOFF, M.RESOLUTION)
ANSWERS = (M.FIRST_RESPONSE, M.NEXT_RESPONSE, M.PROGRESS_UPDATE, M.CALLBACK)
RESPONSES = (M.FIRST_RESPONSE, M.NEXT_RESPONSE, M.CALLBACK)  # owed for what the customer said
SOLVED = (M.RESOLUTION, M.WORKAROUND, M.HANDOFF)
SILENT = "resolved_without_answer"


def open_of(ticket: Ticket) -> list[Promise]:
    """The promises still owed to a ticket, locked until the transaction ends."""
    return list(Promise.objects.select_for_update().filter(ticket=ticket, ended_at=None).order_by("id"))


def all_of(ticket: Ticket) -> list[Promise]:
    """Every promise of a ticket, locked."""
    return list(Promise.objects.select_for_update().filter(ticket=ticket).order_by("id"))


def draft_for(
    tickets: Sequence[Ticket], *, handed_off: Callable[[Ticket], bool], revision: int, now: datetime
) -> list[Promise]:
    """What tickets about to be opened are promised of first response, hand-off and resolution.

    Neither is stored yet; the tickets carry their next due moment already. `giving.store` follows. Where a ticket is
    `handed_off` to the right specialist from the beginning, that promise is kept at once.
    """
    gifts = [
        Gift(t, m, t.created_at, met_at=now if m == M.HANDOFF and handed_off(t) else None)
        for t in tickets
        for m in AT_OPENING
    ]
    drafts = giving.draft(gifts, revision=revision, now=now)
    deriving.set_dues(drafts)
    return drafts


def customer_wrote(actor: Actor, *, ticket: Ticket, message: int, at: datetime, now: datetime) -> None:
    """The customer wrote again: when the first response has been given, each unanswered message gets its own clock."""
    promises = open_of(ticket)
    if not any(p.milestone == M.FIRST_RESPONSE for p in promises):
        gift = Gift(ticket, M.NEXT_RESPONSE, at, message)
        promises += giving.give(actor, gifts=[gift], revision=revisions.current(), now=now)
    deriving.refresh_dues([ticket.pk], promises)


def answered(actor: Actor, *, ticket: Ticket, speaker: str, at: datetime, now: datetime) -> list[Promise]:
    """A public answer was given by a `person` or the `bot`: it meets every response that it qualifies for.

    One that is told late (an answer by phone, a laptop that was offline) also corrects what ended after it was given.
    """
    promises = open_of(ticket)
    asked = [p for p in promises if p.milestone in ANSWERS] + (_ended_after(ticket, at) if at < now else [])
    met = [p for p in asked if terms_of(p.terms_id).answered_by_a(speaker)]
    touched = marking.apply(actor, ticket=ticket, changes=[Change(p, MarkKind.MET, at) for p in met], now=now)
    deriving.refresh_dues([ticket.pk], promises)
    return touched


def _ended_after(ticket: Ticket, at: datetime) -> list[Promise]:
    """Responses that were owed at `at` and ended later, locked."""
    rows = Promise.objects.select_for_update().filter(ticket=ticket, milestone__in=ANSWERS)
    return list(rows.filter(started_at__lte=at, ended_at__gt=at).order_by("id"))


def update_promised(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The matter goes on after an answer: the next progress update is promised, unless one is owed."""
    promises = open_of(ticket)
    if not any(p.milestone == M.PROGRESS_UPDATE for p in promises):
        gift = Gift(ticket, M.PROGRESS_UPDATE, at)
        promises += giving.give(actor, gifts=[gift], revision=revisions.current(), now=now)
        deriving.refresh_dues([ticket.pk], promises)


def no_reply_needed(actor: Actor, *, ticket: Ticket, reason: str, now: datetime) -> None:
    """The customer's last words ask for nothing: the reply clocks are cancelled with the reason."""
    _mark_where(actor, ticket, MarkKind.CANCELLED, now, now, reason, lambda p: p.milestone == M.NEXT_RESPONSE)


def handed_off(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The right specialist has the ticket: the hand-off is met."""
    _mark_where(actor, ticket, MarkKind.MET, at, now, "", lambda p: p.milestone == M.HANDOFF)


def holder_changed(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """Team or agent changed: what is owed goes with the ticket, what was over by then stays with who let it run out."""
    promises = [p for p in open_of(ticket) if not p.broken_at and (p.due_at is None or p.due_at >= now)]
    for p in promises:
        p.team_id, p.agent_id = ticket.team_id, ticket.agent_id
    deriving.store(promises)


def reassigned(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """The ticket left its holder without reaching a specialist: his hand-off ends, and the new holder's own begins.

    So nobody inherits the time another one used. Called before `holder_changed`, so that what ends is its holder's.
    """
    _mark_where(actor, ticket, MarkKind.CANCELLED, now, now, "reassigned", lambda p: p.milestone == M.HANDOFF)
    giving.give(actor, gifts=[Gift(ticket, M.HANDOFF, now)], revision=revisions.current(), now=now)


def paused(actor: Actor, *, ticket: Ticket, reason: str, at: datetime, now: datetime) -> None:
    """Work waits for a listed reason: the clocks whose terms allow that reason stand still."""
    _mark_where(actor, ticket, MarkKind.PAUSED, at, now, reason, lambda p: terms_of(p.terms_id).may_pause(reason))


def resumed(actor: Actor, *, ticket: Ticket, reason: str = "", at: datetime, now: datetime) -> None:
    """The reason (without one: every reason) is gone: clocks run again, a broken one counts its overrun on.

    What ended the pause may be older than the pause itself (a mail that waited to be taken in): it ends at its start.
    All that ever stood still are told, those too whose terms of today know no pause: they may get others again.
    """
    pauses = Mark.objects.filter(promise__ticket=ticket, promise__ended_at=None, kind=MarkKind.PAUSED.value)
    still = dict(pauses.values("promise_id").annotate(last=Max("at")).values_list("promise_id", "last"))
    moment = max([at, *still.values()])
    _mark_where(actor, ticket, MarkKind.RESUMED, moment, now, reason, lambda p: p.pk in still)


def resolved(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The matter is solved: resolution, workaround and hand-off are met, late or not; the rest has lost its object.

    A response that is still owed was never given, and a solution is none: it is cancelled, or stays broken.
    """
    promises = open_of(ticket)
    changes = [_solved(p, at) for p in promises]
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    deriving.refresh_dues([ticket.pk], promises)


def _solved(p: Promise, at: datetime) -> Change:
    if p.milestone in SOLVED:
        return Change(p, MarkKind.MET, at)
    return Change(p, MarkKind.CANCELLED, at, SILENT if p.milestone in RESPONSES else "resolved")


def unanswered(ticket: Ticket, *, owed: Iterable[str]) -> bool:
    """Whether the customer waits for words: none came yet, or a response is among the milestones `owed`."""
    return ticket.is_open and (ticket.first_response_at is None or not set(RESPONSES).isdisjoint(owed))


def reopened(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The customer disagrees that it is solved: the resolution is owed again, per its terms."""
    promises = all_of(ticket)
    ended = [p for p in promises if p.milestone == M.RESOLUTION and p.ended_at]
    match = giving.matches_for(ticket, revision=revisions.current()).get(M.RESOLUTION) if ended else None
    terms = match.terms if match else None  # facts may have changed while the ticket rested
    # the words that reopen it may be older than its end (a mail that waited to be taken in)
    changes = [Change(p, MarkKind.REOPENED, max(at, p.ended_at or at), terms=terms) for p in ended]
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    deriving.refresh_dues([ticket.pk], promises)


def cancelled(actor: Actor, *, ticket: Ticket, reason: str, at: datetime, now: datetime) -> None:
    """Nothing is owed any more (merged, closed without a solution): every open promise ends with the reason."""
    _mark_where(actor, ticket, MarkKind.CANCELLED, at, now, reason, lambda _p: True)


def rederived(actor: Actor, *, ticket: Ticket, now: datetime) -> list[Promise]:
    """A fact of the ticket changed: rules are matched again, elapsed time carries over, finished promises stay.

    Milestones that no longer have terms are cancelled. Those that have only now are given from the ticket's start or,
    where that would have run out already, from now; a ticket at rest is given nothing.
    """
    if not ticket.is_open:
        return []  # at rest nothing is owed; reopening asks the standard again
    revision = revisions.current()
    promises = open_of(ticket)
    matches = giving.matches_for(ticket, revision=revision)
    changes = []
    for p in promises:
        match = matches.get(p.milestone)
        changes += _follows(p, match.terms if match else None, ticket, now)
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    promises += giving.store(actor, drafts=_newly_owed(ticket, revision, now), now=now)
    deriving.refresh_dues([ticket.pk], promises)
    return promises


def _follows(p: Promise, terms: Terms | None, ticket: Ticket, now: datetime) -> list[Change]:
    before = terms_of(p.terms_id)
    if terms is None:
        return [Change(p, MarkKind.CANCELLED, now, "no_terms")]
    if terms == before:
        return []
    reason = ticket.waiting_for
    waits = ticket.status == Status.WAITING and terms.may_pause(reason) and not before.may_pause(reason)
    still = [Change(p, MarkKind.PAUSED, now, reason)] if waits else []
    return [Change(p, MarkKind.RETARGETED, now, terms=terms), *still]


def _newly_owed(ticket: Ticket, revision: int, now: datetime) -> list[Promise]:
    known = set(Promise.objects.filter(ticket=ticket).values_list("milestone", flat=True))
    gifts = [Gift(ticket, m, ticket.created_at) for m in AT_OPENING if m not in known]
    drafts = giving.draft(gifts, revision=revision, now=now)
    over = [p.milestone for p in drafts if p.broken_at]
    again = giving.draft([Gift(ticket, m, now) for m in over], revision=revision, now=now)
    return [p for p in drafts if not p.broken_at] + again


def start_of(ticket: Ticket) -> datetime:
    """Since when the customer counts: the earliest start of what was promised to the ticket at its opening."""
    first: datetime | None = Promise.objects.filter(ticket=ticket, milestone__in=AT_OPENING).aggregate(
        at=Min("started_at")
    )["at"]
    return min(first, ticket.created_at) if first else ticket.created_at


def split(
    actor: Actor, *, ticket: Ticket, made: Ticket, messages: Sequence[int], handed_off: Callable[[Ticket], bool],
    since: datetime, now: datetime,
) -> None:  # fmt: skip
    """Some messages became a ticket of their own: what was owed for them alone ends here, and that one is promised.

    Its hand-off counts from now, for the time before was another matter's; a specialist who holds it keeps it at once.
    """
    moved = set(messages)
    _mark_where(actor, ticket, MarkKind.CANCELLED, now, now, "split", lambda p: p.message_id in moved)
    others = [Gift(made, m, since) for m in AT_OPENING if m != M.HANDOFF]
    gifts = [*others, Gift(made, M.HANDOFF, now, met_at=now if handed_off(made) else None)]
    given = giving.give(actor, gifts=gifts, revision=revisions.current(), now=now)
    deriving.refresh_dues([made.pk], given)


def merged(actor: Actor, *, ticket: Ticket, absorbed: Ticket, at: datetime, now: datetime) -> None:
    """Another ticket was absorbed: its promises end "merged", the earliest start survives in the open ones here."""
    own = {p.milestone: p for p in open_of(ticket)}
    theirs = open_of(absorbed)
    cancelled(actor, ticket=absorbed, reason="merged", at=at, now=now)
    earlier = [p for p in theirs if p.milestone in AT_OPENING and p.milestone in own]
    changes = [Change(own[p.milestone], MarkKind.STARTED, p.started_at) for p in earlier
               if p.started_at < own[p.milestone].started_at]  # fmt: skip
    for change in changes:
        change.promise.started_at = change.at
    Promise.objects.bulk_update([c.promise for c in changes], ["started_at"])
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    unanswered = {M.NEXT_RESPONSE} if M.FIRST_RESPONSE in own else {M.NEXT_RESPONSE, M.FIRST_RESPONSE}
    moved = [Gift(ticket, M.NEXT_RESPONSE, p.started_at, p.message_id) for p in theirs if p.milestone in unanswered]
    giving.give(actor, gifts=moved, revision=revisions.current(), now=now)
    deriving.refresh_dues([ticket.pk], open_of(ticket))


def _mark_where(
    actor: Actor, ticket: Ticket, kind: MarkKind, at: datetime, now: datetime, reason: str,
    chosen: Callable[[Promise], bool],
) -> None:  # fmt: skip
    promises = open_of(ticket)
    changes = [Change(p, kind, at, reason) for p in promises if chosen(p)]
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    deriving.refresh_dues([ticket.pk], promises)


def acknowledged(*, promise: int, step: str, now: datetime) -> None:
    """A warning was taken up: its acknowledgement is no longer waited for."""
    row = Promise.objects.select_for_update().filter(pk=promise).first()
    if row is None or step not in row.ack_due:
        return
    del row.ack_due[step]
    deriving.arm(row, terms_of(row.terms_id), marking.state_of(row, now=now))
    deriving.store([row])
