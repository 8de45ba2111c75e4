"""What keeps the demonstration moving? Customers who ask, and staff who answer, some too late.

One step looks at what is due and returns. All it knows is in the database or can be lost: tickets without a course are
adopted. It never acts for somebody who is signed in himself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.conf import settings

from yingnuo.demo import acts, plan, player, services
from yingnuo.demo.course import Course, World
from yingnuo.demo.plan import Script
from yingnuo.demo.player import Player
from yingnuo.demo.scenes import Scene, all_scenes
from yingnuo.demo.told import told
from yingnuo.people.models import Contact, Staff
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

HASTE = 40.0  # what takes a customer or a part two days in life takes an hour here
SOONEST_S, LATEST_S = 20.0, 60.0  # between two customers who ask
COMFORTABLE = 120  # open tickets; with more of them customers come less often
ADOPT_EVERY, ADOPTED_AT_ONCE = timedelta(seconds=20), 10


class Simulator:
    """The moving demonstration of one process."""

    def __init__(self, *, seed: int, now: datetime) -> None:
        self.chance = Random(seed)  # noqa: S311  # a story, not a secret
        self.world: World = player.world(acts.Present(), haste=HASTE)
        self.player = Player(self.world, seed=seed)
        self._people = list(Contact.objects.select_related("company", "region").order_by("pk")[:500])
        self._asks_at = now + timedelta(seconds=self.chance.uniform(3, 12))
        self._adopts_at = now
        self._playing: dict[int, Course] = {}

    def step(self, *, now: datetime) -> bool:
        """Does what is due; False when it is paused or there is no demonstration."""
        if not services.beat(now=now):
            return False
        self.world.crew.spared = signed_in(now=now)
        if now >= self._adopts_at:
            self._adopts_at = now + ADOPT_EVERY
            self.adopt(now=now)
        if now >= self._asks_at:
            self._asks_at = now + timedelta(seconds=self._pause())
            self.somebody_asks(now=now)
        self.player.hear(now)
        self.player.run(until=now)
        return True

    def somebody_asks(self, *, now: datetime) -> None:
        """One more customer with one more matter."""
        script = plan.one(people=self._people, chance=self.chance, at=now)
        self.player.add(self._remembered(Course(script, self.world)).play())

    def adopt(self, *, now: datetime) -> None:
        """Takes up open tickets that no course takes care of, the next due first."""
        known = {c.ticket for c in self._playing.values()}
        rows = Ticket.objects.filter(status__in=OPEN_STATUSES).exclude(agent__in=self.world.crew.spared)
        rows = rows.exclude(chats__stage__in=["waiting", "active"])  # a visitor of the shop talks to whoever tries it
        orphans = rows.exclude(pk__in=known).select_related("contact__company", "contact__region").defer("search")
        for row in orphans.order_by("due_at", "pk")[:ADOPTED_AT_ONCE]:
            script = Script(now, _scene_of(row), row.contact, row.via, self.chance.getrandbits(40))
            course = self._remembered(Course(script, self.world, ticket=row.pk))
            self.player.add(course.adopted(now))

    def _remembered(self, course: Course) -> Course:
        self._playing = {key: c for key, c in self._playing.items() if not c.over}
        self._playing[id(course)] = course
        return course

    def _pause(self) -> float:
        crowded = Ticket.objects.filter(status__in=OPEN_STATUSES).count() / COMFORTABLE
        return self.chance.uniform(SOONEST_S, LATEST_S) * max(1.0, crowded**3)


def signed_in(*, now: datetime) -> set[int]:
    """The staff of the demonstration whom somebody has signed in as, for as long as a sign-in lasts."""
    since = now - timedelta(hours=settings.YINGNUO.session_hours)
    logins = told("company")["logins"]
    return set(Staff.objects.filter(username__in=logins, last_login__gte=since).values_list("pk", flat=True))


def _scene_of(row: Ticket) -> Scene:
    """A scene in the customer's language that suits his machine, for the words of the answers."""
    language = "en" if row.language == "en" else "zh"
    spoken = [s for s in all_scenes() if s.language == language and s.way in ("ask", "visit")]
    return next((s for s in spoken if s.line == row.product_line), spoken[0])
