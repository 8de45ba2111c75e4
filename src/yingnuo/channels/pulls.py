"""How are news fetched from a provider that only says that there are some?

Bodies are stored before the cursor moves on, and each under its own key, so that a crash between the two costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from yingnuo.channels import accept, accounts, basis, hooks, registry
from yingnuo.channels.contract import ChannelError, Pulls
from yingnuo.channels.models import Channel
from yingnuo.kit import instants

MOST_ROUNDS = 50


def run(channel: Channel, *, hint: str = "") -> int:
    """Fetches until there is no more (or MOST_ROUNDS); how many bodies came. What is wrong is kept at the channel."""
    adapter = registry.adapter_of(channel.kind)
    if not isinstance(adapter, Pulls):
        raise TypeError(f"{channel.kind} has nothing to be asked for")
    count = 0
    try:
        basis.check(channel)
        for _round in range(MOST_ROUNDS):
            found = adapter.pull(accounts.of(channel, hint=hint))
            count += len(found.bodies)
            keep(channel, found.bodies)
            channel.cursor = found.cursor
            Channel.objects.filter(pk=channel.pk).update(cursor=channel.cursor, checked_at=instants.now())
            if not found.more:
                break
    except (ChannelError, ValueError) as error:
        accounts.failed(channel.pk, str(error), now=instants.now())
    else:
        accounts.worked(channel.pk, now=instants.now())
    return count


def askable() -> list[Channel]:
    """The channels in use whose providers are asked for news: now and then also unannounced, should a call be lost."""
    kinds = [kind for kind in registry.kinds() if isinstance(registry.adapter_of(kind), Pulls)]
    return list(Channel.objects.filter(kind__in=kinds, active=True))


def keep(channel: Channel, bodies: Sequence[tuple[str, bytes]]) -> None:
    """Stores bodies, each once, and wakes a worker."""
    now = instants.now()
    if bodies:
        named = [(key or hooks.digest(body), body) for key, body in bodies]
        accept.keep_many(channel, named, received_at=now)
        accounts.heard(channel.pk, now=now)
        hooks.wake()
