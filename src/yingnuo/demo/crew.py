"""Who of the staff acts on a ticket?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from random import Random

from yingnuo.journey import dispatch
from yingnuo.kit import revisions
from yingnuo.people.models import Contact, Staff
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, actor_for_contact, actor_for_staff


class Crew:
    """The staff as actors, each looked up once. Nobody acts for the staff in `spared`."""

    def __init__(self) -> None:
        self._staff = {s.pk: s for s in Staff.objects.filter(active=True)}
        self._actors: dict[int, Actor] = {}
        self.spared: Collection[int] = ()

    def actor(self, staff: int) -> Actor:
        """This member of staff."""
        if staff not in self._actors:
            self._actors[staff] = actor_for_staff(self._staff[staff])
        return self._actors[staff]

    def holder(self, *, team: int | None, agent: int | None, chance: Random, now: datetime) -> Actor | None:
        """Who acts on a ticket: its agent, else somebody of the team who is on shift; None when all are spared."""
        if agent is not None:
            return None if agent in self.spared else self.actor(agent)
        chosen = self.member(team, chance=chance, now=now)
        return self.actor(chosen) if chosen else None

    def member(self, team: int | None, *, chance: Random, now: datetime) -> int | None:
        """Somebody of a team, from those on shift where there are any."""
        revision = revisions.current()
        org, is_open = organisation.at(revision), dispatch.on_shift(revision, now)
        everybody = [pk for pk in org.members.get(team or 0, ()) if pk in self._staff and pk not in self.spared]
        on_shift = [pk for pk in everybody if not self._staff[pk].calendar or is_open(self._staff[pk].calendar)]
        return chance.choice(on_shift or everybody) if everybody else None

    @staticmethod
    def customer(contact: Contact) -> Actor:
        """The customer himself."""
        return actor_for_contact(contact)
