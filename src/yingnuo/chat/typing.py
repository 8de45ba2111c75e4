"""Who is writing just now? Told to open pages and kept nowhere; at most once a second for each writer and process."""

from __future__ import annotations

from time import monotonic

from yingnuo.chat import queries
from yingnuo.chat.models import Chat, Stage, Visitor
from yingnuo.kit import live

PAUSE_S = 1.0
_MOST_KEPT = 10_000
_last: dict[str, float] = {}


def by_visitor(visitor: Visitor) -> None:
    """The agent of his chat hears `chat-typing:<staff>` with the chat's id."""
    if not _due(f"v{visitor.pk}"):
        return
    chat = queries.newest_of(visitor)
    if chat is not None and chat.stage == Stage.ACTIVE and chat.ticket.agent_id:
        live.publish(f"chat-typing:{chat.ticket.agent_id}", chat.pk)


def by_agent(chat: Chat, staff: int) -> None:
    """The visitor's page hears "typing"; only of whoever has the chat."""
    if chat.stage == Stage.ACTIVE and chat.ticket.agent_id == staff and _due(f"a{chat.pk}"):
        live.publish(f"chat:{chat.visitor.key}", "typing")


def _due(who: str) -> bool:
    now = monotonic()
    if now - _last.get(who, -PAUSE_S) < PAUSE_S:
        return False
    if len(_last) >= _MOST_KEPT:
        _last.clear()
    _last[who] = now
    return True
