"""What does a door hand to the journey when something arrived?"""

from __future__ import annotations

from dataclasses import dataclass

from yingnuo.channels.contract import Arrival
from yingnuo.channels.models import Channel, Raw
from yingnuo.people.models import Contact


@dataclass(frozen=True, slots=True)
class Incoming:
    """An arrival with its raw form (unsaved when it came through a door that answers at once)."""

    raw: Raw
    arrival: Arrival
    contact: Contact | None = None  # known already: a signed link, a form of a signed-in person
    continues: int | None = None  # the ticket it certainly belongs to
    channel: Channel | None = None  # of a messaging channel: the talk with `arrival.peer` says what it continues
    origin: object = None  # of a mail: its journey.origins.Origin, kept with its message
    team: int | None = None  # which team takes it, whatever the rules say (a chat: its site's)
    brand: str = ""  # known already: the portal of a brand
    later: bool = False  # its person is chosen afterwards (a chat: by how many chats he has room for)
