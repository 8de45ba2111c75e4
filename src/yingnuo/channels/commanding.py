"""Which channels carry a command to a device, and how is it sent?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from yingnuo.channels import accounts, registry
from yingnuo.channels.contract import Account, ChannelError
from yingnuo.channels.models import Channel


@runtime_checkable
class Commands(Protocol):
    """Carries commands to devices; the answer comes in as a `Reading` whose `answer_to` is the command's key."""

    def command(self, account: Account, device: str, key: str, asked: Mapping[str, Any]) -> None:
        """Returns when the other side has taken it. Raises ChannelError."""
        ...


def can(channel: Channel) -> bool:
    """Whether devices of this channel can be asked."""
    return channel.active and channel.kind in registry.kinds() and isinstance(_adapter(channel), Commands)


def send(channel: Channel, *, device: str, key: str, asked: Mapping[str, Any]) -> None:
    """Sends a command, outside of any transaction; the same key may be sent again. Raises ChannelError."""
    adapter = _adapter(channel)
    if not isinstance(adapter, Commands):
        raise ChannelError("no_commands", channel.kind, permanent=True)
    adapter.command(accounts.of(channel), device, key, asked)


def _adapter(channel: Channel) -> object:
    return registry.adapter_of(channel.kind)
