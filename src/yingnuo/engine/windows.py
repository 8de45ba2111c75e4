"""May one still write to this customer on this channel, how often, and until when?

Messaging providers let a company speak only for some hours after the customer's last words, and only some messages
within them (微信客服: 48 h and 5 messages; WhatsApp: 24 h, outside of it approved templates only).
Seconds are whole UTC seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Window:
    """A provider's rule. `seconds` 0: always open. `most` 0: any number of messages after the customer's last words.

    `templates`: approved templates may be sent outside of it.
    """

    seconds: int = 0
    most: int = 0
    templates: bool = False


ALWAYS = Window()


class Shut(StrEnum):
    """Why one may not write."""

    NEVER_WROTE = "never_wrote"  # the customer has not written yet
    OVER = "window_over"
    USED_UP = "window_used_up"
    ELSEWHERE = "held_elsewhere"  # the provider has given the talk to somebody else, or closed it


@dataclass(frozen=True, slots=True)
class Chance:
    """How a conversation stands. `shut` None: open. `until`: its last second, None for no end. `left` -1: no limit."""

    shut: Shut | None
    until: int | None
    left: int


def chance(window: Window, *, last_in: int | None, sent_since: int, now: int) -> Chance:
    """How it stands at `now`, when the customer wrote last at `last_in` (None: never) and got `sent_since` since then.

    The very last second is still open, as a promise met at its due second is kept.
    """
    left = max(0, window.most - sent_since) if window.most else -1
    if not window.seconds:
        return Chance(Shut.USED_UP if left == 0 else None, None, left)
    if last_in is None:
        return Chance(Shut.NEVER_WROTE, None, 0)
    until = last_in + window.seconds
    if now > until:
        return Chance(Shut.OVER, until, 0)
    return Chance(Shut.USED_UP if left == 0 else None, until, left)
