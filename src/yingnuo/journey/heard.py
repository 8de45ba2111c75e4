"""What becomes of a stored body of a channel with an adapter: words, receipts, calls, readings?

Each arrival within a body is taken in once, by a raw row of its own under its provider's id: a provider that repeats a
message in another call changes nothing. What cannot be understood becomes a ticket with the raw text; where even that
fails the body stays `failed` with its problem and is tried again once a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError

from yingnuo.channels import accept, accounts, claims, receipts, registry, talks, tasks, unsubscribing
from yingnuo.channels.contract import Adapter, Arrival, Heard
from yingnuo.channels.models import Channel, Raw, RawState
from yingnuo.journey import calls, devices, intake
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM

_log = structlog.get_logger(__name__)
AGAIN_EVERY = timedelta(minutes=1)
LONGEST_SLEEP_S = 0.2
_LONGEST_RAW_TEXT = 20_000

Taker = Callable[[Raw, Heard, datetime], None]
_TAKERS: tuple[Taker, ...] = (
    calls.take, devices.take, lambda raw, said, now: unsubscribing.take(raw.channel, said.stops),
)  # fmt: skip
"""What else takes its part of a body: calls, readings. Each does nothing where there is nothing for it."""


def take_waiting(*, state: str = RawState.STORED, most: int = 50, now: datetime) -> int:
    """Takes in what lies stored, oldest first; how many were tried. What another process is at is passed over."""
    rows = Raw.objects.filter(channel__kind__in=registry.kinds(), state=state)
    return sum(_take_if_free(pk, state, now) for pk in rows.order_by("id").values_list("pk", flat=True)[:most])


def _take_if_free(pk: int, state: str, now: datetime) -> int:
    with claims.claimed(pk) as mine:
        raw = Raw.objects.select_related("channel").filter(pk=pk, state=state).first() if mine else None
        if raw is None:
            return 0
        take(raw, now=now)
        return 1


def take(raw: Raw, *, now: datetime) -> None:
    """Takes one body in, under its claim."""
    channel, adapter = raw.channel, None
    try:
        adapter = registry.adapter_of(channel.kind)
        said = adapter.understand(accounts.of(channel), bytes(raw.content), raw.received_at)
        _arrivals(adapter, raw, said.arrivals, now)
        receipts.take(channel, said.receipts, now=now)
        talks.stated(channel, said.talks)
        for taker in _TAKERS:
            taker(raw, said, now)
    except Exception as error:  # the boundary: nothing may be lost to a fault of ours, or to a provider's new field
        if claims.is_away(error):
            raise
        _salvage(adapter, raw, error, now)
        return
    if said.pull:
        tasks.ask(channel.pk, hint=said.hint)
    raw.outcome = raw.outcome or _outcome(said)
    accept.taken([raw])


def _outcome(said: Heard) -> str:
    parts = {"words": said.arrivals, "receipts": said.receipts, "calls": said.calls, "readings": said.readings,
             "stops": said.stops}  # fmt: skip
    return next((name for name, found in parts.items() if found), "nothing")


def _arrivals(adapter: Adapter, raw: Raw, arrivals: Sequence[Arrival], now: datetime) -> None:
    for arrival in arrivals:
        _arrival(adapter, raw, arrival, now)


def _arrival(adapter: Adapter, raw: Raw, arrival: Arrival, now: datetime) -> None:
    """One arrival in one unit of work; its own raw row makes it happen once."""
    channel = raw.channel
    key = f"id:{arrival.external_id}" if arrival.external_id else f"in:{raw.key}"
    if Raw.objects.filter(channel=channel, key=key[:250]).exists():
        return
    row = accept.draft(channel, content=b"", key=key, received_at=raw.received_at)
    try:
        [taken] = intake.take(SYSTEM, via=adapter.profile.via, incoming=[_incoming(row, arrival, channel)], now=now)
    except IntegrityError as error:
        if "raw_once" not in str(error):
            raise
        return  # another body with the same message was quicker
    raw.ticket_id, raw.message_id = taken.ticket, taken.message


def _incoming(row: Raw, arrival: Arrival, channel: Channel) -> Incoming:
    if not arrival.peer:
        return Incoming(row, arrival)
    known_by = arrival.sender_address or talks.handle(channel.kind, arrival.peer)
    return Incoming(row, replace(arrival, sender_address=known_by), channel=channel)


def _salvage(adapter: Adapter | None, raw: Raw, error: Exception, now: datetime) -> None:
    """What cannot be understood is kept and said; somebody's words become a ticket with the raw text."""
    problem = f"{type(error).__name__}: {error}"
    accounts.troubled(raw.channel_id, f"not understood: {problem}", now=now)
    if raw.state != RawState.FAILED:
        _log.error("raw.not_taken", raw=raw.pk, channel=raw.channel.code, problem=problem[:300], exc_info=error)
        entry = Entry(Code.RAW_FAILED, 0, f"raw:{raw.pk}", {"raw": raw.pk, "problem": problem[:200]})
        ledger.record(SYSTEM, [entry], now=now)
        if adapter is not None and adapter.profile.group == "messaging":
            _raw_text(adapter, raw, now)
    accept.failed(raw, problem)


def _raw_text(adapter: Adapter, raw: Raw, now: datetime) -> None:
    text = bytes(raw.content[:_LONGEST_RAW_TEXT]).decode("utf-8", "replace").replace("\x00", "")
    arrival = Arrival(f"salvaged-{raw.pk}", raw.received_at, subject=raw.channel.name, text=text, notes=("taken_raw",))
    _arrival(adapter, raw, arrival, now)


class Round:
    """The work process's loop over stored bodies: what waits at once, what failed once a minute."""

    def __init__(self) -> None:
        self._again_at: datetime | None = None

    def step(self) -> float:
        """One round; seconds to sleep: none while there is more."""
        now = instants.now()
        tried = take_waiting(now=now)
        if self._again_at is None or now >= self._again_at:
            self._again_at = now + AGAIN_EVERY
            take_waiting(state=RawState.FAILED, now=now)
        return 0.0 if tried else LONGEST_SLEEP_S
