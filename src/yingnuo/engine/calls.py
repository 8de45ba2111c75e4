"""What came of a call, as its moments tell, and how well are many calls answered?

Moments may come late, twice and in any order: `fold` sorts them and takes each for what it still changes. Times are
seconds since 1970 (parts of a second only order them); durations are whole seconds, rounded down.

Outcomes of an incoming call. `blocked`: it could not be taken at all. `menu`: it ended before it asked for a person.
`answered`: a person took it. `abandoned`: the caller hung up while he waited. `unanswered`: the queue let him go (time
was up, nobody there, another way chosen) or nobody took what rang. An outgoing call is `answered` or `unanswered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class CallMoment(StrEnum):
    """What happens to a call or to whoever answers calls. Providers' own words are translated by their adapters."""

    OFFERED = "offered"  # it reached us (trunk or menu), or it is being dialled
    BLOCKED = "blocked"  # it could not be taken: busy, no line, rejected
    QUEUED = "queued"
    LEFT_QUEUE = "left_queue"  # unanswered, by the queue's rule: time out, nobody there, a key
    RINGING = "ringing"  # at one agent
    UNANSWERED = "unanswered"  # that agent did not take it; the call goes on
    ANSWERED = "answered"  # by a person
    HELD = "held"
    RESUMED = "resumed"
    TRANSFERRED = "transferred"
    ABANDONED = "abandoned"  # the caller gave up before a person answered
    ENDED = "ended"
    WRAPPED_UP = "wrapped_up"  # the agent is done with what follows a call
    RECORDED = "recorded"
    AGENT_READY = "agent_ready"
    AGENT_PAUSED = "agent_paused"
    AGENT_GONE = "agent_gone"
    ROLL_CALL = "roll_call"  # which calls live now: those not named have ended unseen


class State(StrEnum):
    """Where a call is now."""

    OFFERED = "offered"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class Outcome(StrEnum):
    """See the head of this file; "" while it goes on."""

    NONE = ""
    BLOCKED = "blocked"
    MENU = "menu"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    UNANSWERED = "unanswered"


MISSED = (Outcome.ABANDONED, Outcome.UNANSWERED)


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of one call. `seconds` is a duration that the PBX itself tells, -1 where it tells none."""

    kind: CallMoment
    at: float
    agent: str = ""
    queue: str = ""
    reason: str = ""
    recording: str = ""
    seconds: int = -1


@dataclass(slots=True)
class Leg:
    """One agent's part in a call: since when it rang at him, and from when to when he talked."""

    agent: str
    rang_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    held: float = 0.0

    @property
    def talked(self) -> int:
        """Seconds of talk without those on hold; 0 while it goes on, or when he did not take it."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(0, int(self.ended_at - self.answered_at - self.held))


@dataclass(slots=True)
class Facts:
    """What the moments of one call come to.

    `waited` runs from the first ringing or queueing until a person answered, or until the caller was gone. `agent` is
    the last who talked; `ringing` are those at whom it rings now.
    """

    state: State = State.OFFERED
    outcome: Outcome = Outcome.NONE
    began_at: float | None = None
    asked_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    wrapped_at: float | None = None
    waited: int = 0
    talked: int = 0
    held: int = 0
    wrapup: int = 0
    queue: str = ""
    agent: str = ""
    ringing: tuple[str, ...] = ()
    recording: str = ""
    reason: str = ""
    legs: list[Leg] = field(default_factory=list)


#: In the same second: what begins comes before what ends.
_ORDER = {kind: place for place, kind in enumerate(CallMoment)}
_LAST = 0.999999  # of a second


def fold(moments: Iterable[Moment], *, outgoing: bool = False) -> Facts:
    """The facts of one call. Pure: the same moments in any order, each any number of times, give the same facts."""
    teller = _Teller(outgoing)
    for moment in sorted(set(moments), key=lambda m: (_place(m), _ORDER[m.kind], m.agent, m.reason)):
        teller.hear(moment)
    return teller.facts()


def _place(m: Moment) -> float:
    """Where a moment stands in time.

    Logs tell whole seconds: an end out of a log comes after what was heard live in its second, else a call heard to its
    answer and read to its end would go on for ever.
    """
    ends = _ORDER[m.kind] >= _ORDER[CallMoment.ABANDONED]
    return m.at + _LAST if ends and m.at == int(m.at) else m.at


class _Teller:
    """Hears the moments in their order."""

    def __init__(self, outgoing: bool) -> None:
        self.f, self.outgoing = Facts(), outgoing
        self._rings: dict[str, Leg] = {}
        self._talk: Leg | None = None
        self._held_at: float | None = None
        self._gone_at: float | None = None  # the caller hung up while he waited
        self._let_go = self._blocked = False
        self._told_wait = -1

    def hear(self, m: Moment) -> None:
        """Takes one moment."""
        self.f.began_at = m.at if self.f.began_at is None else self.f.began_at
        handler = _HANDLERS.get(m.kind)
        if handler is not None:
            handler(self, m)

    def queued(self, m: Moment) -> None:
        self._ask(m.at)
        self.f.queue = m.queue or self.f.queue
        self._let_go = False
        self._wait(State.QUEUED)

    def rings(self, m: Moment) -> None:
        if not self.outgoing:
            self._ask(m.at)
        self.f.queue = self.f.queue or m.queue
        self._rings.setdefault(m.agent, Leg(m.agent, rang_at=m.at))
        self._let_go = False
        self._wait(State.RINGING)

    def refused(self, m: Moment) -> None:
        leg = self._rings.pop(m.agent, None)
        if leg is not None:
            leg.ended_at = m.at
            self.f.legs.append(leg)
        if not self._rings and self.f.state is State.RINGING:
            self.f.state = State.QUEUED if self.f.queue else State.OFFERED
            self._let_go = self._let_go or not self.f.queue
        if self.outgoing:
            self.f.reason = m.reason or self.f.reason

    def answered(self, m: Moment) -> None:
        if self._talk is not None and self._talk.agent == m.agent:
            return
        self._stop_talk(m.at)
        self._ask(m.at if m.seconds < 0 else m.at - m.seconds)
        leg = self._rings.pop(m.agent, None) or Leg(m.agent)
        self._rings.clear()
        leg.answered_at = m.at
        self._talk = leg
        self.f.queue = m.queue or self.f.queue
        self.f.agent = m.agent or self.f.agent
        self.f.answered_at = m.at if self.f.answered_at is None else self.f.answered_at
        self.f.state, self.f.ended_at = State.TALKING, None

    def held(self, m: Moment) -> None:
        if self._talk is not None and self._held_at is None:
            self._held_at, self.f.state = m.at, State.HELD

    def resumed(self, m: Moment) -> None:
        if self._talk is not None and self._held_at is not None:
            self._talk.held += m.at - self._held_at
            self._held_at, self.f.state = None, State.TALKING

    def transferred(self, m: Moment) -> None:
        if self._talk is not None:
            self._stop_talk(m.at)
            self.f.state = State.OFFERED

    def left(self, m: Moment) -> None:
        self._let_go = True
        self.f.reason = m.reason or self.f.reason

    def abandoned(self, m: Moment) -> None:
        self._gone_at = m.at
        if m.seconds >= 0:
            self._ask(m.at - m.seconds)
        self.ended(m)

    def blocked(self, m: Moment) -> None:
        self._blocked = True
        self.f.reason = m.reason or self.f.reason
        if self.f.asked_at is None and not self.outgoing:
            self.ended(m)

    def ended(self, m: Moment) -> None:
        if self.f.state is not State.ENDED:
            self._stop_talk(m.at)
            self._stop_ringing(m.at)
            self.f.state, self.f.ended_at = State.ENDED, m.at
            self.f.reason = m.reason or self.f.reason

    def wrapped(self, m: Moment) -> None:
        self.f.wrapped_at = m.at

    def recorded(self, m: Moment) -> None:
        self.f.recording = m.recording or self.f.recording

    def facts(self) -> Facts:
        """What it comes to."""
        f = self.f
        if self._talk is not None:
            f.legs.append(self._talk)
        f.ringing = tuple(sorted(self._rings)) if f.state is not State.ENDED else ()
        f.talked, f.held = sum(leg.talked for leg in f.legs), int(sum(leg.held for leg in f.legs))
        f.outcome = self._outcome()
        until = f.answered_at if f.answered_at is not None else f.ended_at
        if f.asked_at is not None and until is not None:
            f.waited = max(0, int(until - f.asked_at))
        if f.wrapped_at is not None and f.ended_at is not None and f.answered_at is not None:
            f.wrapup = max(0, int(f.wrapped_at - f.ended_at))
        return f

    def _outcome(self) -> Outcome:
        f = self.f
        if f.answered_at is not None:
            return Outcome.ANSWERED
        if f.state is not State.ENDED:
            return Outcome.NONE
        if self.outgoing:
            return Outcome.UNANSWERED
        if self._blocked and not f.queue:
            return Outcome.BLOCKED
        if f.asked_at is None:
            return Outcome.MENU
        return Outcome.UNANSWERED if self._let_go and self._gone_at is None else Outcome.ABANDONED

    def _ask(self, at: float) -> None:
        if self.f.asked_at is None and not self.outgoing:
            self.f.asked_at = at

    def _wait(self, state: State) -> None:
        if self._talk is None:
            self.f.state, self.f.ended_at = state, None

    def _stop_talk(self, at: float) -> None:
        if self._talk is None:
            return
        if self._held_at is not None:
            self._talk.held += at - self._held_at
            self._held_at = None
        self._talk.ended_at = at
        self.f.legs.append(self._talk)
        self._talk = None

    def _stop_ringing(self, at: float) -> None:
        for leg in self._rings.values():
            leg.ended_at = at
            self.f.legs.append(leg)
        self._rings.clear()


_HANDLERS: dict[CallMoment, Callable[[_Teller, Moment], None]] = {
    CallMoment.BLOCKED: _Teller.blocked, CallMoment.QUEUED: _Teller.queued, CallMoment.LEFT_QUEUE: _Teller.left,
    CallMoment.RINGING: _Teller.rings, CallMoment.UNANSWERED: _Teller.refused, CallMoment.ANSWERED: _Teller.answered,
    CallMoment.HELD: _Teller.held, CallMoment.RESUMED: _Teller.resumed, CallMoment.TRANSFERRED: _Teller.transferred,
    CallMoment.ABANDONED: _Teller.abandoned, CallMoment.ENDED: _Teller.ended, CallMoment.WRAPPED_UP: _Teller.wrapped,
    CallMoment.RECORDED: _Teller.recorded,
}  # fmt: skip
