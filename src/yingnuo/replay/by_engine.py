"""How do one ticket's promises stand, by the engine alone?

No database and no Django: this is the twin of `promises.services` in memory, command by command. The replay through
the journey must give the same figures, which a test and every full replay assert.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace

from yingnuo.engine import clock
from yingnuo.engine.clock import Mark, MarkKind, State
from yingnuo.engine.milestones import Milestone
from yingnuo.engine.policy import Facts
from yingnuo.engine.terms import Terms
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.results import Result
from yingnuo.replay.standard import Standard
from yingnuo.replay.story import Command, Story, Verb

AT_OPENING = (Milestone.FIRST_RESPONSE.value, Milestone.HANDOFF.value, Milestone.RESOLUTION.value)
_ANSWERS = frozenset({"first_response", "next_response", "progress_update", "callback"})
_MET_BY_SOLUTION = frozenset({"resolution", "workaround", "handoff"})
_RESPONSES = frozenset({"first_response", "next_response", "callback"})


class Owed:
    """One promise while its ticket is told: terms in force, marks, and whether it has ended."""

    __slots__ = ("again", "ended", "first_terms", "marks", "milestone", "terms")

    def __init__(self, milestone: str, terms: Terms, at: int) -> None:
        self.milestone = milestone
        self.first_terms = self.terms = terms
        self.marks = [Mark(MarkKind.STARTED, at)]
        self.ended = False
        self.again = False  # reopened once: from then on only a fold knows how it stands

    def mark(self, kind: MarkKind, at: int, reason: str, terms: Terms | None, standard: Standard) -> None:
        """Append a fact; `ended` and `terms` follow."""
        self.marks.append(Mark(kind, at, seq=len(self.marks), reason=reason, terms=terms))
        self.again = self.again or kind is MarkKind.REOPENED
        if self.again:
            state = self.state(at, standard)
            self.ended, self.terms = state.ended_at is not None, state.terms
        elif kind in (MarkKind.MET, MarkKind.CANCELLED):
            self.ended = True
        elif terms is not None:
            self.terms = terms

    def state(self, now: int, standard: Standard) -> State:
        """How it stands at `now`."""
        return clock.fold(self.first_terms, self.marks, now, standard.calendar)


def replay(stories: Iterable[Story], mapping: Mapping, standard: Standard) -> Iterator[Result]:
    """Every ticket's result. What is still open when its rows end is judged at the end of the log, and comes last."""
    end, waiting = 0, []
    for story in stories:
        end = max(end, story.until)
        owed = judge(story, mapping, standard)
        if all(o.ended for o in owed):
            yield Result(story, verdicts(owed, story.until, standard))
        else:
            waiting.append((story, owed))
    for story, owed in waiting:
        yield Result(story, verdicts(owed, end, standard))


def judge(story: Story, mapping: Mapping, standard: Standard) -> list[Owed]:
    """The promises of a ticket with all their marks, in the order in which they were given."""
    told = _Told(story, mapping, standard)
    for command in story.commands:
        _DO[command.verb](told, command)
    return told.owed


def verdicts(owed: Iterable[Owed], now: int, standard: Standard) -> tuple[State, ...]:
    """How these stand at `now`, the end of the log."""
    return tuple(o.state(now, standard) for o in owed)


class _Told:
    """A ticket while its commands are carried out; each verb does what the verb of `promises.services` does."""

    def __init__(self, story: Story, mapping: Mapping, standard: Standard) -> None:
        self.facts: Facts = story.facts
        self.opened_at = story.commands[0].at
        self.mapping = mapping
        self.milestones: Container[str] = mapping.milestones
        self.standard = standard
        self.owed: list[Owed] = []
        self.reason, self.waits_at = "", 0
        self.rests = False

    def open(self) -> list[Owed]:
        return [o for o in self.owed if not o.ended]

    def give(self, milestone: str, at: int) -> None:
        terms = self.standard.terms(self.facts).get(milestone)
        if terms is not None and milestone in self.milestones:
            given = Owed(milestone, terms, at)
            self.owed.append(given)
            if self.reason and terms.may_pause(self.reason):
                given.mark(MarkKind.PAUSED, max(at, self.waits_at), self.reason, None, self.standard)

    def mark_all(self, promises: Iterable[Owed], kind: MarkKind, at: int, reason: str = "") -> None:
        for o in promises:
            o.mark(kind, at, reason, None, self.standard)

    def on_opened(self, command: Command) -> None:
        for milestone in AT_OPENING:
            self.give(milestone, command.at)

    def on_graded(self, command: Command) -> None:
        self.facts = replace(self.facts, urgency=command.value)
        self.rederive(command.at)

    def on_moved(self, command: Command) -> None:
        team, tier = self.mapping.team(command.value), self.mapping.tier(command.value)
        self.facts = replace(self.facts, team=team, team_tier=tier)
        self.rederive(command.at)

    def rederive(self, at: int) -> None:
        wanted = self.standard.terms(self.facts)
        for o in self.open():
            terms = wanted.get(o.milestone)
            if terms is None:
                o.mark(MarkKind.CANCELLED, at, "no_terms", None, self.standard)
            elif terms != o.terms:
                still = self.reason and terms.may_pause(self.reason) and not o.terms.may_pause(self.reason)
                o.mark(MarkKind.RETARGETED, at, "", terms, self.standard)
                if still:
                    o.mark(MarkKind.PAUSED, at, self.reason, None, self.standard)
        known = {o.milestone for o in self.owed}
        for milestone in AT_OPENING:
            if milestone not in known:
                self.give(milestone, self.opened_at)

    def on_answered(self, command: Command) -> None:
        met = [o for o in self.open() if o.milestone in _ANSWERS and o.terms.answered_by_a("person")]
        self.mark_all(met, MarkKind.MET, command.at)
        self.give(Milestone.PROGRESS_UPDATE, command.at)

    def on_handed_off(self, command: Command) -> None:
        self.mark_all((o for o in self.open() if o.milestone == Milestone.HANDOFF), MarkKind.MET, command.at)

    def on_paused(self, command: Command) -> None:
        if self.reason:  # ended by its name: in one second a resume without one would end the new pause too
            self.resume(command.at, self.reason)
        self.reason, self.waits_at = command.value, command.at
        held = [o for o in self.open() if o.terms.may_pause(command.value)]
        self.mark_all(held, MarkKind.PAUSED, command.at, command.value)

    def on_resumed(self, command: Command) -> None:
        self.reason = ""
        self.resume(command.at)

    def resume(self, at: int, reason: str = "") -> None:
        still = [o for o in self.open() if any(m.kind is MarkKind.PAUSED for m in o.marks)]
        self.mark_all(still, MarkKind.RESUMED, at, reason)

    def on_resolved(self, command: Command) -> None:
        self.reason, self.rests = "", True
        for o in self.open():
            met = o.milestone in _MET_BY_SOLUTION
            reason = "" if met else "resolved_without_answer" if o.milestone in _RESPONSES else "resolved"
            o.mark(MarkKind.MET if met else MarkKind.CANCELLED, command.at, reason, None, self.standard)

    def on_reopened(self, command: Command) -> None:
        self.rests = False
        again = [o for o in self.owed if o.ended and o.milestone == Milestone.RESOLUTION]
        self.mark_all(again, MarkKind.REOPENED, command.at)
        self.rederive(command.at)

    def on_closed(self, command: Command) -> None:
        if not self.rests:
            self.mark_all(self.open(), MarkKind.CANCELLED, command.at, "closed")
        self.reason, self.rests = "", True


_DO: dict[Verb, Callable[[_Told, Command], None]] = {
    Verb.OPENED: _Told.on_opened,
    Verb.GRADED: _Told.on_graded,
    Verb.MOVED: _Told.on_moved,
    Verb.ANSWERED: _Told.on_answered,
    Verb.HANDED_OFF: _Told.on_handed_off,
    Verb.PAUSED: _Told.on_paused,
    Verb.RESUMED: _Told.on_resumed,
    Verb.RESOLVED: _Told.on_resolved,
    Verb.REOPENED: _Told.on_reopened,
    Verb.CLOSED: _Told.on_closed,
}
