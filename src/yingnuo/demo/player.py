"""How do many courses run in order of time, with warnings and breaches at their very second in between?"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from django.db.models import Max

from yingnuo.alerts import services as alerts
from yingnuo.alerts.models import Notice
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.demo.acts import Hand
from yingnuo.demo.course import Course, Steps, World
from yingnuo.demo.crew import Crew
from yingnuo.demo.plan import ZONE, Script
from yingnuo.journey import dispatch, sweep
from yingnuo.people.models import Team
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

_TAKEN_UP = 0.72  # share of warnings that somebody acknowledges
_SHIFTS = range(8, 22)
_ROUND = timedelta(hours=1)


def world(hand: Hand, *, haste: float = 1) -> World:
    """The company as courses need it; `haste` as in `World`."""
    doors = (ChannelKind.PORTAL, ChannelKind.API, ChannelKind.FILES)
    channels = {c.code: c for c in Channel.objects.filter(code__in=doors)}
    return World(hand, haste, Crew(), channels, {t.code: t for t in Team.objects.all()})


class Player:
    """Plays courses in simulated time. `done` counts the steps taken."""

    def __init__(self, ground: World, *, seed: int) -> None:
        self.world = ground
        self.chance = Random(seed)  # noqa: S311  # a story, not a secret
        self.done = 0
        self._waiting: list[tuple[datetime, int, Steps]] = []
        self._numbers = itertools.count()
        self._heard = Notice.objects.aggregate(last=Max("pk"))["last"] or 0  # later ones have not been looked at

    def play(self, scripts: Iterable[Script], *, until: datetime) -> None:
        """Plays everything that happens up to `until`; what would come later is left undone."""
        for script in scripts:
            self.add(Course(script, self.world).play())
        if self._waiting:
            self.add(self._rounds(self._waiting[0][0]))
        while self._waiting and self._waiting[0][0] <= until:
            at, _n, steps = heapq.heappop(self._waiting)
            self._sweep(at)
            self._step(steps, at)
        self._sweep(until)

    @property
    def waiting(self) -> int:
        """How many courses wait to go on."""
        return len(self._waiting)

    def run(self, *, until: datetime) -> None:
        """Takes the steps that are due; warnings are the worker's."""
        while self._waiting and self._waiting[0][0] <= until:
            _at, _n, steps = heapq.heappop(self._waiting)
            self._step(steps, until)

    def add(self, steps: Steps) -> None:
        """One more course, from its first wait on."""
        first = next(steps, None)
        if first is not None:
            heapq.heappush(self._waiting, (first, next(self._numbers), steps))

    def _step(self, steps: Steps, at: datetime) -> None:
        self.done += 1
        try:
            later = steps.send(at)
        except StopIteration:
            return
        heapq.heappush(self._waiting, (max(later, at), next(self._numbers), steps))

    def _sweep(self, until: datetime) -> None:
        """Every moment up to `until` at its own second, as a worker that never sleeps would see it."""
        while (moment := sweep.next_moment()) is not None and moment <= until:
            if sweep.run_once(now=moment).notices:
                self.hear(moment)

    def hear(self, now: datetime) -> None:
        """Most warnings that ask for it are taken up by the first person told."""
        fresh = Notice.objects.filter(pk__gt=self._heard, way=alerts.IN_APP).order_by("pk")
        seen = set[tuple[int, str]]()
        for notice in fresh:
            self._heard = notice.pk
            key = (notice.promise_id, notice.step)
            if notice.ack_by is None or key in seen or self.chance.random() > _TAKEN_UP:
                continue
            seen.add(key)
            self.add(self._takes_up(notice, now + (notice.ack_by - now) * self.chance.uniform(0.15, 0.9)))

    def _takes_up(self, notice: Notice, at: datetime) -> Steps:
        now = yield at
        if notice.staff_id not in self.world.crew.spared:
            alerts.acknowledge(self.world.crew.actor(notice.staff_id), notice=notice.pk, now=now)

    def _rounds(self, start: datetime) -> Steps:
        """Waiting tickets are given to whoever has become free, every hour of the day."""
        now = start
        while True:
            now = yield now + _ROUND
            if now.astimezone(ZONE).hour in _SHIFTS:
                self._give_out(now)

    @staticmethod
    def _give_out(now: datetime) -> None:
        waiting = Ticket.objects.filter(agent=None, team__isnull=False, status__in=OPEN_STATUSES)
        for team in sorted(set(waiting.values_list("team_id", flat=True))):
            dispatch.pull(SYSTEM, team=team, now=now)
