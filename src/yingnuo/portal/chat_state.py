"""What does a visitor's page need to show of his chat? Plain values; sentences are made here, in his language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yingnuo.chat import queries
from yingnuo.chat.models import Chat, Stage, Visitor
from yingnuo.chat.sites import Site
from yingnuo.kit import live, marks, secrets
from yingnuo.portal import uploads
from yingnuo.tickets.models import Attachment, Author, Message

FILE_LINK_S = 12 * 3_600
_FILE = "chat-file"


def whole(site: Site, visitor: Visitor, chat: Chat | None, *, after: int, origin: str, now: datetime) -> dict[str, Any]:
    """State and words after an id, and the permission to hear of more."""
    return {
        "chat": state(chat, now=now) if chat else None,
        "messages": said(site, visitor, chat, after=after) if chat else [],
        "stream": live.token_for([f"chat:{visitor.key}", f"origin:{origin}"]),
    }


def state(chat: Chat, *, now: datetime) -> dict[str, Any]:
    """How a chat stands: who has it, the place in the queue, what was promised, what was read."""
    ticket = chat.ticket
    waits = chat.stage == Stage.WAITING
    agent = ticket.agent.name if ticket.agent and chat.stage == Stage.ACTIVE else ""
    promised = queries.promised_at(ticket.pk) if waits else None
    return {
        "stage": chat.stage, "agent": agent, "number": ticket.number,
        "position": queries.position_of(chat, ticket.team_id), "transferred": chat.transferred > 0,
        "expected_s": queries.expected_wait(chat, ticket.team_id, now=now) if waits else None,
        "promised": promised.isoformat() if promised and promised > now else None,
        "read": chat.agent_read, "ended_by": chat.ended_by, "score": chat.score,
    }  # fmt: skip


def said(site: Site, visitor: Visitor, chat: Chat, *, after: int) -> list[dict[str, Any]]:
    """The words of both sides with an id above `after`, from the beginning of his talk about this ticket on."""
    first = Chat.objects.filter(visitor=visitor, ticket=chat.ticket_id).order_by("id").first() or chat
    return [_message(site, visitor, m) for m in queries.words_of(chat.ticket_id, since=first.since, after=after)]


def _message(site: Site, visitor: Visitor, m: Message) -> dict[str, Any]:
    sides = {Author.CUSTOMER: "me", Author.BOT: "bot"}
    words = marks.plain(m.text) if m.author == Author.STAFF else m.text
    return {
        "id": m.pk, "side": sides.get(Author(m.author), "us"), "who": m.staff.name if m.staff else "",
        "text": words, "at": m.at.isoformat(), "files": _files(site, visitor, list(m.attachments.all())),
    }  # fmt: skip


def _files(site: Site, visitor: Visitor, files: Sequence[Attachment]) -> list[dict[str, Any]]:
    return [
        {"name": uploads.safe_name(f.name), "size": f.size, "type": f.content_type,
         "path": f"/chat/{site.channel.code}/file/{secrets.sign(_FILE, f'{f.pk}.{visitor.pk}')}"}
        for f in files
    ]  # fmt: skip


def file_of(token: str) -> Attachment | None:
    """The file of a link that was made for a visitor who may read its message; None when it is not good (any more)."""
    value = secrets.verify(_FILE, token, max_age_s=FILE_LINK_S)
    if value is None:
        return None
    pk, _dot, visitor = value.partition(".")
    rows = Attachment.objects.filter(pk=int(pk), message__public=True, message__ticket__chats__visitor=int(visitor))
    return rows.first()
