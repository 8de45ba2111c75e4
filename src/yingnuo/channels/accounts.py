"""How does a channel's row become what its adapter sees, and how does its health become known?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from yingnuo.channels.contract import Account
from yingnuo.channels.models import Channel
from yingnuo.kit import secrets

_STATE: dict[int, tuple[str, dict[str, Any]]] = {}  # of this process: tokens, by channel and its secret
_NOTED_EVERY = timedelta(seconds=5)
PATIENCE = 5  # failures in a row before a provider is left alone for a while
_PAUSES = (15, 30, 60, 120, 300)  # seconds


def of(channel: Channel, *, hint: str = "") -> Account:
    """The account of a channel; ValueError when its secret was sealed under another key of the installation."""
    kept, state = _STATE.get(channel.pk, ("", {}))
    mark = f"{channel.secret}{sorted(channel.settings.items(), key=str)}"
    if kept != mark:
        state = {}
        _STATE[channel.pk] = (mark, state)
    return Account(channel.code, channel.settings, secrets_of(channel), channel.cursor, state, hint)


def secrets_of(channel: Channel) -> Mapping[str, str]:
    """A channel's secrets by name; a lone one is called "secret"."""
    plain = secrets.unseal(channel.secret)
    if not plain.startswith("{"):
        return {"secret": plain} if plain else {}
    return {str(name): str(value) for name, value in json.loads(plain).items()}


def sealed(named: Mapping[str, str]) -> str:
    """What `Channel.secret` keeps of several secrets."""
    return secrets.seal(json.dumps(dict(sorted(named.items())))) if any(named.values()) else ""


def heard(channel: int, *, now: datetime) -> None:
    """Something came in: remembered at most every few seconds, so that a busy channel is no hot row."""
    recent = Q(last_in_at=None) | Q(last_in_at__lt=now - _NOTED_EVERY)
    Channel.objects.filter(recent, pk=channel).update(last_in_at=now)


def worked(channel: int, *, sent: bool = False, only: Sequence[str] = (), now: datetime) -> None:
    """The provider answered as it should: the circuit closes, what was wrong is over.

    `only`: beginnings of the problems that this disproves, where a channel's two directions fail apart (mail).
    """
    rows = Channel.objects.filter(pk=channel)
    if only:
        over = Q(problem="")
        for beginning in only:
            over |= Q(problem__startswith=beginning)
        rows.exclude(failures=0).update(failures=0, retry_at=None)
        rows.filter(over).exclude(problem="").update(problem="", problem_at=None)
    else:
        rows.exclude(failures=0, problem="").update(failures=0, retry_at=None, problem="", problem_at=None)
    if sent:
        rows.filter(Q(last_out_at=None) | Q(last_out_at__lt=now - _NOTED_EVERY)).update(last_out_at=now)


def troubled(channel: int, problem: str, *, now: datetime) -> None:
    """Something that came could not be understood: said at the channel; its provider is not left alone for it."""
    Channel.objects.filter(pk=channel).update(problem=problem[:200], problem_at=now)


def failed(channel: int, problem: str, *, now: datetime) -> None:
    """The provider is away or refuses us: counted, and from PATIENCE failures on it is left alone for a while."""
    Channel.objects.filter(pk=channel).update(failures=F("failures") + 1, problem=problem[:200], problem_at=now)
    count = Channel.objects.filter(pk=channel).values_list("failures", flat=True).first() or 0
    if count >= PATIENCE:
        pause = _PAUSES[min(count - PATIENCE, len(_PAUSES) - 1)]
        Channel.objects.filter(pk=channel).update(retry_at=now + timedelta(seconds=pause))
