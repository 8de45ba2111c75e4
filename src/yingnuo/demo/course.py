"""How does one matter run from the first word to the last? A course waits by yielding the moment it goes on at.

    now = yield at        sleep until `at`; what comes back is the moment of waking

The same courses play history and, at the real clock, the simulator. Every step looks at the ticket first: somebody
else may have solved it, and then the course is over.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from yingnuo.channels.models import Channel
from yingnuo.demo import acts, facts, scenes, timing
from yingnuo.demo.acts import Hand, Words
from yingnuo.demo.crew import Crew
from yingnuo.demo.plan import Script
from yingnuo.journey import closing, reply, upkeep
from yingnuo.kit.errors import Refused
from yingnuo.people.models import Team
from yingnuo.people.roles import SYSTEM, Actor
from yingnuo.tickets.models import Kind, Status, Ticket, Urgency

Steps = Generator[datetime, datetime, None]
MINUTE = timedelta(minutes=1)
_REASONS = ("waiting_parts", "waiting_supplier", "appointment", "waiting_parts", "force_majeure")
_SPECIALISTS = {
    "washer": "washing", "fridge": "cooling", "aircon": "cooling", "robot": "smart", "kitchen": "smart",
    "water": "smart",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """What every course needs. Customers' and parts' waits are divided by `haste`, so that a live show is no test of
    patience; promises are never hastened."""

    hand: Hand
    haste: float
    crew: Crew
    channels: Mapping[str, Channel]
    teams: Mapping[str, Team]


class Over(Exception):
    """The matter went another way; its course has nothing more to do."""


class Course:
    """One customer's matter."""

    def __init__(self, script: Script, world: World, *, ticket: int = 0) -> None:
        self.script, self.world, self.ticket = script, world, ticket
        self.chance = Random(script.seed)  # noqa: S311  # a story, not a secret
        self.facts = facts.of(script, self.chance)
        self.pace = timing.pace(self.chance)
        self.over = False

    def play(self) -> Steps:
        """The whole course."""
        yield from self._to_its_end(self._whole())

    def adopted(self, now: datetime) -> Steps:
        """From where a ticket stands: its course was lost with the process that played it, or it never had one."""
        yield from self._to_its_end(self._from_here(now))

    def _to_its_end(self, steps: Steps) -> Steps:
        try:
            yield from steps
        except (Over, Refused):
            return
        finally:
            self.over = True

    def _whole(self) -> Steps:
        now = yield self.script.at
        self._opens(now)
        if self.script.hold:
            yield from _HELD[self.script.hold](self, now)
        else:
            yield from self.go_on(now)

    def go_on(self, now: datetime) -> Steps:
        """From the opening on, by the way of the scene."""
        if self.chance.random() < 0.03:
            yield from self._twice(now)
        yield from _WAYS[self.script.scene.way](self, now)

    def _from_here(self, now: datetime) -> Steps:
        row = self._look()
        if row.status == Status.WAITING and row.waiting_for == "waiting_customer":
            now = yield from self._customer("told", now, self.chance.uniform(1, 20))
        elif row.status == Status.WAITING:
            now = yield self._later(now, timedelta(hours=self.chance.uniform(10, 80)))
            if self._look().status == Status.WAITING:
                closing.resume(self._actor(now), ticket_id=self.ticket, now=now)
        elif row.first_response_at is None:
            now = yield from self._answers("answer", now)
            yield from self._hands_over(now)
        yield from self._answers("done", now, then="resolve")

    # --- the ways a matter may go -----------------------------------------------------------------------------------

    def _direct(self, now: datetime) -> Steps:
        yield from self._answers("done", now, then="resolve")

    def _asks_back(self, now: datetime) -> Steps:
        now = yield from self._questions(now)
        yield from self._hands_over(now)
        yield from self._answers("done", now, then="resolve")

    def _visit(self, now: datetime) -> Steps:
        if self.chance.random() < 0.4:
            now = yield from self._questions(now)
        yield from self._hands_over(now)
        now = yield from self._answers("book", now)
        now = yield from self._waits("appointment", now, timedelta(hours=self.chance.uniform(5, 40)))
        yield from self._answers("done", now, then="resolve")

    def _parts(self, now: datetime) -> Steps:
        now = yield from self._questions(now)
        now = yield from self._answers("wait", now)
        now = yield from self._waits("waiting_parts", now, timedelta(hours=self.chance.uniform(20, 80)))
        yield from self._answers("done", now, then="resolve")

    def _supplier(self, now: datetime) -> Steps:
        now = yield from self._answers("answer", now)
        now = yield from self._waits("waiting_supplier", now, timedelta(hours=self.chance.uniform(20, 70)))
        yield from self._answers("done", now, then="resolve")

    def _long(self, now: datetime) -> Steps:
        now = yield from self._answers("answer", now)
        yield from self._hands_over(now)
        yield from self._notes(now)
        now = yield from self._customer("told", now, self.chance.uniform(0.2, 3.0))
        now = yield from self._answers("book", now)
        now = yield from self._waits("appointment", now, timedelta(hours=self.chance.uniform(1, 5)))
        yield from self._answers("done", now, then="resolve")

    def _hear(self, now: datetime) -> Steps:
        now = yield from self._answers("sorry" if self.chance.random() < 0.6 else "answer", now)
        yield from self._notes(now)
        if self.chance.random() < 0.5:
            now = yield from self._customer("chase", now, self.chance.uniform(1, 9))
            now = yield from self._answers("book", now)
        yield from self._answers("done", now, then="resolve")

    def _spam(self, now: datetime) -> Steps:
        now = yield timing.answer_at(self.ticket, self.pace, now=now)
        self.world.hand.close(self._actor(now, may="ticket.close"), ticket=self.ticket, reason="spam", now=now)

    # --- how matters stand today ------------------------------------------------------------------------------------

    def _unanswered(self, now: datetime) -> Steps:
        yield from ()

    def _unclaimed(self, now: datetime) -> Steps:
        """Back in the team's queue: whoever had it is busy."""
        yield from ()
        team = self._look().team_id
        upkeep.assign(self._actor(now, may="ticket.assign"), ticket_id=self.ticket, team=team, agent=None, now=now)

    def _answered(self, now: datetime) -> Steps:
        self.pace = self.chance.uniform(0.08, 0.25)
        now = yield from self._answers("answer", now)
        yield from self._notes(now)

    def _paused(self, now: datetime) -> Steps:
        self.pace = self.chance.uniform(0.1, 0.45)
        now = yield from self._answers("wait", now)
        closing.pause(self._actor(now), ticket_id=self.ticket, reason=self.chance.choice(_REASONS), now=now)

    def _cancelled(self, now: datetime) -> Steps:
        now = yield from self._answers("answer", now)
        now = yield now + timedelta(hours=self.chance.uniform(2, 8))
        actor = self._actor(now, may="ticket.close")
        self.world.hand.close(actor, ticket=self.ticket, reason="withdrawn", now=now)

    def _solved(self, now: datetime) -> Steps:
        self.pace = self.chance.uniform(0.08, 0.25)
        now = yield from self._answers("answer", now)
        now = yield self._later(now, timedelta(hours=self.chance.uniform(1, 6)))
        self.world.hand.answer(self._actor(now), ticket=self.ticket, text=self._text("done"), then="resolve", now=now)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _opens(self, now: datetime) -> None:
        scene, via = self.script.scene, self.script.via
        stated = via in ("portal", "phone", "app", "iot", "api", "import")
        words = Words(
            text=self._text("open"), subject="" if via in ("chat", "social") else self._text("subject"),
            kind=scene.kind if stated else "", urgency=scene.urgency if stated else "",
            line=scene.line if stated else "", tags=timing.tags(via, now), fields=facts.fields(self.facts, self.chance),
            files=facts.files(scene, via, self.chance),
        )  # fmt: skip
        self.ticket = acts.ask(self.script.contact, via=via, words=words, channels=self.world.channels, now=now)
        self.world.hand.asked(self.ticket, now=now)

    def _questions(self, now: datetime) -> Generator[datetime, datetime, datetime]:
        now = yield from self._answers("ask", now, then="wait")
        return (yield from self._customer("told", now, self.chance.lognormvariate(0.6, 1.0)))

    def _answers(self, what: str, now: datetime, *, then: str = "") -> Generator[datetime, datetime, datetime]:
        """Staff answers, sooner or later; a customer who waits too long asks again, and may urge."""
        pace = self.pace if self.chance.random() < 0.5 else timing.pace(self.chance)
        at = timing.answer_at(self.ticket, pace, now=now)
        if pace > 1 and self.chance.random() < 0.45:
            at = max(at, (yield from self._chases(now, at)) + MINUTE)
        now = yield at
        row = self._look()
        if pace > 1.3 and self.script.scene.way not in ("direct", "hear") and self.chance.random() < 0.5:
            what, then = "sorry", ""
        actor = self._actor(now)
        self.world.hand.answer(actor, ticket=self.ticket, text=self._text(what), then=then, now=now)
        self._adjusts(actor, row, now)
        if what == "sorry" and self.script.scene.way != "hear":
            return (yield from self._answers("done", now, then="resolve"))
        if then == "resolve":
            yield from self._after(now)
        return now

    def _chases(self, now: datetime, until: datetime) -> Generator[datetime, datetime, datetime]:
        now = yield now + (until - now) * self.chance.uniform(0.75, 0.97)
        self._look()
        if self.chance.random() < 0.5:
            upkeep.urge(self._customer_actor(), ticket_id=self.ticket, now=now)
        else:
            self._says("chase", now)
        return now

    def _customer(self, what: str, now: datetime, hours: float) -> Generator[datetime, datetime, datetime]:
        """The customer writes, by day."""
        now = yield self._later(now, timedelta(hours=hours) + MINUTE)
        self._look()
        self._says(what, now)
        return now

    def _says(self, what: str, now: datetime) -> None:
        words = Words(text=self._text(what))
        via = "mail" if self.script.via in ("mail", "portal") else self.script.via
        via = "api" if via in ("phone", "iot", "import") else via
        self.ticket = acts.say_more(
            self.script.contact, via=via, ticket=self.ticket, words=words, channels=self.world.channels, now=now
        )

    def _hands_over(self, now: datetime) -> Steps:
        """The front line gives the matter to the technicians, with a note."""
        row = self._look()
        team = self.world.teams[_SPECIALISTS.get(row.product_line, "experts")]
        first_line = row.team_id in {t.pk for t in self.world.teams.values() if t.tier == 1}
        if not first_line or row.kind not in (Kind.FAULT, Kind.COMPLAINT) or self.chance.random() < 0.25:
            return
        now = yield timing.handoff_at(self.ticket, self.chance.uniform(0.05, 0.7), now=now)
        actor = self._actor(now, may="ticket.assign")
        reply.note(actor, ticket_id=self.ticket, text=self._text("hand"), now=now)
        agent = self.world.crew.member(team.pk, chance=self.chance, now=now)
        upkeep.assign(actor, ticket_id=self.ticket, team=team.pk, agent=agent, now=now)

    def _notes(self, now: datetime) -> Steps:
        now = yield now + timedelta(minutes=self.chance.uniform(1, 9))
        self._look()
        reply.note(self._actor(now), ticket_id=self.ticket, text=self._text("note"), now=now)

    def _waits(self, reason: str, now: datetime, span: timedelta) -> Generator[datetime, datetime, datetime]:
        now = yield now + timedelta(minutes=self.chance.uniform(1, 6))
        self._look()
        closing.pause(self._actor(now), ticket_id=self.ticket, reason=reason, now=now)
        now = yield self._later(now, span)
        if self._look().status == Status.WAITING:
            closing.resume(self._actor(now), ticket_id=self.ticket, now=now)
        return now

    def _adjusts(self, actor: Actor, row: Ticket, now: datetime) -> None:
        """Now and then a fact turns out to be another one."""
        roll = self.chance.random()
        if not actor.may("ticket.edit") or roll > 0.07 or not self._fresh().is_open:
            return
        if roll < 0.03 and row.urgency == Urgency.GENERAL:
            facts_, why = {"urgency": str(Urgency.IMPORTANT)}, self._text("note")[:60]
            upkeep.change(actor, ticket_id=self.ticket, facts=facts_, reason=why, now=now)
        else:
            upkeep.tag(actor, ticket_id=self.ticket, tags=[*row.tags, self.chance.choice(facts.TAGS)], now=now)

    def _twice(self, now: datetime) -> Steps:
        """An impatient customer asks the same once more by another way; the two become one."""
        now = yield now + timedelta(minutes=self.chance.uniform(3, 25))
        words = Words(text=self._text("open"), subject=self._text("subject"))
        again = acts.ask(self.script.contact, via="app", words=words, channels=self.world.channels, now=now)
        self.world.hand.asked(again, now=now)
        now = yield now + timedelta(minutes=self.chance.uniform(2, 12))
        self._look()
        other = Ticket.objects.defer("search").get(pk=again)
        actor = self._actor(now, may="ticket.merge")
        sees_both = actor.sees(team=other.team_id, agent=other.agent_id, contact=other.contact_id)
        upkeep.merge(actor if sees_both else SYSTEM, ticket_id=self.ticket, absorb_id=again, now=now)

    def _after(self, now: datetime) -> Steps:
        """Solved: the customer thanks, rates or disagrees; after some days the matter is closed."""
        broken = self.pace > 1
        roll = self.chance.random()
        if roll < 0.055:
            now = yield from self._disagrees(now)
        elif roll < 0.085:
            now = yield from self._thanks(now)
        if self.chance.random() < 0.42:
            now = yield self._later(now, timedelta(minutes=self.chance.lognormvariate(4, 1.4)))
            score = facts.score(self.chance, broken=broken, complaint=self.script.scene.way == "hear")
            words = self._text("words") if self.chance.random() < 0.5 else ""
            upkeep.rate(self._customer_actor(), ticket_id=self.ticket, score=score, words=words, now=now)
        now = yield self._later(now, timedelta(hours=self.chance.uniform(20, 80)))
        if self._fresh().status == Status.RESOLVED:
            self.world.hand.close(SYSTEM, ticket=self.ticket, reason="", now=now)

    def _disagrees(self, now: datetime) -> Generator[datetime, datetime, datetime]:
        now = yield self._later(now, timedelta(hours=self.chance.uniform(2, 30)))
        self._says("again", now)
        now = yield timing.answer_at(self.ticket, self.chance.uniform(0.1, 0.9), now=now)
        self.world.hand.answer(self._actor(now), ticket=self.ticket, text=self._text("book"), then="", now=now)
        now = yield self._later(now, timedelta(hours=self.chance.uniform(2, 20)))
        self.world.hand.answer(self._actor(now), ticket=self.ticket, text=self._text("done"), then="resolve", now=now)
        return now

    def _thanks(self, now: datetime) -> Generator[datetime, datetime, datetime]:
        now = yield self._later(now, timedelta(minutes=self.chance.uniform(4, 200)))
        self._says("thanks", now)
        now = yield now + timedelta(minutes=self.chance.uniform(2, 30))
        actor = self._actor(now)
        reply.no_reply_needed(actor, ticket_id=self.ticket, now=now)
        self.world.hand.resolve(actor, ticket=self.ticket, now=now)
        return now

    def _later(self, now: datetime, span: timedelta) -> datetime:
        """So much later and by day; in a live show sooner, at any hour."""
        haste = self.world.haste
        return timing.by_day(now + span, self.chance) if haste == 1 else now + max(span / haste, MINUTE)

    # --- looking ----------------------------------------------------------------------------------------------------

    def _fresh(self) -> Ticket:
        return Ticket.objects.defer("search").get(pk=self.ticket)

    def _look(self) -> Ticket:
        """The ticket as it stands; the course is over where others ended it."""
        row = self._fresh()
        if not row.is_open:
            raise Over
        return row

    def _actor(self, now: datetime, *, may: str = "ticket.reply") -> Actor:
        """Who acts; in place of one who may not do this, the lead of the contact centre or the system."""
        row = self._fresh()
        found = self.world.crew.holder(team=row.team_id, agent=row.agent_id, chance=self.chance, now=now)
        if found is None:
            raise Over
        if found.may(may):
            return found
        lead = self.world.crew.actor(self.world.teams["hotline"].lead_id or 0)
        return lead if lead.sees(team=row.team_id, agent=row.agent_id, contact=row.contact_id) else SYSTEM

    def _customer_actor(self) -> Actor:
        return self.world.crew.customer(self.script.contact)

    def _text(self, what: str) -> str:
        return scenes.say(self.script.scene, what, self.facts, self.chance)


_WAYS: dict[str, Callable[[Course, datetime], Steps]] = {
    "direct": Course._direct, "ask": Course._asks_back, "visit": Course._visit, "parts": Course._parts,
    "supplier": Course._supplier, "long": Course._long, "hear": Course._hear, "spam": Course._spam,
}  # fmt: skip
_HELD: dict[str, Callable[[Course, datetime], Steps]] = {
    "unanswered": Course._unanswered, "unclaimed": Course._unclaimed, "answered": Course._answered,
    "paused": Course._paused,
    "cancelled": Course._cancelled, "solved": Course._solved,
}  # fmt: skip
