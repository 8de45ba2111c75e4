"""What can some adapters do that the others need not?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from yingnuo.channels.contract import Account, File, Form, Outgoing
from yingnuo.engine.windows import Window


@runtime_checkable
class Counts(Protocol):
    """Knows how many of the provider's messages one delivery becomes; one, where an adapter does not say."""

    def count(self, out: Outgoing) -> int: ...


@runtime_checkable
class Windowed(Protocol):
    """Its window depends on how the channel is set up."""

    def window(self, account: Account) -> Window: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a provider says of a template. `state` is a value of `TemplateState`, `reason` its words for a refusal."""

    state: str
    reason: str = ""


@runtime_checkable
class Approves(Protocol):
    """Can be asked whether a template is approved. Raises ChannelError."""

    def verdict(self, account: Account, form: Form) -> Verdict: ...


@runtime_checkable
class Phones(Protocol):
    """A telephone system: places calls for our people and has recordings."""

    def dial(self, account: Account, *, extension: str, number: str, token: str) -> None:
        """Rings `extension`, then calls `number` (E.164); the call bears `token` as its id. Raises ChannelError."""
        ...

    def recording(self, account: Account, ref: str) -> File:
        """A recording by what an event named. Raises ChannelError."""
        ...
