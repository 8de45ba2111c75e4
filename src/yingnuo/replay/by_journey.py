"""How do the same tickets stand when they go through the whole product, in simulated time?

All commands of all tickets in one order of time, each at its own instant. Every `tick` simulated seconds the doors hand
over what came in, the staff's commands are one transaction, and the sweep looks at what came due. So warnings and
breaches are noticed at most one tick late and dated at their own moment; no figure depends on the tick. Needs an empty,
migrated database. Memory: about 2 kB a ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival
from yingnuo.channels.models import ChannelKind
from yingnuo.engine import clock
from yingnuo.journey import closing, intake, reactions, reply, sweep, work
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import marking
from yingnuo.promises import services as promises
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.promises.standards import calendar, terms_of
from yingnuo.replay import stage
from yingnuo.replay.errors import ReplayError
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.results import Result, standing
from yingnuo.replay.stage import Stage
from yingnuo.replay.standard import Pack
from yingnuo.replay.story import Command, Story, Verb
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Ticket

_CHUNK = 1_000
_MOST_ROUNDS = 10_000  # at one instant of the sweep; more means that something fires without end
_Due = tuple[int, int, Command]  # instant, number of the story, command


@dataclass(slots=True)
class Done:
    """What the replay did besides the promises."""

    commands: int = 0
    sweeps: int = 0
    moments: int = 0
    broken_noticed: int = 0


def replay(
    stories: Sequence[Story], mapping: Mapping, pack: Pack, *, tick: int, heard: Callable[[int], None]
) -> tuple[Iterator[Result], Done]:
    """Plays all stories; the results come in the stories' order. `heard` is told how many commands are done."""
    if not stories:
        return iter(()), Done()
    play = _Play(stories, mapping, pack, tick)
    for _tick, group in groupby(play.due(), key=lambda due: due[0] // play.tick):
        due = list(group)
        play.sweep_before(due[0][0])
        play.open([n for _at, n, command in due if command.verb is Verb.OPENED])
        play.carry_out([(n, command) for _at, n, command in due if command.verb is not Verb.OPENED])
        play.done.commands += len(due)
        heard(play.done.commands)
    end = max(story.until for story in stories)
    play.sweep_before(end + 1)
    return play.results(end), play.done


class _Play:
    """One replay under way: which story is which ticket, and how far the sweep has looked."""

    def __init__(self, stories: Sequence[Story], mapping: Mapping, pack: Pack, tick: int) -> None:
        self.stories = stories
        self.mapping = mapping
        self.tick = max(1, tick)
        begin = instants.instant(min(story.commands[0].at for story in stories))
        self.stage: Stage = stage.build(stories, mapping, pack, now=begin)
        self.channel = accept.built_in(ChannelKind.API)
        self.tickets: dict[int, int] = {}
        self.done = Done()

    def due(self) -> list[_Due]:
        """Every command with its instant, in order of time; those of one ticket keep their order."""
        listed = [(c.at, n, c) for n, story in enumerate(self.stories) for c in story.commands]
        return sorted(listed, key=itemgetter(0))

    def sweep_before(self, at: int) -> None:
        """Looks at everything that comes due before `at`, at the ticks of a worker."""
        rounds = 0
        while (moment := sweep.next_moment()) is not None:
            wakes = -(-instants.seconds(moment) // self.tick) * self.tick
            if wakes >= at:
                return
            swept = sweep.run_once(now=instants.instant(wakes))
            self.done.sweeps += 1
            self.done.moments += swept.promises
            self.done.broken_noticed += swept.broken
            rounds += 1
            if rounds > _MOST_ROUNDS and swept.promises == 0:
                raise ReplayError(f"the sweep does not come to an end at {instants.instant(wakes):%Y-%m-%d %H:%M}")

    def open(self, numbers: list[int]) -> None:
        """Takes in what came during one tick, each channel in one go; every promise runs from its own instant."""
        now = instants.instant(max((self.stories[n].commands[0].at for n in numbers), default=0))
        by_channel = sorted(numbers, key=lambda n: self.stories[n].facts.channel)
        for via, group in groupby(by_channel, key=lambda n: self.stories[n].facts.channel):
            came = list(group)
            taken = intake.take(SYSTEM, via=via, incoming=[self.incoming(n) for n in came], now=now)
            for n, one in zip(came, taken, strict=True):
                if one.ticket is None:
                    raise ReplayError(f"{self.stories[n].id}: the journey opened no ticket ({one.outcome})")
                self.tickets[n] = one.ticket

    def incoming(self, n: int) -> Incoming:
        story = self.stories[n]
        at = instants.instant(story.commands[0].at)
        text = f"{story.id} {stage.mark(story.facts.team)}" if story.facts.team else story.id
        arrival = Arrival(
            external_id=story.id, received_at=at, subject=story.id, text=text, ticket_kind=story.facts.kind,
            urgency=story.facts.urgency, fields=(("log", story.id),),
        )  # fmt: skip
        raw = accept.draft(self.channel, content=b"", key=story.id, received_at=at)
        return Incoming(raw, arrival, self.stage.contacts[story.caller])

    def carry_out(self, commands: list[tuple[int, Command]]) -> None:
        """What was done during one tick, in order, each command at its own instant."""
        if not commands:
            return
        ids = sorted({self.tickets[n] for n, _command in commands})
        with work.unit():
            rows = Ticket.objects.select_for_update(of=("self",)).select_related("contact", "company").defer("search")
            locked = {ticket.pk: ticket for ticket in rows.filter(pk__in=ids).order_by("pk")}
            for n, command in commands:
                ticket, now = locked[self.tickets[n]], instants.instant(command.at)
                _DO[command.verb](self, ticket, command.value, now)
            reactions.changed(ids)

    def graded(self, ticket: Ticket, urgency: str, now: datetime) -> None:
        tickets.change(SYSTEM, ticket=ticket, facts={"urgency": urgency}, reason="log", now=now)
        promises.rederived(SYSTEM, ticket=ticket, now=now)

    def moved(self, ticket: Ticket, group: str, now: datetime) -> None:
        # A log names groups, not who holds a ticket in them: it has one hand-off, from the opening to the specialists.
        team = self.stage.teams[self.mapping.team(group)]
        if tickets.assign(SYSTEM, ticket=ticket, team=team, agent=None, now=now):
            promises.holder_changed(SYSTEM, ticket=ticket, now=now)
            promises.rederived(SYSTEM, ticket=ticket, now=now)

    def answered(self, ticket: Ticket, _value: str, now: datetime) -> None:
        reply.answer_locked(SYSTEM, ticket=ticket, said=reply.Said("…"), now=now)

    def handed_off(self, ticket: Ticket, _value: str, now: datetime) -> None:
        # Told again after every change of facts, when mostly nothing is owed any more: one question spares two writes.
        if Promise.objects.filter(ticket=ticket, milestone=MilestoneCode.HANDOFF, ended_at=None).exists():
            promises.handed_off(SYSTEM, ticket=ticket, at=now, now=now)

    def paused(self, ticket: Ticket, reason: str, now: datetime) -> None:
        closing.pause_locked(SYSTEM, ticket=ticket, reason=reason, at=now, now=now)

    def resumed(self, ticket: Ticket, _value: str, now: datetime) -> None:
        closing.resume_locked(SYSTEM, ticket=ticket, at=now, now=now)

    def resolved(self, ticket: Ticket, _value: str, now: datetime) -> None:
        closing.resolve_locked(SYSTEM, ticket=ticket, at=now, now=now)

    def reopened(self, ticket: Ticket, _value: str, now: datetime) -> None:
        closing.reopen_locked(SYSTEM, ticket=ticket, at=now, now=now)

    def closed(self, ticket: Ticket, _value: str, now: datetime) -> None:
        closing.close_locked(SYSTEM, ticket=ticket, reason="", at=now, now=now)

    def results(self, end: int) -> Iterator[Result]:
        """Every story with its promises as the database has them, judged at `end`."""
        for first in range(0, len(self.stories), _CHUNK):
            numbers = range(first, min(first + _CHUNK, len(self.stories)))
            found = _states([self.tickets[n] for n in numbers], self.mapping.milestones, end)
            for n in numbers:
                yield Result(self.stories[n], tuple(found.get(self.tickets[n], ())))


def _states(ids: Sequence[int], milestones: Sequence[str], end: int) -> dict[int, list[clock.State]]:
    rows = list(Promise.objects.filter(ticket_id__in=ids, milestone__in=milestones).order_by("ticket_id", "id"))
    marks = marking.marks_of(rows)
    found: dict[int, list[clock.State]] = {}
    for row in rows:
        state = clock.fold(terms_of(row.first_terms_id), marks[row.pk], end, calendar)
        _compare(row, state)
        found.setdefault(row.ticket_id, []).append(state)
    return found


def _compare(row: Promise, state: clock.State) -> None:
    """What the product stored about an ended promise must be what its marks say."""
    if row.ended_at is None:
        return
    stored = (row.standing, row.due_at, row.met_at, row.worked, row.overrun)
    due, met = instants.instant_or_none(state.due), instants.instant_or_none(state.met)
    if stored != (standing(state), due, met, state.worked, state.overrun):
        raise ReplayError(f"promise {row.pk} of ticket {row.ticket_id} is stored otherwise than its marks say")


_DO: dict[Verb, Callable[[_Play, Ticket, str, datetime], None]] = {
    Verb.GRADED: _Play.graded,
    Verb.MOVED: _Play.moved,
    Verb.ANSWERED: _Play.answered,
    Verb.HANDED_OFF: _Play.handed_off,
    Verb.PAUSED: _Play.paused,
    Verb.RESUMED: _Play.resumed,
    Verb.RESOLVED: _Play.resolved,
    Verb.REOPENED: _Play.reopened,
    Verb.CLOSED: _Play.closed,
}
