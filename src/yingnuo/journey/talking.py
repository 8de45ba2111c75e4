"""How do words of a messaging channel find their ticket?

The talk with the person who wrote is locked first, then says what his words continue; afterwards it remembers when he
wrote and to which ticket. What did not come over such a channel passes through untouched and costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from yingnuo.channels import missing_files
from yingnuo.channels import talks as channel_talks
from yingnuo.channels.models import Conversation
from yingnuo.channels.talks import Peer
from yingnuo.journey import receipts
from yingnuo.journey.incoming import Incoming
from yingnuo.people import services as people
from yingnuo.people.models import Contact
from yingnuo.people.services import Caller
from yingnuo.tickets.models import Ticket

_NUMBER = re.compile(r"(?<![A-Za-z0-9])YN-(\d{1,18})(?!\d)", re.IGNORECASE)


class _Taken(Protocol):
    @property
    def ticket(self) -> int | None: ...

    @property
    def message(self) -> int | None: ...

    @property
    def opened(self) -> Ticket | None: ...


class Talks:
    """The talks that one batch of arrivals belongs to, locked."""

    def __init__(self, rows: dict[tuple[int, str], Conversation]) -> None:
        self._rows = rows

    def known(self, i: Incoming) -> Incoming:
        """The arrival with who wrote it and what it continues."""
        talk = self._of(i)
        if talk is None:
            return i
        goes_on = i.continues or _named(i, talk) or channel_talks.continues(talk, at=i.arrival.received_at)
        return replace(i, contact=i.contact or talk.contact, continues=goes_on)

    def heard(self, incoming: Sequence[Incoming], taken: Sequence[_Taken]) -> None:
        """Remembers what was taken in."""
        for i, one in zip(incoming, taken, strict=True):
            talk = self._of(i)
            if talk is not None:
                channel_talks.heard(talk, ticket=one.ticket, at=i.arrival.received_at)
                if one.opened and i.channel:
                    talk.channel = i.channel
                    receipts.by_talk(one.opened, talk, now=i.raw.received_at)
                if one.message and i.channel:
                    missing_files.expect(i.channel, one.message, i.arrival.media, now=i.raw.received_at)

    def _of(self, i: Incoming) -> Conversation | None:
        return self._rows.get((i.channel.pk, i.arrival.peer[:200])) if i.channel else None


def _named(i: Incoming, talk: Conversation) -> int | None:
    """The ticket of his own whose number he names: so he continues here what he began elsewhere."""
    found = _NUMBER.search(i.arrival.text[:2_000])
    if found is None:
        return None
    contact = i.contact.pk if i.contact else talk.contact_id
    return Ticket.objects.filter(pk=int(found[1]), contact=contact).values_list("pk", flat=True).first()


def begin(incoming: Sequence[Incoming], *, now: datetime) -> Talks:
    """Locks the talks of those that came over a messaging channel; people not met before come into the books."""
    spoken = [i for i in incoming if i.channel and i.arrival.peer]
    if not spoken:
        return Talks({})
    contacts = _contacts(spoken, now)
    peers = [Peer(i.channel.pk, i.arrival.peer, c.pk) for i, c in zip(spoken, contacts, strict=True) if i.channel]
    return Talks(channel_talks.locked(peers))


def _contacts(spoken: Sequence[Incoming], now: datetime) -> list[Contact]:
    callers = [
        Caller(
            name=i.arrival.sender_name, handle=i.arrival.sender_address, phone=i.arrival.sender_phone,
            language=i.arrival.language, region=i.arrival.region,
        )
        for i in spoken if i.contact is None
    ]  # fmt: skip
    found = iter(people.recognise(callers, now=now) if callers else ())
    return [i.contact or next(found) for i in spoken]
