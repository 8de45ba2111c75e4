"""How does an adapter keep an access token, and get another when it has ended before its time?

Kept in the account's state: each process asks for its own, a few minutes before the last one ends.
"""

from __future__ import annotations

from collections.abc import Callable

from yingnuo.channels.contract import Account
from yingnuo.kit import instants

_EARLY_S = 300  # seconds before its end from which a token is no longer used


def of(account: Account, ask: Callable[[], tuple[str, int]], *, name: str = "token") -> str:
    """The token in hand, else the one that `ask` gives together with the seconds it holds."""
    now = instants.seconds(instants.now())
    held, until = account.state.get(name, ("", 0))
    if held and now < until:
        return str(held)
    token, seconds = ask()
    account.state[name] = (token, now + max(60, seconds - _EARLY_S))
    return token


def drop(account: Account, *, name: str = "token") -> None:
    """It does not hold any more, whatever was said of it."""
    account.state.pop(name, None)
