"""What happens to a ticket's promises when something happens to the ticket?

Each verb locks the ticket's promises, marks what concerns them and refreshes the ticket's next due moment. The caller
holds the transaction and, for a ticket that exists already, its row lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Max, Min

from yingnuo.engine.clock import MarkKind
from yingnuo.engine.milestones import Event
from yingnuo.engine.policy import Match
from yingnuo.engine.terms import Terms
from yingnuo.kit import instants, revisions
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event as LedgerRow
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor
from yingnuo.promises import deriving, giving, marking
from yingnuo.promises.giving import Gift
from yingnuo.promises.happenings import RESPONSES, Happening, open_of, tell, untold
from yingnuo.promises.marking import Change
from yingnuo.promises.models import Mark, Promise
from yingnuo.promises.models import MilestoneCode as M
from yingnuo.promises.standards import ALWAYS, standards, terms_of
from yingnuo.tickets.models import Status, Ticket

AT_OPENING = (M.FIRST_RESPONSE, M.HANDOFF, M.RESOLUTION)


def all_of(ticket: Ticket) -> list[Promise]:
    """Every promise of a ticket, locked; tasks stand apart, as in `happenings.open_of`."""
    rows = Promise.objects.select_for_update().filter(ticket=ticket)
    return list(rows.exclude(milestone=M.TASK).order_by("id"))


def draft_for(
    tickets: Sequence[Ticket], *, handed_off: Callable[[Ticket], bool], revision: int, now: datetime
) -> list[Promise]:
    """What tickets about to be opened are promised: what begins with the opening, or with a team's taking the ticket.

    Neither is stored yet; the tickets carry their next due moment already. `giving.store` follows. Where a ticket is
    `handed_off` to the right specialist from the beginning, that promise is kept at once.
    """
    gifts = [
        Gift(t, m, t.created_at, met_at=now if m == M.HANDOFF and handed_off(t) else None)
        for t in tickets
        for m in _at_opening(t, revision)
    ]
    drafts = giving.draft(gifts, revision=revision, now=now)
    deriving.set_dues(drafts)
    return drafts


def _at_opening(ticket: Ticket, revision: int) -> tuple[str, ...]:
    opened = giving.starting(ticket, Event.OPENED, revision=revision)
    return opened + (giving.starting(ticket, Event.TAKEN, revision=revision) if ticket.team_id else ())


def customer_wrote(actor: Actor, *, ticket: Ticket, message: int, at: datetime, now: datetime) -> None:
    """The customer wrote again: when the first response has been given, each unanswered message gets its own clock."""
    tell(actor, ticket=ticket, happening=Happening(Event.CUSTOMER_WROTE, at, message=message), now=now)


def answered(actor: Actor, *, ticket: Ticket, speaker: str, at: datetime, now: datetime) -> list[Promise]:
    """A public answer was given by a `person` or the `bot`: it meets every response that it qualifies for.

    One that is told late (an answer by phone, a laptop that was offline) also corrects what ended after it was given.
    """
    late = _ended_later(ticket, Event.ANSWERED, at, now)
    return tell(actor, ticket=ticket, happening=Happening(Event.ANSWERED, at, speaker=speaker), late=late, now=now)


def _ended_later(ticket: Ticket, event: str, at: datetime, now: datetime) -> list[Promise]:
    """What was owed at a moment that is past, ended after it and would have been met by the event; locked."""
    if at >= now:
        return []
    rows = Promise.objects.select_for_update().filter(ticket=ticket, started_at__lte=at, ended_at__gt=at)
    return [p for p in rows.order_by("id") if any(t.event == event for t in terms_of(p.terms_id).runs.stop)]


def update_promised(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The matter goes on after an answer: the next progress update is promised, unless one is owed."""
    tell(actor, ticket=ticket, happening=Happening(Event.CONTINUES, at), now=now)


def no_reply_needed(actor: Actor, *, ticket: Ticket, reason: str, now: datetime) -> None:
    """The customer's last words ask for nothing: the reply clocks are cancelled with the reason."""
    tell(actor, ticket=ticket, happening=Happening(Event.NO_REPLY_NEEDED, now, reason), now=now)


def handed_off(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The right specialist has the ticket: the hand-off is met."""
    tell(actor, ticket=ticket, happening=Happening(Event.HANDED_OFF, at), now=now)


def recorded(actor: Actor, *, ticket: Ticket, deed: str, at: datetime, now: datetime) -> list[Promise]:
    """Somebody records that something was so at `at` (arrived, called back, refunded, a standard's own deed).

    One that is told late also corrects what it would have met and what ended after it.
    """
    late = _ended_later(ticket, deed, at, now)
    return tell(actor, ticket=ticket, happening=Happening(deed, at), late=late, now=now)


def date_promised(actor: Actor, *, ticket: Ticket, due: datetime, now: datetime) -> Promise:
    """A date was promised to the customer: a promise of its own, whose due moment no pause moves.

    An earlier date still owed is replaced by it: that one ends "date_changed", or stays broken. The standard's terms
    for promised dates (else for resolutions) say who is warned; the date itself says when it is due, round the clock.
    """
    revision = revisions.current()
    owed = [p for p in open_of(ticket) if p.milestone == M.PROMISED_DATE]
    changes = [Change(p, MarkKind.CANCELLED, now, "date_changed") for p in owed]
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    terms = _terms_of_date(ticket, revision, instants.seconds(due) - instants.seconds(now))
    [given] = giving.give(actor, gifts=[Gift(ticket, M.PROMISED_DATE, now, terms=terms)], revision=revision, now=now)
    deriving.refresh_dues([ticket.pk], open_of(ticket))
    return given


def _terms_of_date(ticket: Ticket, revision: int, seconds: int) -> Terms:
    matches = giving.matches_for(ticket, revision=revision)
    named = [matches[m].terms for m in (M.PROMISED_DATE, M.RESOLUTION) if m in matches]
    usual = next((terms for terms in named if terms), None)
    always = standards.at(revision).calendars[ALWAYS]
    if usual is None:
        return Terms(M.PROMISED_DATE, "sla", seconds, always)
    return replace(
        usual, milestone=M.PROMISED_DATE.value, agreement="sla", target_seconds=seconds, target_days=0, calendar=always,
        pauses=(), guide="", checklist=(), qualifies="answer", course=None,
    )  # fmt: skip


def told(actor: Actor, *, ticket: Ticket, items: Iterable[str], now: datetime) -> None:
    """What of the checklists of owed promises the customer has been told; what is no item of one is left out."""
    said, at = set(items), instants.seconds(now)
    for p in open_of(ticket) if said else ():
        fresh = [item for item in untold(p, terms_of(p.terms_id)) if item in said]
        if fresh:
            p.checked |= dict.fromkeys(fresh, at)
            Promise.objects.filter(pk=p.pk).update(checked=p.checked)
            entry = Entry(
                Code.PROMISE_CHECKED, ticket.pk, f"promise:{p.pk}", {"milestone": p.milestone, "items": fresh}
            )
            ledger.record(actor, [entry], now=now)


def holder_changed(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """Team or agent changed: what is owed goes with the ticket, what was over by then stays with who let it run out."""
    promises = [p for p in open_of(ticket) if not p.broken_at and (p.due_at is None or p.due_at >= now)]
    for p in promises:
        p.team_id, p.agent_id = ticket.team_id, ticket.agent_id
    deriving.store(promises)


def left(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """The team that held the ticket holds it no longer: its time of holding ends. Called before `holder_changed`."""
    tell(actor, ticket=ticket, happening=Happening(Event.LEFT, now), now=now)


def taken(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """Another team holds the ticket from now on."""
    tell(actor, ticket=ticket, happening=Happening(Event.TAKEN, now), now=now)


def reassigned(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """The ticket left its holder without reaching a specialist: his hand-off ends, and the new holder's own begins.

    So nobody inherits the time another one used. Called before `holder_changed`, so that what ends is its holder's.
    """
    tell(actor, ticket=ticket, happening=Happening(Event.REASSIGNED, now), now=now)


def paused(actor: Actor, *, ticket: Ticket, reason: str, at: datetime, now: datetime) -> None:
    """Work waits for a listed reason: the clocks whose terms allow that reason stand still."""
    _mark_where(actor, ticket, MarkKind.PAUSED, at, now, reason, lambda p: terms_of(p.terms_id).may_pause(reason))
    tell(actor, ticket=ticket, happening=Happening(Event.WAITING, at, reason), now=now)


def resumed(actor: Actor, *, ticket: Ticket, reason: str = "", at: datetime, now: datetime) -> None:
    """The reason (without one: every reason) is gone: clocks run again, a broken one counts its overrun on.

    What ended the pause may be older than the pause itself (a mail that waited to be taken in): it ends at its start.
    All that ever stood still are told, those too whose terms of today know no pause: they may get others again.
    """
    pauses = Mark.objects.filter(promise__ticket=ticket, promise__ended_at=None, kind=MarkKind.PAUSED.value)
    pauses = pauses.exclude(promise__milestone=M.TASK)
    still = {(pk, why): last for pk, why, last in pauses.values_list("promise_id", "reason").annotate(last=Max("at"))}
    moment = max([at, *still.values()])
    promises = open_of(ticket)
    changes = [c for p in promises for c in _resumed(p, {w for pk, w in still if pk == p.pk}, reason, moment)]
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    tell(actor, ticket=ticket, happening=Happening(Event.RESUMED, moment, reason), now=now)


def _resumed(p: Promise, asked: set[str], reason: str, at: datetime) -> list[Change]:
    """What ends the reasons to wait of one promise; a pause that its course names ends by its course."""
    own = {trigger.event for trigger in terms_of(p.terms_id).runs.pause} & asked
    if not asked or asked == own:
        return []
    return [Change(p, MarkKind.RESUMED, at, why) for why in (sorted(asked - own) if own and not reason else [reason])]


def resolved(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The matter is solved: resolution, workaround and hand-off are met, late or not; most else has lost its object.

    A response that is still owed was never given, and a solution is none: it is cancelled, or stays broken. What no
    solution settles (a refund) stays owed.
    """
    tell(actor, ticket=ticket, happening=Happening(Event.RESOLVED, at), now=now)


def unanswered(ticket: Ticket, *, owed: Iterable[str]) -> bool:
    """Whether the customer waits for words: none came yet, or a response is among the milestones `owed`."""
    return ticket.is_open and (ticket.first_response_at is None or not set(RESPONSES).isdisjoint(owed))


def reopened(actor: Actor, *, ticket: Ticket, at: datetime, now: datetime) -> None:
    """The customer disagrees that it is solved: what the solution had met is owed again, per its terms."""
    promises = all_of(ticket)
    ended = [p for p in promises if p.ended_at and terms_of(p.terms_id).runs.reopens and _met_by_solution(p, ticket)]
    matches = giving.matches_for(ticket, revision=revisions.current()) if ended else {}
    # the words that reopen it may be older than its end (a mail that waited to be taken in)
    changes = [
        Change(p, MarkKind.REOPENED, max(at, p.ended_at or at), terms=_terms_again(p, matches.get(p.milestone)))
        for p in ended
    ]
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    deriving.refresh_dues([ticket.pk], promises)
    tell(actor, ticket=ticket, happening=Happening(Event.REOPENED, at), now=now)


def _met_by_solution(p: Promise, ticket: Ticket) -> bool:
    """A promised date that was met before the solution stays met."""
    if p.milestone == M.RESOLUTION:
        return True
    solved = LedgerRow.objects.filter(ticket_id=ticket.pk, code=Code.TICKET_RESOLVED.value).order_by("-id").first()
    return p.met_at is not None and solved is not None and instants.seconds(p.met_at) >= instants.seconds(solved.at)


def _terms_again(p: Promise, match: Match | None) -> Terms | None:
    """Facts may have changed while the ticket rested; a promised date keeps its own terms."""
    return match.terms if match and p.milestone != M.PROMISED_DATE else None


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
        if p.milestone != M.PROMISED_DATE:  # given by a person, whatever the standard says
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
    begun = giving.starting(ticket, Event.OPENED, revision=revision)
    gifts = [Gift(ticket, m, ticket.created_at) for m in begun if m not in known]
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
    revision = revisions.current()
    others = [Gift(made, m, since) for m in giving.starting(made, Event.OPENED, revision=revision) if m != M.HANDOFF]
    held = [Gift(made, m, now) for m in giving.starting(made, Event.TAKEN, revision=revision) if made.team_id]
    gifts = [*others, *held, Gift(made, M.HANDOFF, now, met_at=now if handed_off(made) else None)]
    given = giving.give(actor, gifts=gifts, revision=revision, now=now)
    deriving.refresh_dues([made.pk], given)


def merged(actor: Actor, *, ticket: Ticket, absorbed: Ticket, at: datetime, now: datetime) -> None:
    """Another ticket was absorbed: its promises end "merged", the earliest start survives in the open ones here."""
    own = {p.milestone: p for p in open_of(ticket)}
    theirs = open_of(absorbed)
    cancelled(actor, ticket=absorbed, reason="merged", at=at, now=now)
    earlier = [p for p in theirs if p.milestone in own and _begins_at_opening(p)]
    changes = [Change(own[p.milestone], MarkKind.STARTED, p.started_at) for p in earlier
               if p.started_at < own[p.milestone].started_at]  # fmt: skip
    for change in changes:
        change.promise.started_at = change.at
    Promise.objects.bulk_update([c.promise for c in changes], ["started_at"])
    marking.apply(actor, ticket=ticket, changes=changes, now=now)
    gifts = _moved(ticket, theirs, own)
    giving.give(actor, gifts=gifts, revision=revisions.current(), now=now)
    deriving.refresh_dues([ticket.pk], open_of(ticket))


def _begins_at_opening(p: Promise) -> bool:
    return any(trigger.event == Event.OPENED for trigger in terms_of(p.terms_id).runs.start)


def _moved(ticket: Ticket, theirs: Sequence[Promise], own: Mapping[str, Promise]) -> list[Gift]:
    """What the absorbed ticket owed and this one does not: unanswered messages, a refund, a date promised."""
    unanswered = {M.NEXT_RESPONSE} if M.FIRST_RESPONSE in own else {M.NEXT_RESPONSE, M.FIRST_RESPONSE}
    gifts = [Gift(ticket, M.NEXT_RESPONSE, p.started_at, p.message_id) for p in theirs if p.milestone in unanswered]
    for p in theirs:
        terms = terms_of(p.terms_id)
        if p.milestone not in own and terms.runs.per == "ticket" and not _begins_at_opening(p):
            gifts.append(Gift(ticket, p.milestone, p.started_at, terms=terms))
    return gifts


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
